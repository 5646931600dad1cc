"""Apply one action to many conversations, one by one, with a result for each and an undo."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from django.db.models import Count
from django.utils.translation import gettext as _

from messaging.models import Conversation
from messaging.policy import Action
from messaging.services.access.permissions import actions_on, refusal
from messaging.services.access.visible_contacts import hide_unknown
from messaging.services.conversations import lifecycle
from messaging.services.conversations.handover import hand_over
from messaging.services.conversations.labels import add_label, remove_label
from messaging.services.conversations.undo import state_of, undo, undo_token
from messaging.services.errors import InvalidInput, MessagingError
from messaging.services.reading.read_marks import mark_read
from messaging.services.search.search import matching_conversations

from .sql import newest_first

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from messaging.models import Label

    from .query import ListQuery

ACTIONS: Final = ("assign", "label", "unlabel", "close", "reopen", "snooze", "settle", "read")
#: The browser sends longer selections in several requests, and shows how far it is.
MOST_AT_ONCE: Final = 100
MOST_SELECTED: Final = 5000


@dataclass(frozen=True)
class BulkAction:
    """What is to be done.

    Attributes:
        name: one of ACTIONS.
        assignee: for "assign"; None for nobody.
        label: for "label" and "unlabel".
        until: for "snooze", aware UTC.
    """

    name: str
    assignee: User | None = None
    label: Label | None = None
    until: datetime | None = None


@dataclass
class BulkResult:
    """What came of it.

    Attributes:
        undo: id and token of each conversation that changed; "" where there is no way back.
        unchanged: how many were so already.
        refused: name and reason of those that could not be changed.
    """

    undo: list[tuple[int, str]] = field(default_factory=list)
    unchanged: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def matching_ids(*, query: ListQuery, user: User) -> list[tuple[int, int]]:
    """Return everything that a list holds, newest first, at most MOST_SELECTED.

    Returns:
        Pairs of a conversation's id and its last inbound message, 0 for none.
    """
    rows = newest_first(_matching(query=query, user=user), before=None)
    found = rows.values_list("pk", "last_inbound_id")[:MOST_SELECTED]
    return [(pk, inbound or 0) for pk, inbound in found]


def count_matching(*, query: ListQuery, user: User) -> int:
    """Return how many conversations a list holds, those beyond MOST_SELECTED too."""
    return _matching(query=query, user=user).order_by().count()


def _matching(*, query: ListQuery, user: User) -> QuerySet[Conversation]:
    rows = query.conversations(user=user)
    return matching_conversations(rows, text=query.text, user=user) if query.text else rows


@dataclass(frozen=True)
class CarriedLabels:
    """Which labels several conversations carry.

    Attributes:
        total: how many conversations these are.
        counts: a label's id, and how many of them carry it; labels on none are left out.
    """

    total: int
    counts: dict[int, int]


def labels_of_many(*, ids: Sequence[int], user: User) -> CarriedLabels:
    """Return which labels several conversations carry, of those that the user may see.

    Args:
        ids: which; at most MOST_SELECTED.
        user: who asks.
    """
    rows = Conversation.objects.visible_to(user).filter(pk__in=ids)
    carried = rows.filter(labels__isnull=False).order_by().values_list("labels")
    return CarriedLabels(
        total=rows.order_by().count(),
        counts=dict(carried.annotate(count=Count("pk", distinct=True))),
    )


def change_many(
    *,
    action: BulkAction,
    ids: Sequence[int],
    user: User,
    at: datetime,
    seen: Mapping[int, int] | None = None,
) -> BulkResult:
    """Do one thing to several conversations; those that the user may not see are left out.

    Args:
        action: what to do.
        ids: which; at most MOST_AT_ONCE.
        user: who does it.
        at: now, aware UTC.
        seen: for each id the last inbound message when it was selected: where the contact wrote
            since, nothing is put away. One that is left out is not asked about.

    Raises:
        InvalidInput: the action is unknown, lacks what it needs, or there are too many at once.
    """
    _check(action, count=len(ids), at=at)
    rows = (
        Conversation.objects.visible_to(user)
        .with_role_of(user)
        .select_related("did_number", "contact")
    )
    wanted = Action.READ if action.name == "read" else Action.ORGANIZE
    result = BulkResult()
    chosen = list(rows.filter(pk__in=ids).order_by("-last_activity_at", "-id"))
    hide_unknown(chosen, user=user)
    for conversation in chosen:
        if wanted not in actions_on(conversation, user=user):
            result.refused.append((conversation.contact.display_name, refusal()))
            continue
        before = state_of(conversation_id=conversation.pk)
        try:
            is_changed = _change_one(
                action,
                conversation=conversation,
                user=user,
                at=at,
                seen_up_to=(seen or {}).get(conversation.pk),
            )
        except MessagingError as error:
            result.refused.append((conversation.contact.display_name, str(error.user_message)))
            continue
        if not is_changed:
            result.unchanged += 1
        elif action.name == "read":
            result.undo.append((conversation.pk, ""))
        else:
            result.undo.append((conversation.pk, undo_token(before=before, user=user)))
    return result


def _check(action: BulkAction, *, count: int, at: datetime) -> None:
    if action.name not in ACTIONS:
        raise InvalidInput(_("Unknown action."), field="action")
    if not count:
        raise InvalidInput(_("Select conversations first."), field="conversation")
    if count > MOST_AT_ONCE:
        raise InvalidInput(_("Too many conversations at once."), field="conversation")
    if action.name in {"label", "unlabel"} and action.label is None:
        raise InvalidInput(_("Choose a label."), field="label")
    if action.name == "snooze" and (action.until is None or action.until <= at):
        raise InvalidInput(_("Choose a time in the future."), field="until")


def _change_one(
    action: BulkAction,
    *,
    conversation: Conversation,
    user: User,
    at: datetime,
    seen_up_to: int | None,
) -> bool:
    if action.name == "assign":
        return hand_over(conversation=conversation, to=action.assignee, by=user, at=at)
    if action.name == "label" and action.label:
        return add_label(conversation=conversation, label=action.label, by=user, at=at)
    if action.name == "unlabel" and action.label:
        return remove_label(conversation=conversation, label=action.label, by=user, at=at)
    if action.name == "reopen":
        return lifecycle.reopen(conversation=conversation, by=user, at=at)
    if action.name == "read":
        newest = conversation.last_message_id or 0
        up_to = newest if seen_up_to is None else min(seen_up_to, newest)
        return mark_read(conversation=conversation, user=user, up_to_id=up_to)
    ways: dict[str, Callable[..., bool]] = {
        "close": lifecycle.close,
        "settle": lifecycle.need_no_reply,
        "snooze": partial(lifecycle.snooze, until=action.until or at),
    }
    put_away = ways[action.name]
    return put_away(conversation=conversation, by=user, at=at, seen_up_to=seen_up_to)


def undo_many(*, changes: Sequence[tuple[int, str]], user: User, at: datetime) -> BulkResult:
    """Take back what change_many did; what a colleague has changed since stays.

    Args:
        changes: pairs of conversation id and undo token.
        user: who did it.
        at: now, aware UTC.
    """
    tokens = dict(changes[:MOST_AT_ONCE])
    rows = Conversation.objects.visible_to(user).with_role_of(user).select_related("contact")
    result = BulkResult()
    chosen = list(rows.filter(pk__in=tokens))
    hide_unknown(chosen, user=user)
    for conversation in chosen:
        if Action.ORGANIZE not in actions_on(conversation, user=user):
            result.refused.append((conversation.contact.display_name, refusal()))
            continue
        try:
            undo(conversation=conversation, token=tokens[conversation.pk], user=user, at=at)
        except MessagingError as error:
            result.refused.append((conversation.contact.display_name, str(error.user_message)))
        else:
            result.undo.append((conversation.pk, ""))
    return result
