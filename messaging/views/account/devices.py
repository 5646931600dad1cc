"""The page of the devices that somebody is signed in on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from didsms_site.http.client_address import client_address
from messaging.services.access.devices import devices_of, sign_out_device, sign_out_others
from messaging.views.shared.responses import signed_in
from messaging.views.shared.toasts import say

from .proof import proved

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@never_cache
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    """Show where somebody is signed in."""
    return render(
        request,
        "account/devices.html",
        {
            "devices": devices_of(signed_in(request), current_key=request.session.session_key),
            "idle_hours": settings.SESSION_IDLE_HOURS,
            "most_days": settings.SESSION_MAX_DAYS,
        },
    )


@login_required
@require_POST
@proved
def sign_out(request: HttpRequest, mark: str) -> HttpResponse:
    """Sign out of one device; a mark of nobody's and of somebody else's are not found alike."""
    user = signed_in(request)
    if not sign_out_device(user, mark=mark, address=client_address(request)):
        raise Http404
    say(request, _("Signed out of that device."))
    return redirect("devices")


@login_required
@require_POST
@proved
def sign_out_everywhere_else(request: HttpRequest) -> HttpResponse:
    """Sign out of all devices but this one."""
    count = sign_out_others(
        signed_in(request),
        current_key=request.session.session_key,
        address=client_address(request),
    )
    text = ngettext(
        "Signed out of %(count)d other device.", "Signed out of %(count)d other devices.", count
    )
    say(request, text % {"count": count})
    return redirect("devices")
