"""Which messages are a person's answer to a reply that was due, and how long it took.

The clock starts with the contact's first message that neither a person's answer nor a colleague
who settled it ("no reply needed", closed) came after. Only what a person sends now stops it: not
an auto-reply, nor what was scheduled. It is stamped once, when the roll-ups first see the message;
a later change of the business hours, or closing the conversation, changes nothing of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from messaging.db.prepared import instant
from messaging.models import Answer, ConversationEvent
from messaging.services.history.summary import NO_ANSWER

from .business_hours import HoursBook

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: After such a line nothing that the contact wrote before it needs a reply.
SETTLING: Final = tuple(
    kind.value
    for kind in (
        ConversationEvent.Kind.NO_REPLY_NEEDED,
        ConversationEvent.Kind.CLOSED,
        ConversationEvent.Kind.BLOCKED,
        ConversationEvent.Kind.OPTED_OUT,
        ConversationEvent.Kind.OPTED_IN,
    )
)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


#: A person wrote it to be sent at once, and it went or goes out; a service account is no person.
_IS_PERSONS: Final = (
    "{0}.direction = 'outbound' AND {0}.sent_by_id IS NOT NULL AND NOT {0}.is_automatic"  # noqa: S608
    f" AND {{0}}.send_at IS NULL AND {{0}}.status NOT IN ({_listed(s.value for s in NO_ANSWER)})"
    " AND NOT EXISTS (SELECT 1 FROM messaging_staffaccess a"
    " WHERE a.user_id = {0}.sent_by_id AND a.is_service_account)"
)
_ASKS: Final = (
    "i.conversation_id = m.conversation_id AND i.id < m.id AND i.direction = 'inbound'"
    " AND NOT EXISTS (SELECT 1 FROM messaging_reaction r WHERE r.message_id = i.id)"
)
_FIND: Final = f"""
WITH m AS (
    SELECT m.id, m.conversation_id, m.did_number_id, m.created_at, c.settled_message_id AS settled,
        COALESCE((SELECT p.id FROM messaging_message p
            WHERE p.conversation_id = m.conversation_id AND p.id < m.id
                AND {_IS_PERSONS.format("p")}
            ORDER BY p.id DESC LIMIT 1), 0) AS answered,
        (SELECT i.id FROM messaging_message i WHERE {_ASKS}
            ORDER BY i.id DESC LIMIT 1) AS newest
    FROM messaging_message m JOIN messaging_conversation c ON c.id = m.conversation_id
    WHERE m.id IN (%s) AND {_IS_PERSONS.format("m")}
)
SELECT m.id, m.did_number_id, m.created_at, m.answered,
    CASE WHEN m.settled < m.newest THEN
        (SELECT i.created_at FROM messaging_message i
            WHERE {_ASKS} AND i.id > m.answered AND i.id > m.settled ORDER BY i.id LIMIT 1)
    ELSE
        -- It was settled since, as "Send and close" does: what held before, the events tell.
        (SELECT i.created_at FROM messaging_message i
            WHERE {_ASKS} AND i.id > m.answered AND i.created_at > COALESCE(
                (SELECT e.at FROM messaging_conversationevent e
                    WHERE e.conversation_id = m.conversation_id AND e.at < m.created_at
                        AND e.kind IN ({_listed(SETTLING)})
                    ORDER BY e.at DESC LIMIT 1), %%s)
            ORDER BY i.id LIMIT 1)
    END AS due
FROM m WHERE m.newest > m.answered
"""  # noqa: S608  (our own constants)


def stamp_answers(ids: Collection[int]) -> int:
    """Stamp those of some messages that answer a due reply and have no stamp yet.

    Must run in a transaction in which nobody else stamps.

    Args:
        ids: of messages of any kind.

    Returns:
        How many were stamped.
    """
    known = set(Answer.objects.filter(pk__in=ids).values_list("pk", flat=True))
    wanted = [pk for pk in ids if pk not in known]
    if not wanted:
        return 0
    book = HoursBook()
    stamps = [_stamp(row, book) for row in _find(wanted)]
    Answer.objects.bulk_create(stamps)
    return len(stamps)


def next_answers(ids: Collection[int]) -> set[int]:
    """Return the person's messages that come right after some in their conversations.

    Where an answer was taken back, the next one is the answer.
    """
    if not ids:
        return set()
    marks = ", ".join(["%s"] * len(ids))
    following = f"""
        SELECT (SELECT p.id FROM messaging_message p
            WHERE p.conversation_id = m.conversation_id AND p.id > m.id
                AND {_IS_PERSONS.format("p")}
            ORDER BY p.id LIMIT 1)
        FROM messaging_message m WHERE m.id IN ({marks})
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(following, list(ids))
        return {pk for (pk,) in cursor.fetchall() if pk is not None}


def _find(ids: list[int]) -> list[tuple[Any, ...]]:
    marks = ", ".join(["%s"] * len(ids))
    no_event = _EPOCH if connection.vendor == "postgresql" else _EPOCH.replace(tzinfo=None)
    with connection.cursor() as cursor:
        cursor.execute(_FIND % marks, [*ids, no_event])
        return [row for row in cursor.fetchall() if row[-1] is not None]


def _stamp(row: tuple[Any, ...], book: HoursBook) -> Answer:
    message_id, did_number_id, answered_at, earlier_answer, due_at = row
    due, answered = instant(due_at), instant(answered_at)
    return Answer(
        message_id=message_id,
        did_number_id=did_number_id,
        due_at=due,
        answered_at=answered,
        seconds=book.counted_seconds(did_number_id=did_number_id, since=due, until=answered),
        is_first=earlier_answer == 0,
    )
