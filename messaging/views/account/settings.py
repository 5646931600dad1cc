"""A person's own settings and theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings as site_settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.forms.personal import PersonalSettingsForm
from messaging.models import DidNumber, StaffSettings, is_administrator
from messaging.policy import Action
from messaging.services.access.local_sign_in import SIGNED_ON_WITH
from messaging.services.access.permissions import may_somewhere
from messaging.services.mail.background import has_mail_server
from messaging.views.shared.preferences import settings_of
from messaging.views.shared.responses import next_page, signed_in
from messaging.views.shared.toasts import say

if TYPE_CHECKING:
    from django.http import HttpRequest


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
    numbers = None if is_administrator(user) else DidNumber.objects.visible_to(user)
    return render(
        request,
        "account/settings.html",
        {
            "form": form,
            "numbers": numbers,
            "has_mail_server": has_mail_server(),
            "sign_on_name": _sign_on_name(request),
            "may_export": may_somewhere(Action.EXPORT, user=user),
        },
        status=422 if form.errors else 200,
    )


def _sign_on_name(request: HttpRequest) -> str:
    """Return by what somebody came with single sign-on, "" for a password or a passkey."""
    if SIGNED_ON_WITH not in request.session:
        return ""
    return site_settings.OIDC_NAME or _("single sign-on")


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
