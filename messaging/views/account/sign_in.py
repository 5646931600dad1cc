"""Signing in and out, within limits, and into the security log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import views as auth_views
from django.contrib.auth.models import User
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone

from didsms_site.http.client_address import client_address
from messaging.services.access.account_news import mail_news
from messaging.services.access.auth_backend import session_owner
from messaging.services.access.devices import describe_session
from messaging.services.access.known_devices import cookie_name, is_known, remember
from messaging.services.access.local_sign_in import FACTOR_ELSEWHERE, SIGN_ON_FACTS
from messaging.services.access.pending_sign_in import await_factor, disprove, stop_waiting
from messaging.services.access.second_factor import begin_grace, factor_of
from messaging.services.access.security_log import record_security_event
from messaging.services.access.sign_in_limits import SignIn
from messaging.services.audit.record import storable
from messaging.services.mail.background import can_mail_links

if TYPE_CHECKING:
    from django.contrib.auth.forms import AuthenticationForm
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


def too_many_attempts(
    request: HttpRequest, seconds: int, *, are_codes: bool = False
) -> HttpResponse:
    """Answer 429 and say how long to wait.

    Args:
        request: which is refused.
        seconds: how long, at least 1.
        are_codes: codes were wrong, not passwords.
    """
    context = {"seconds": seconds, "minutes": -(-seconds // 60), "are_codes": are_codes}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True)
class SignOnFacts:
    """What single sign-on adds to a session.

    Attributes:
        data: goes into it.
        is_proof: they have shown just now who they are, as far as the provider says.
    """

    data: dict[str, Any]
    is_proof: bool


def finish_sign_in(
    request: HttpRequest,
    user: User,
    *,
    next_page: str,
    factor: str = "",
    sign_on: SignOnFacts | None = None,
) -> HttpResponse:
    """Sign in a person who has shown all that they must, and remember from where.

    Args:
        request: with the last step.
        user: who.
        next_page: where they want to go, checked already.
        factor: what they showed beside or instead of the password, "" for nothing.
        sign_on: they came by single sign-on.
    """
    now, address = timezone.now(), client_address(request)
    facts: dict[str, Any] = {"factor": factor} if factor else {}
    cookie, agent = request.COOKIES.get(cookie_name(), ""), request.headers.get("User-Agent", "")
    # Of the first sign-in nobody needs to be told.
    is_new_device = user.last_login is not None and not is_known(cookie, user=user)
    if sign_on is None or FACTOR_ELSEWHERE not in sign_on.data:
        begin_grace(user, at=now)
    auth.login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    stop_waiting(request.session, at=now)
    for name in SIGN_ON_FACTS:
        request.session.pop(name, None)
    if sign_on is not None:
        request.session.update(sign_on.data)
        if not sign_on.is_proof:
            disprove(request.session)
    describe_session(request.session, agent=agent, address=address, at=now)
    SignIn(name=user.get_username(), address=address).succeeded(at=now)
    if is_new_device:
        facts["device"] = "new"
        mail_news("sign_in", user=user, address=address, kind="new_device", agent=agent)
    record_security_event("sign_in", user=user, address=address, **facts)
    response = HttpResponseRedirect(next_page)
    remember(response, cookie=cookie, user=user)
    return response


class LoginView(auth_views.LoginView):
    """The first step: the password; a user who is signed in already goes on to the inbox."""

    template_name = "account/login.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Lead somebody whose time to set up a second factor is over to where they can."""
        if not request.user.is_authenticated and session_owner(request).is_authenticated:
            return redirect("two-step")
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the attempt before the password is looked at."""
        name = storable(request.POST.get("username", "").strip()[:150])
        self.attempt = SignIn(name=name, address=client_address(request))
        if name and request.POST.get("password"):
            seconds = self.attempt.begin(at=timezone.now())
            if seconds:
                self._record("sign_in_locked_out", is_refusal=True)
                return too_many_attempts(request, seconds)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in; with a second factor, ask for it first."""
        user: User = form.get_user()
        if factor_of(user).is_set_up:
            await_factor(
                self.request.session,
                user=user,
                next_page=self.get_success_url(),
                at=timezone.now(),
            )
            return redirect("second-step")
        return finish_sign_in(self.request, user, next_page=self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Show the form again, or how long to wait after the last failure that was free."""
        if not (form.cleaned_data.get("username") and form.cleaned_data.get("password")):
            return super().form_invalid(form)
        self._record("sign_in_failed", is_refusal=True)
        seconds = self.attempt.failed(at=timezone.now())
        if seconds:
            self._record("sign_in_locked_out", is_refusal=True)
            return too_many_attempts(self.request, seconds)
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Promise a mail only where one can be sent, and offer what is there to sign in with."""
        is_only = settings.OIDC_ONLY and self.request.method == "GET"
        return super().get_context_data(
            can_mail_links=can_mail_links(),
            has_sign_on=bool(settings.OIDC_ISSUER),
            sign_on_name=settings.OIDC_NAME,
            is_sign_on_only=is_only and "password" not in self.request.GET,
            **kwargs,
        )

    def _record(self, event: str, *, is_refusal: bool) -> None:
        user = User.objects.filter(username=self.attempt.name).first()
        record_security_event(event, user=user, address=self.attempt.address, is_refusal=is_refusal)


class LogoutView(auth_views.LogoutView):
    """Sign out."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session."""
        if request.user.is_authenticated:
            record_security_event("sign_out", user=request.user, address=client_address(request))
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response
