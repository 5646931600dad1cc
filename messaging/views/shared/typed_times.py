"""How a time is understood while somebody types it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from messaging.services.contacts.local_time import location_of
from messaging.services.errors import InvalidInput
from messaging.services.times.parser import parse_time, say_time

from .preferences import zone_of
from .responses import conversation_for

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from messaging.models import Contact
    from messaging.services.contacts.local_time import Location


@login_required
@require_GET
def for_conversation(request: HttpRequest, conversation_id: int) -> JsonResponse:
    """Say how it is understood, and warn of the contact's night."""
    return _answer(request, contact=conversation_for(request, conversation_id).contact)


@login_required
@require_GET
def for_many(request: HttpRequest) -> JsonResponse:
    """Say how it is understood."""
    return _answer(request)


def _answer(request: HttpRequest, *, contact: Contact | None = None) -> JsonResponse:
    zone = zone_of(request)
    try:
        moment = parse_time(request.GET.get("when", ""), at=timezone.now(), zone=zone)
    except InvalidInput as error:
        return JsonResponse({"ok": False, "text": error.user_message})
    facts: dict[str, Any] = {
        "ok": True,
        "text": f"{say_time(moment, zone=zone)} ({zone})",
        "value": moment.isoformat(),
        "local": f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}",
        "night": "",
    }
    if contact is not None:
        facts["night"] = _night_warning(location_of(contact=contact), at=moment)
    return JsonResponse(facts)


def _night_warning(location: Location, *, at: datetime) -> str:
    clock = {"time": location.clock(at)}
    match location.night(at):
        case "certain":
            return _("It will be %(time)s where they live; a message may wake them.") % clock
        case "maybe":
            return _("It will be %(time)s where they may live; a message may wake them.") % clock
    return ""
