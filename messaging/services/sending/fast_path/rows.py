"""What the statements of both databases are given and return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from messaging.models import CircuitBreakerTrip

if TYPE_CHECKING:
    from datetime import datetime

TRIPS: Final = CircuitBreakerTrip._meta.db_table

#: Nothing of its conversation holds message m back: `QueueQuerySet.heads`.
IS_HEAD: Final = """
NOT EXISTS (
    SELECT 1 FROM messaging_message e
    WHERE e.conversation_id = m.conversation_id AND e.status IN ('queued', 'sending')
      AND (e.queued_at < m.queued_at OR (e.queued_at = m.queued_at AND e.id < m.id)
           OR e.status = 'sending')
      AND e.id <> m.id)
"""

#: An opt-out forbids number f to write to contact k: `OptOutQuerySet.covering`.
IS_OPTED_OUT: Final = """
EXISTS (
    SELECT 1 FROM messaging_optout o
    WHERE o.contact_id = k.id AND o.ended_at IS NULL
      AND (o.did_number_id = f.id
           OR (o.did_number_id IS NULL AND NOT EXISTS (
                SELECT 1 FROM messaging_optout_allowed_numbers a
                WHERE a.optout_id = o.id AND a.didnumber_id = f.id))))
"""


class Accepted(NamedTuple):
    """An ordinary outcome: the provider took the message and gave it an id.

    Attributes:
        message_id: of the row.
        attempts: all attempts with this one.
        provider_message_id: the provider's id.
        trace: the request, as JSON; None when nothing is known of it.
    """

    message_id: int
    attempts: int
    provider_message_id: str
    trace: str | None = None


class Search(NamedTuple):
    """What may be sent next is looked for.

    Attributes:
        limit: how many at most.
        oldest: what should have been sent before must not be sent any more.
        resting: messages that are left out.
    """

    limit: int
    oldest: datetime
    resting: list[int]


class Candidate(NamedTuple):
    """A message that is first in its conversation, and due, of a number that has a free slot."""

    message_id: int
    conversation_id: int
    did_number_id: int
    attempts: int
    provider_code: str
    content: str
    phone: str
    sender: str
    max_per_second: int
    next_send_at: datetime | None
    must_not_go: bool
    queued_at: datetime | str


class Change(NamedTuple):
    """A row of the change feed that was written, for its announcement."""

    change_id: int
    conversation_id: int
    did_number_id: int
