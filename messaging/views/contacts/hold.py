"""Put a contact on legal hold, and lift the hold; for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from messaging.models import LegalHold, is_administrator
from messaging.models.legal_hold import LONGEST_REASON
from messaging.services.access.permissions import refusal
from messaging.services.contacts.legal_holds import lift_hold, place_hold
from messaging.services.contacts.merged_people import other_numbers
from messaging.services.errors import MessagingError
from messaging.views.shared.responses import signed_in
from messaging.views.shared.toasts import say

from .known import contact_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest, shown: int) -> HttpResponse:
    """Show the holds on a contact; place one or lift it."""
    user = signed_in(request)
    if not is_administrator(user):
        raise PermissionDenied(refusal())
    row, error = contact_for(request, shown), ""
    if request.method == "POST":
        try:
            if "lift" in request.POST:
                lift_hold(on=row, by=user, at=timezone.now())
                say(request, _("Legal hold lifted."))
            else:
                reason = request.POST.get("reason", "")
                place_hold(on=row, reason=reason, by=user, at=timezone.now())
                say(request, _("Legal hold placed."))
        except MessagingError as refused:
            error = refused.user_message
        else:
            return redirect("contact", shown)
    holds = LegalHold.objects.filter(contact=row).select_related("placed_by", "lifted_by")
    context = {
        "contact": row,
        "others": other_numbers([row.pk], user=user).get(row.pk, []),
        "holds": holds,
        "in_force": next((each for each in holds if each.lifted_at is None), None),
        "reason": request.POST.get("reason", ""),
        "longest": LONGEST_REASON,
        "error": error,
    }
    return render(request, "contacts/hold.html", context, status=422 if error else 200)
