"""Signing in with the provider of single sign-on: there, and back."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from didsms_site.http.client_address import client_address, client_network
from messaging.models import SignOnIdentity
from messaging.services.access.attempt_limits import Counter, Limit, take, wait_for
from messaging.services.access.local_sign_in import FACTOR_ELSEWHERE, SIGNED_ON_WITH
from messaging.services.access.pending_sign_in import PROOF_LASTS, await_factor, prove
from messaging.services.access.second_factor import factor_of
from messaging.services.access.security_log import record_security_event
from messaging.services.access.session_limits import ENDS_BY
from messaging.services.single_sign_on.accounts import account_for, owner_of
from messaging.services.single_sign_on.errors import SignOnFailed
from messaging.services.single_sign_on.flow import LASTS, Journey, begin, complete
from messaging.services.single_sign_on.recheck import WITHOUT_REFRESH
from messaging.services.single_sign_on.second_step import has_second_factor

from .sign_in import SignOnFacts, finish_sign_in, too_many_attempts

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

    from messaging.services.single_sign_on.flow import Arrival

logger = logging.getLogger("didsms.sign_on")

#: Failures of one network before it has to wait: each may have cost the provider a request.
FAILURES: Final = Limit(
    "sign_on_failures",
    most=30,
    within=timedelta(minutes=15),
    first_wait=timedelta(minutes=15),
)
#: Characters of the page that somebody wants: a browser keeps no cookie of more than 4096.
LONGEST_PAGE: Final = 1000
#: In an address: they were led here already. A proxy may hide by what name they came.
MOVED: Final = "moved"
#: How far the provider's clock may be behind ours.
LEEWAY: Final = timedelta(seconds=60)


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Lead the browser to the provider."""
    _check_is_on()
    if elsewhere := _public_address(request):
        return HttpResponseRedirect(elsewhere)
    is_confirming = bool(request.GET.get("confirm")) and request.user.is_authenticated
    journey = Journey(
        next_page=_page_of_ours(request),
        confirms=request.user.pk if is_confirming else None,
    )
    try:
        address, cookie = begin(journey, redirect_uri=_redirect_uri(request), at=timezone.now())
    except SignOnFailed as error:
        # Anybody can ask this as often as they like: no row of the audit log.
        return _failed(request, error, is_unseen=True)
    response = HttpResponseRedirect(address)
    response.set_cookie(
        _cookie_name(),
        cookie,
        max_age=int(LASTS.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@sensitive_variables()
@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Sign in the person whom the provider tells of, or say in words why not."""
    _check_is_on()
    now, counter = timezone.now(), Counter(FAILURES, client_network(client_address(request)))
    if seconds := wait_for(counter, at=now):
        return too_many_attempts(request, seconds)
    try:
        arrival = complete(
            request.GET,
            cookie=request.COOKIES.get(_cookie_name(), ""),
            redirect_uri=_redirect_uri(request),
            at=now,
        )
        response = _arrived(request, arrival, at=now)
    except SignOnFailed as error:
        if error.code != "away":
            take(counter, at=now)
        response = _failed(request, error, is_unseen=error.code == "away")
    response.delete_cookie(_cookie_name(), samesite="Lax")
    return response


def _arrived(request: HttpRequest, arrival: Arrival, *, at: datetime) -> HttpResponse:
    if arrival.journey.confirms is not None:
        return _confirmed(request, arrival, at=at)
    user = account_for(arrival, at=at)
    facts = _facts(user, arrival, at=at)
    page = arrival.journey.next_page
    if factor_of(user).is_set_up and FACTOR_ELSEWHERE not in facts.data:
        await_factor(request.session, user=user, next_page=page, at=at, sign_on=facts.data)
        return redirect("second-step")
    return finish_sign_in(request, user, next_page=page, factor="single_sign_on", sign_on=facts)


def _confirmed(request: HttpRequest, arrival: Arrival, *, at: datetime) -> HttpResponse:
    """Note that the person who is signed in has shown once more who they are."""
    is_same = request.user.is_authenticated and request.user.pk == arrival.journey.confirms
    if not is_same or owner_of(arrival) != request.user:
        raise SignOnFailed("other_person")
    signed_in_at = arrival.claims.get("auth_time")
    earliest = (arrival.began_at - LEEWAY).timestamp()
    if isinstance(signed_in_at, int | float):
        if signed_in_at < earliest:
            raise SignOnFailed("not_fresh")
    elif settings.OIDC_REQUIRE_AUTH_TIME:
        raise SignOnFailed("no_time")
    record_security_event("sign_on_confirmed", user=request.user, address=client_address(request))
    prove(request.session, at=at)
    return HttpResponseRedirect(arrival.journey.next_page)


def _facts(user: User, arrival: Arrival, *, at: datetime) -> SignOnFacts:
    """Return what their session holds of how they came."""
    identity = SignOnIdentity.objects.get(issuer=arrival.issuer, subject=arrival.claims["sub"])
    data: dict[str, Any] = {SIGNED_ON_WITH: identity.pk}
    if not arrival.refresh_token:
        data[ENDS_BY] = (at + WITHOUT_REFRESH).timestamp()
    if has_second_factor(arrival.claims):
        data[FACTOR_ELSEWHERE] = True
    # A provider lets people in who signed in there hours ago.
    signed_in_at = arrival.claims.get("auth_time")
    is_proof = (
        isinstance(signed_in_at, int | float)
        and at.timestamp() - signed_in_at < PROOF_LASTS.total_seconds()
    )
    return SignOnFacts(data=data, is_proof=is_proof)


def _failed(request: HttpRequest, error: SignOnFailed, *, is_unseen: bool) -> HttpResponse:
    logger.warning("single sign-on failed: %s %s", error.code, error.why)
    user = request.user if request.user.is_authenticated else None
    record_security_event(
        "sign_on_unavailable" if is_unseen else "sign_on_failed",
        user=user,
        address=client_address(request),
        is_refusal=True,
        why=error.code,
    )
    context = {
        "words": error.user_message,
        "again": error.code in ("away", "stale", "denied"),
        "name": settings.OIDC_NAME,
    }
    status = 503 if error.code == "away" else 403
    return render(request, "account/sign_on_failed.html", context, status=status)


def _check_is_on() -> None:
    if not settings.OIDC_ISSUER:
        raise Http404


def _page_of_ours(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    page = iri_to_uri(wanted)
    return page if is_ours and len(page) <= LONGEST_PAGE else reverse("home")


def _public_address(request: HttpRequest) -> str:
    """Return where to begin for a browser that came by another name of this site, else "".

    The provider leads back to PUBLIC_BASE_URL, and the cookie has to be there.
    """
    public = urlsplit(settings.PUBLIC_BASE_URL).netloc
    if public in ("", request.get_host()) or MOVED in request.GET:
        return ""
    asked = {**request.GET.dict(), MOVED: "1"}
    return f"{settings.PUBLIC_BASE_URL}{request.path}?{urlencode(asked)}"


def _redirect_uri(request: HttpRequest) -> str:
    origin = settings.PUBLIC_BASE_URL or f"{request.scheme}://{request.get_host()}"
    return f"{origin}{reverse('sign-on-callback')}"


def _cookie_name() -> str:
    return "__Host-sign_on" if settings.SESSION_COOKIE_SECURE else "sign_on"
