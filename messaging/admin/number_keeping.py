"""The page of a number on which administrators say how long its texts are kept, and hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.models import DidNumber, LegalHold
from messaging.models.legal_hold import LONGEST_REASON
from messaging.services.contacts.legal_holds import lift_hold, place_hold
from messaging.services.errors import MessagingError

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.http import HttpRequest, HttpResponse


def keeping_page(request: HttpRequest, pk: int, *, admin: ModelAdmin[DidNumber]) -> HttpResponse:
    """Show the holds on a number; place one or lift it."""
    number = get_object_or_404(DidNumber, pk=pk)
    error = ""
    if request.method == "POST":
        try:
            messages.success(request, _change(request, number))
        except MessagingError as refused:
            error = refused.user_message
        else:
            return HttpResponseRedirect(request.path)
    holds = LegalHold.objects.filter(did_number=number).select_related("placed_by", "lifted_by")
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": _("Legal hold"),
        "subtitle": str(number),
        "opts": admin.opts,
        "original": number,
        "holds": holds,
        "in_force": next((each for each in holds if each.lifted_at is None), None),
        "longest": LONGEST_REASON,
        "reason": request.POST.get("reason", ""),
        "error": error,
    }
    return TemplateResponse(
        request,
        "admin/messaging/didnumber/keeping.html",
        context,
        status=422 if error else 200,
    )


def _change(request: HttpRequest, number: DidNumber) -> str:
    user: Any = request.user
    if "lift" in request.POST:
        lift_hold(on=number, by=user, at=timezone.now())
        return _("Legal hold lifted.")
    place_hold(on=number, reason=request.POST.get("reason", ""), by=user, at=timezone.now())
    return _("Legal hold placed.")
