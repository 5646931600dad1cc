"""Which hints of the live feed reach somebody who sees their own and the unassigned only.

Most people hear the hints of all conversations on their numbers. For somebody with this switch a
hint of a conversation that they do not see is left out, but for the one that takes it away from
them: the lists on their screen must let go of it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from messaging.models import Change, Conversation, ConversationEvent, rights_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    from messaging.services.feed.listeners import Hint

_Kind = ConversationEvent.Kind
#: Behind an assignment so much later a hint is about something else.
ABOUT_ASSIGNMENT: Final = timedelta(seconds=60)


def heard_by(
    hints: Sequence[Hint], *, user: AbstractBaseUser | AnonymousUser, at: datetime
) -> list[Hint]:
    """Return those of some hints that a person may hear.

    Args:
        hints: of numbers that they see; id, kind, conversation and number of each.
        user: who listens. Where they see everything on their numbers, the database is not asked.
        at: now, aware UTC.
    """
    if not rights_of(user).sees_own_only:
        return list(hints)
    wanted = {hint[2] for hint in hints if hint[2] is not None}
    visible = Conversation.objects.visible_to(user).order_by().filter(pk__in=wanted)
    seen = set(visible.values_list("pk", flat=True))
    taken = _taken_from(user.pk or 0, wanted - seen, at=at)
    return [
        hint
        for hint in hints
        if hint[2] is None
        or hint[2] in seen
        or (hint[1] == Change.Kind.CONVERSATION and hint[2] in taken)
    ]


def newest_heard_by(user: AbstractBaseUser | AnonymousUser, *, did_numbers: set[int]) -> int:
    """Return the newest change in a conversation that such a person sees, 0 for none."""
    visible = Conversation.objects.visible_to(user).order_by().values("pk")
    rows = Change.objects.filter(did_number_id__in=did_numbers, conversation_id__in=visible)
    return rows.order_by("-pk").values_list("pk", flat=True).first() or 0


def _taken_from(user_id: int, conversations: set[int], *, at: datetime) -> set[int]:
    """Return the conversations that were a person's or nobody's until a moment ago."""
    if not conversations:
        return set()
    events: dict[int, list[ConversationEvent]] = defaultdict(list)
    rows = ConversationEvent.objects.filter(
        conversation__in=conversations, kind__in=[_Kind.ASSIGNED, _Kind.UNASSIGNED]
    )
    for event in rows.order_by("-pk"):
        events[event.conversation_id].append(event)
    return {
        conversation
        for conversation, (newest, *before) in events.items()
        if newest.at > at - ABOUT_ASSIGNMENT
        and (not before or before[0].kind == _Kind.UNASSIGNED or before[0].subject_id == user_id)
    }
