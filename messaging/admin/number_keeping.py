"""The page of a number on which administrators say how long its texts are kept, and hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.models import DidNumber, LegalHold, is_administrator
from messaging.models.legal_hold import LONGEST_REASON
from messaging.models.number_retention import LEAST_DAYS, MOST_DAYS
from messaging.services.access.permissions import refusal
from messaging.services.contacts.legal_holds import lift_hold, place_hold
from messaging.services.errors import InvalidInput, MessagingError
from messaging.services.operations.number_retention import (
    FIELDS,
    Preview,
    days_from,
    is_shorter,
    preview,
    retention_of,
    set_retention,
)
from messaging.views.account.proof import ask_for_proof

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.http import HttpRequest, HttpResponse

    from messaging.models import NumberRetention


def keeping_page(request: HttpRequest, pk: int, *, admin: ModelAdmin[DidNumber]) -> HttpResponse:
    """Show how long a number's texts are kept, and the holds on it; change either."""
    if not is_administrator(request.user):
        raise PermissionDenied(refusal())
    number = get_object_or_404(DidNumber, pk=pk)
    row = retention_of(number)
    shown: dict[str, Any] = {"typed": {name: getattr(row, name) for name in FIELDS}}
    if request.method == "POST":
        try:
            found = (_keep if FIELDS[0] in request.POST else _hold)(request, number, row)
        except MessagingError as refused:
            field = refused.field if isinstance(refused, InvalidInput) else ""
            shown |= {"error": refused.user_message, "error_in": field}
            if FIELDS[0] in request.POST:
                shown["typed"] = {name: request.POST.get(name, "") for name in FIELDS}
        else:
            if not isinstance(found, Preview):
                return found
            shown |= {"asked": found, "typed": _typed(request)}
    holds = LegalHold.objects.filter(did_number=number).select_related("placed_by", "lifted_by")
    now = timezone.now()
    is_waiting = row.waits_until is not None and row.waits_until > now
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": _("Retention and legal hold"),
        "subtitle": str(number),
        "opts": admin.opts,
        "original": number,
        "holds": holds,
        "in_force": next((each for each in holds if each.lifted_at is None), None),
        "longest": LONGEST_REASON,
        "reason": request.POST.get("reason", ""),
        "least": LEAST_DAYS,
        "most": MOST_DAYS,
        "waits_until": row.waits_until if is_waiting else None,
        "now_going": _preview(number, getattr(row, FIELDS[0]), getattr(row, FIELDS[1]))
        if "asked" not in shown
        else None,
        **shown,
    }
    return TemplateResponse(
        request,
        "admin/messaging/didnumber/keeping.html",
        context,
        status=422 if "error" in shown else 200,
    )


def _preview(number: DidNumber, message_days: int | None, push_days: int | None) -> Preview | None:
    if message_days is None and push_days is None:
        return None
    now = timezone.now()
    return preview(number=number, message_days=message_days, push_days=push_days, at=now)


def _typed(request: HttpRequest) -> dict[str, int | None]:
    return {name: days_from(request.POST.get(name, ""), field=name) for name in FIELDS}


def _keep(request: HttpRequest, number: DidNumber, row: NumberRetention) -> HttpResponse | Preview:
    """Save what was typed; a shorter time only once it was seen what goes by it."""
    days, user = _typed(request), request.user
    is_less = any(is_shorter(days[name], getattr(row, name)) for name in FIELDS)
    if is_less and "seen" not in request.POST:
        found = _preview(number, days[FIELDS[0]], days[FIELDS[1]])
        if found is not None:
            return found
    if is_less and (asked := ask_for_proof(request)):
        return asked
    by: Any = user
    set_retention(number=number, **days, by=by, at=timezone.now())
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(request.path)


def _hold(request: HttpRequest, number: DidNumber, row: NumberRetention) -> HttpResponse:
    """Place a hold, or lift it."""
    user: Any = request.user
    if "lift" in request.POST:
        lift_hold(on=number, by=user, at=timezone.now())
        messages.success(request, _("Legal hold lifted."))
    else:
        reason = request.POST.get("reason", "")
        place_hold(on=number, reason=reason, by=user, at=timezone.now())
        messages.success(request, _("Legal hold placed."))
    return HttpResponseRedirect(request.path)
