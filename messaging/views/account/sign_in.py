"""Signing in and out, within limits, and into the security log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import views as auth_views
from django.contrib.auth.models import User
from django.shortcuts import render
from django.utils import timezone

from didsms_site.http.client_address import client_address
from messaging.services.access.security_log import record_security_event
from messaging.services.access.sign_in_limits import SignIn
from messaging.services.mail.background import can_mail_links

if TYPE_CHECKING:
    from django.contrib.auth.forms import AuthenticationForm
    from django.http import HttpRequest, HttpResponse


def too_many_attempts(request: HttpRequest, seconds: int) -> HttpResponse:
    """Answer 429 and say how long to wait.

    Args:
        request: which is refused.
        seconds: how long, at least 1.
    """
    context = {"seconds": seconds, "minutes": -(-seconds // 60)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


class LoginView(auth_views.LoginView):
    """Sign in; a user who is signed in already goes on to the inbox."""

    template_name = "account/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the attempt before the password is looked at."""
        name = request.POST.get("username", "").strip()[:150]
        self.attempt = SignIn(name=name, address=client_address(request))
        if name and request.POST.get("password"):
            seconds = self.attempt.begin(at=timezone.now())
            if seconds:
                self._record("sign_in_locked_out", is_refusal=True)
                return too_many_attempts(request, seconds)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, and remember from where."""
        response = super().form_valid(form)
        self.attempt.succeeded(at=timezone.now())
        record_security_event("sign_in", user=form.get_user(), address=self.attempt.address)
        return response

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
        """Promise a mail only where one can be sent."""
        return super().get_context_data(can_mail_links=can_mail_links(), **kwargs)

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
