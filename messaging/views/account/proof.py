"""Ask somebody to show once more who they are, before what an open screen must not be enough for.

`proved` is for a view, `ask_for_proof` for a part of one. What was posted is kept on the page that
asks, and posted again together with the proof: nobody types anything twice.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from didsms_site.http.client_address import client_address
from messaging.forms.proof import CODE, PASSWORD, ProofForm
from messaging.services.access.attempt_limits import forget, take
from messaging.services.access.authenticator import take_code
from messaging.services.access.local_sign_in import SIGNED_ON_WITH
from messaging.services.access.pending_sign_in import is_proved, prove
from messaging.services.access.second_factor import factor_of
from messaging.services.access.security_log import record_security_event
from messaging.services.access.sign_in_limits import code_proof, password_proof
from messaging.views.shared.responses import next_page, signed_in, wants_json

from .sign_in import too_many_attempts

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

#: Fields of a form that are about the request alone.
NOT_KEPT: Final = frozenset({"csrfmiddlewaretoken", PASSWORD, CODE})


def proved(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only somebody in who has lately shown who they are; the others are asked to."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return ask_for_proof(request) or view(request, *args, **kwargs)

    return sensitive_post_parameters()(wrapped)


def proved_to_post(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let anybody look, and only somebody post who has lately shown who they are."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = ask_for_proof(request) if request.method == "POST" else None
        return asked or view(request, *args, **kwargs)

    return sensitive_post_parameters()(wrapped)


def ask_for_proof(request: HttpRequest) -> HttpResponse | None:
    """Return what asks somebody to show who they are; None when they have.

    The proof may come with the request itself; then it is taken out of what was posted.
    """
    if is_proved(request.session, at=timezone.now()):
        return None
    if wants_json(request):
        page = _page_of_proof(reverse("two-step"))
        return JsonResponse({"ok": False, "code": "not_proved", "page": page}, status=403)
    if request.method != "POST":
        return redirect(_page_of_proof(request.get_full_path()))
    answer = _take_proof(request)
    if answer is None:
        _strip_proof(request)
    return answer


@sensitive_post_parameters()
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the password or a code, and lead back to where it was asked for."""
    if request.method != "POST":
        return _page(request, kept=[("next", request.GET.get("next", ""))])
    answer = _take_proof(request)
    return answer or redirect(next_page(request, otherwise=reverse("two-step")))


def _page_of_proof(back: str) -> str:
    return f"{reverse('two-step-confirm')}?{urlencode({'next': back})}"


def _take_proof(request: HttpRequest) -> HttpResponse | None:
    """Return None once the proof that was posted is right, else the page that asks for it."""
    user, now, address = signed_in(request), timezone.now(), client_address(request)
    password, code = request.POST.get(PASSWORD, ""), request.POST.get(CODE, "").strip()
    if not (password or code):
        return _page(request)
    kind = "password" if password else "code"
    counter = password_proof(user=user) if password else code_proof(user=user)
    if seconds := take(counter, at=now):
        _record_refusal(request, f"{kind}_confirm_locked_out")
        return too_many_attempts(request, seconds, are_codes=not password)
    form = _form(request)
    is_right = form.is_valid() and (
        bool(form.cleaned_data.get("password")) and user.check_password(password)
        if password
        else bool(form.cleaned_data.get("code")) and take_code(user=user, code=code, at=now)
    )
    if not is_right:
        _record_refusal(request, f"{kind}_confirm_failed", address=address)
        return _page(request, is_wrong=True)
    forget(counter)
    prove(request.session, at=now)
    return None


def _strip_proof(request: HttpRequest) -> None:
    """Leave of what was posted what the view asked for."""
    rest = request.POST.copy()
    rest.pop(PASSWORD, None)
    rest.pop(CODE, None)
    request.POST = rest  # type: ignore[assignment]


def _form(request: HttpRequest, *, is_bound: bool = True) -> ProofForm:
    user = signed_in(request)
    return ProofForm(
        request.POST if is_bound else None,
        has_password=user.has_usable_password(),
        has_app=factor_of(user).has_authenticator,
    )


def _page(
    request: HttpRequest, *, kept: list[tuple[str, str]] | None = None, is_wrong: bool = False
) -> HttpResponse:
    if kept is None:
        kept = [
            (name, value)
            for name, values in request.POST.lists()
            if name not in NOT_KEPT
            for value in values
        ]
    response = render(
        request,
        "account/confirm.html",
        {
            "form": _form(request, is_bound=False),
            "is_wrong": is_wrong,
            "kept": kept,
            "sign_on": _sign_on(request),
            "has_passkey": factor_of(signed_in(request)).passkey_count > 0,
        },
        status=422 if is_wrong else 200,
    )
    response["Cache-Control"] = "no-store"
    return response


def _sign_on(request: HttpRequest) -> str:
    """Return where somebody who came by single sign-on confirms it there, "" for others."""
    if not settings.OIDC_ISSUER or SIGNED_ON_WITH not in request.session:
        return ""
    is_post = request.method == "POST"
    back = request.POST.get("next", "") or request.GET.get("next", "")
    back = back or (request.get_full_path() if not is_post else _referring_page(request))
    return f"{reverse('sign-on')}?{urlencode({'confirm': '1', 'next': back})}"


def _referring_page(request: HttpRequest) -> str:
    """Return the page whose form was posted: it is filled in once more after the provider."""
    parts = urlsplit(request.headers.get("Referer", ""))
    return parts.path if parts.netloc == request.get_host() else reverse("settings")


def _record_refusal(request: HttpRequest, event: str, *, address: str = "") -> None:
    record_security_event(
        event,
        user=signed_in(request),
        address=address or client_address(request),
        is_refusal=True,
    )
