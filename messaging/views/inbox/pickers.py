"""What a picker offers: a part that the page loads when it opens, a plain page without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from messaging.models import DidNumber, Label
from messaging.policy import Action
from messaging.services.access.team_policy import may_create_labels
from messaging.services.team.display_names import name_of
from messaging.services.team.members import colleagues_of, colleagues_with
from messaging.services.team.natural_order import natural_key
from messaging.services.times.presets import presets
from messaging.views.shared.htmx import is_htmx
from messaging.views.shared.preferences import zone_of
from messaging.views.shared.responses import conversation_for, parse_positive_int, signed_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from messaging.models import Conversation

    Builder = Callable[[HttpRequest, Conversation | None], dict[str, Any]]


@login_required
@never_cache
@require_GET
def picker(request: HttpRequest, kind: str) -> HttpResponse:
    """Return the options of one kind.

    The query may name a ``conversation``, which a plain page changes, or a ``number``: then the
    options are the same for all its conversations, and a browser asks once.
    """
    if kind not in _BUILDERS:
        raise Http404
    conversation = None
    if pk := parse_positive_int(request.GET.get("conversation")):
        action = _ACTIONS.get(kind, Action.ORGANIZE)
        conversation = conversation_for(request, pk, action=action)
    context = _BUILDERS[kind](request, conversation) | {"kind": kind, "conversation": conversation}
    if is_htmx(request):
        return render(request, "picker/_options.html", context | {"is_part": True})
    if conversation is None:
        raise Http404
    return render(request, "picker/page.html", context | {"here": _page_before(request)})


def _page_before(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else ""


def _people(request: HttpRequest, conversation: Conversation | None) -> dict[str, Any]:
    """Return who can be assigned on one number, or on any number of the user."""
    user = signed_in(request)
    number = conversation.did_number if conversation else None
    if pk := parse_positive_int(request.GET.get("number")):
        number = get_object_or_404(DidNumber.objects.allowing(user, Action.ORGANIZE), pk=pk)
    people = (
        colleagues_of(did_number=number, action=Action.REPLY)
        if number
        else colleagues_with(user=user)
    )
    return {
        "title": _("Assign"),
        "people": sorted(
            (person for person in people if person != user),
            key=lambda person: natural_key(name_of(person)),
        ),
        "assignee_id": conversation.assignee_id if conversation else None,
        "takes_a_note": number is not None,
    }


def _labels(request: HttpRequest, conversation: Conversation | None) -> dict[str, Any]:
    return {
        "title": _("Labels"),
        "labels": sorted(Label.objects.all(), key=lambda label: natural_key(label.name)),
        "label_ids": set(conversation.labels.values_list("pk", flat=True))
        if conversation
        else set(),
        "may_create": may_create_labels(signed_in(request)),
        "is_for_many": bool(request.GET.get("many")),
    }


def _times(request: HttpRequest, _conversation: Conversation | None) -> dict[str, Any]:
    zone = zone_of(request)
    return {"title": _("Snooze"), "presets": presets(at=timezone.now(), zone=zone), "zone": zone}


def _numbers(request: HttpRequest, conversation: Conversation | None) -> dict[str, Any]:
    """Return the user's other numbers that may send."""
    if conversation is None:
        raise Http404
    numbers = DidNumber.objects.allowing(request.user, Action.REPLY).active()
    return {
        "title": _("Send from another number (separate conversation)"),
        "numbers": sorted(
            numbers.exclude(pk=conversation.did_number_id),
            key=lambda number: (natural_key(number.name), number.number),
        ),
    }


#: What a picker changes, where it is not how the team organizes a conversation.
_ACTIONS: Final = {"number": Action.REPLY}
_BUILDERS: Final[dict[str, Builder]] = {
    "assign": _people,
    "label": _labels,
    "snooze": _times,
    "number": _numbers,
}
