"""One thing done to many conversations, by a form or by the script, which sends portions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from messaging.models import Label
from messaging.sentences import join_sentences
from messaging.services.audit.searches import record_search
from messaging.services.conversations.labels import label_named
from messaging.services.conversations.undo_form import Undo
from messaging.services.errors import InvalidInput
from messaging.services.inbox.bulk import (
    MOST_SELECTED,
    BulkAction,
    BulkResult,
    change_many,
    count_matching,
    labels_of_many,
    matching_ids,
    undo_many,
)
from messaging.services.times.parser import parse_time
from messaging.views.shared.list_context import query_of
from messaging.views.shared.preferences import zone_of
from messaging.views.shared.responses import next_page, parse_positive_int, signed_in, wants_json
from messaging.views.shared.toasts import complain, say

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_GET
def matching(request: HttpRequest) -> HttpResponse:
    """Return the ids of everything that fits a list; with ``?count=1`` only how many there are."""
    query = query_of(request.GET, view=request.GET.get("view", "open"))
    user = signed_in(request)
    record_search(user=user, text=query.text, at=timezone.now())
    if request.GET.get("count"):
        return JsonResponse({"count": count_matching(query=query, user=user)})
    found = matching_ids(query=query, user=user)
    return JsonResponse({"found": found, "is_cut": len(found) == MOST_SELECTED})


@login_required
@require_POST
def labels(request: HttpRequest) -> JsonResponse:
    """Return which labels a selection carries; ``conversations`` are ids, with commas between.

    One field holds them all, and the body: a selection may be longer than an address, and than
    what Django takes of fields.
    """
    found = labels_of_many(
        ids=_ids(request.POST.get("conversations", "").split(",")[:MOST_SELECTED]),
        user=signed_in(request),
    )
    return JsonResponse({"total": found.total, "counts": found.counts})


@login_required
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Do it."""
    try:
        result = change_many(
            action=_action_of(request),
            ids=_ids(request.POST.getlist("conversation")),
            user=signed_in(request),
            at=timezone.now(),
            seen=_seen(request.POST.getlist("seen")),
        )
    except InvalidInput as error:
        if wants_json(request):
            return JsonResponse({"error": str(error.user_message)}, status=422)
        complain(request, str(error.user_message))
        return _back(request)
    if wants_json(request):
        return JsonResponse(
            {"undo": result.undo, "unchanged": result.unchanged, "refused": result.refused}
        )
    say(request, _message_of(result), undo=_way_back(result))
    return _back(request)


@login_required
@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """Undo it."""
    changes = []
    for text in request.POST.getlist("undo"):
        number, _colon, token = text.partition(":")
        if pk := parse_positive_int(number):
            changes.append((pk, token))
    result = undo_many(changes=changes, user=signed_in(request), at=timezone.now())
    if wants_json(request):
        return JsonResponse({"undone": len(result.undo), "refused": result.refused})
    say(request, _("Undone."))
    return _back(request)


def _action_of(request: HttpRequest) -> BulkAction:
    """Read what is to be done from the form.

    Raises:
        InvalidInput: the colleague or the time cannot be read, the label cannot be created.
    """
    name = request.POST.get("action", "")
    label_id = parse_positive_int(request.POST.get("label"))
    label = Label.objects.filter(pk=label_id).first() if label_id else None
    if name == "label" and request.POST.get("new"):
        label = label_named(name=request.POST["new"], by=signed_in(request))
    until = None
    if name == "snooze":
        until = parse_time(request.POST.get("when", ""), at=timezone.now(), zone=zone_of(request))
    return BulkAction(name=name, assignee=_assignee(request), label=label, until=until)


def _assignee(request: HttpRequest) -> User | None:
    wanted = request.POST.get("assignee", "none")
    if wanted == "none":
        return None
    if wanted == "me":
        return signed_in(request)
    is_name = "\0" not in wanted  # PostgreSQL does not even look for it
    person = User.objects.filter(username=wanted, is_active=True).first() if is_name else None
    if person is None:
        raise InvalidInput(_("This colleague doesn’t exist."), field="assignee")
    return person


def _ids(texts: list[str]) -> list[int]:
    return [number for text in texts if (number := parse_positive_int(text)) is not None]


def _seen(texts: list[str]) -> dict[int, int]:
    """Read pairs of a conversation's id and the last inbound message that its reader saw."""
    pairs = (text.partition(":") for text in texts)
    read = ((parse_positive_int(left), parse_positive_int(right)) for left, _colon, right in pairs)
    return {pk: inbound for pk, inbound in read if pk is not None and inbound is not None}


def _message_of(result: BulkResult) -> str:
    count = len(result.undo)
    said = [ngettext("%d conversation changed.", "%d conversations changed.", count) % count]
    if result.unchanged:
        said.append(ngettext("%d unchanged.", "%d unchanged.", result.unchanged) % result.unchanged)
    said += [
        _("%(name)s: %(reason)s") % {"name": name, "reason": reason}
        for name, reason in result.refused[:3]
    ]
    return join_sentences(said)


def _way_back(result: BulkResult) -> Undo | None:
    tokens = [f"{pk}:{token}" for pk, token in result.undo if token]
    if not tokens:
        return None
    return Undo(url=reverse("bulk-undo"), fields=tuple(("undo", token) for token in tokens))


def _back(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(next_page(request, otherwise="/inbox/open/"))
