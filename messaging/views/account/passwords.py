"""Changing one's password, and choosing a new one with a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import views as auth_views
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import FormView

from didsms_site.http.client_address import client_address
from messaging.forms.personal import LinkRequestForm
from messaging.services.access.account_news import mail_news
from messaging.services.access.attempt_limits import forget, take
from messaging.services.access.known_devices import cookie_name, remember
from messaging.services.access.password_links import request_link
from messaging.services.access.security_log import record_security_event
from messaging.services.access.sign_in_limits import SignIn, password_proof
from messaging.services.mail.background import can_mail_links
from messaging.views.shared.responses import signed_in
from messaging.views.shared.toasts import say

from .sign_in import too_many_attempts

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse


class PasswordChangeView(auth_views.PasswordChangeView):
    """Change one's own password; back to the settings afterwards."""

    template_name = "account/password_change.html"
    success_url = reverse_lazy("settings")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Bound how often the present password may be guessed, as by somebody at an open screen."""
        self.proof = password_proof(user=signed_in(request))
        seconds = take(self.proof, at=timezone.now())
        if seconds:
            self._record("password_change_locked_out", is_refusal=True)
            return too_many_attempts(request, seconds)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it and say so; the other sessions end."""
        response = super().form_valid(form)
        forget(self.proof)
        self._record("password_changed")
        user, address = signed_in(self.request), client_address(self.request)
        mail_news("password_changed", user=user, address=address)
        remember(response, cookie=self.request.COOKIES.get(cookie_name(), ""), user=user)
        say(self.request, _("Password changed. Other devices must sign in again."))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show what is wrong; only a wrong present password counts against somebody."""
        if "old_password" in form.errors:
            self._record("password_change_failed", is_refusal=True)
        else:
            forget(self.proof)
        return super().form_invalid(form)

    def _record(self, event: str, *, is_refusal: bool = False) -> None:
        record_security_event(
            event,
            user=self.request.user,
            address=client_address(self.request),
            is_refusal=is_refusal,
        )


class PasswordResetView(FormView):  # type: ignore[type-arg]
    """Ask for a link by email; says the same whether the address is known or not."""

    template_name = "account/password_reset.html"
    form_class = LinkRequestForm
    success_url = reverse_lazy("password_reset_done")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Where no mail can be sent there is nothing to ask for."""
        if not can_mail_links():
            return redirect("password_reset")
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: LinkRequestForm) -> HttpResponse:
        """Have the link mailed; the mail leaves after this answer."""
        address = client_address(self.request)
        seconds = request_link(email=form.cleaned_data["email"], address=address, at=timezone.now())
        if seconds:
            record_security_event(
                "password_link_locked_out", user=None, address=address, is_refusal=True
            )
            return too_many_attempts(self.request, seconds)
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether a mail can be sent at all."""
        return super().get_context_data(can_mail_links=can_mail_links(), **kwargs)


class PasswordResetDoneView(auth_views.PasswordResetDoneView):
    """The link is on its way, if the address is known."""

    template_name = "account/password_reset_done.html"


class PasswordResetConfirmView(auth_views.PasswordResetConfirmView):
    """Choose a new password with a link."""

    template_name = "account/password_reset_confirm.html"

    def get_user(self, uidb64: str) -> User | None:
        """Return whose link it is; somebody who was deactivated has none."""
        user: User | None = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        """Save it; who has proved who they are waits for no stranger's guesses."""
        had_password = form.user.has_usable_password()
        response = super().form_valid(form)
        user, address = form.user, client_address(self.request)
        SignIn(name=user.get_username(), address=address).succeeded(at=timezone.now())
        record_security_event("password_set_by_link", user=user, address=address)
        if had_password:  # a new colleague has chosen their first one
            mail_news("password_changed", user=user, address=address)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say whether another link can be asked for."""
        return super().get_context_data(can_mail_links=can_mail_links(), **kwargs)


class PasswordResetCompleteView(auth_views.PasswordResetCompleteView):
    """The new password counts."""

    template_name = "account/password_reset_complete.html"
