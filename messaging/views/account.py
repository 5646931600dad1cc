"""A person's own pages: signing in and out, password, settings, theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings as site_settings
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.forms.personal import PersonalSettingsForm
from messaging.models import StaffSettings

from .answering import next_page, signed_in
from .personal import settings_of
from .toasts import say

if TYPE_CHECKING:
    from django.http import HttpRequest


class LoginView(auth_views.LoginView):
    """Sign in; whoever is signed in already goes on to the inbox."""

    template_name = "account/login.html"
    redirect_authenticated_user = True


class PasswordChangeView(auth_views.PasswordChangeView):
    """Change one's own password; back to the settings afterwards."""

    template_name = "account/password_change.html"
    success_url = reverse_lazy("settings")

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it and say so; the other sessions end."""
        response = super().form_valid(form)
        say(self.request, _("Your password is changed. Other devices have to sign in again."))
        return response


class PasswordResetView(auth_views.PasswordResetView):
    """Ask for a link by e-mail; says the same whether the address is known or not."""

    template_name = "account/password_reset.html"
    email_template_name = "account/password_reset_email.txt"
    subject_template_name = "account/password_reset_subject.txt"


class PasswordResetDoneView(auth_views.PasswordResetDoneView):
    """The link is on its way, if the address is known."""

    template_name = "account/password_reset_done.html"


class PasswordResetConfirmView(auth_views.PasswordResetConfirmView):
    """Choose a new password with the link from the e-mail."""

    template_name = "account/password_reset_confirm.html"


class PasswordResetCompleteView(auth_views.PasswordResetCompleteView):
    """The new password counts."""

    template_name = "account/password_reset_complete.html"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def personal_settings(request: HttpRequest) -> HttpResponse:
    """Show and keep the personal settings."""
    user = signed_in(request)
    row = StaffSettings.objects.filter(user=user).first() or StaffSettings(user=user)
    form = PersonalSettingsForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(row.language or translation.get_language()):
            say(request, _("Saved."))
        return redirect("settings")
    numbers = user.did_numbers.all() if not user.is_staff else None
    return render(
        request,
        "account/settings.html",
        {"form": form, "numbers": numbers},
        status=422 if form.errors else 200,
    )


@login_required
@require_POST
def switch_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme for this person, on every device; htmx-less scripts get 204."""
    theme = request.POST.get("theme", "")
    if theme not in StaffSettings.Theme.values:
        return HttpResponseBadRequest()
    StaffSettings.objects.update_or_create(user=signed_in(request), defaults={"theme": theme})
    settings_of(request).theme = theme
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return HttpResponseRedirect(next_page(request, otherwise=site_settings.LOGIN_REDIRECT_URL))
