"""The statements of the fast path on SQLite.

They are few and return few rows, lists as JSON: Python's driver lets go of the interpreter's lock
for each statement and each row, and the threads that send queue for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from messaging.db.prepared import instant
from messaging.services.receipts.delivery_receipts import MATCH_WINDOW

from .rows import IS_HEAD, IS_OPTED_OUT, TRIPS, Accepted, Candidate, Change, Search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_WRITE_ACCEPTED: Final = """
UPDATE messaging_message
SET status = 'sent', sent_at = :at, provider_code = '0', unsent_tries = 0, error_code = NULL,
    error_facts = NULL, provider_message_id = mine.provider_message_id
FROM (
    SELECT m.id, json_extract(given.value, '$[2]') AS provider_message_id
    FROM json_each(:accepted) given
    CROSS JOIN messaging_message m ON m.id = json_extract(given.value, '$[0]')
    CROSS JOIN messaging_conversation v ON v.id = m.conversation_id
    CROSS JOIN messaging_contact k ON k.id = v.contact_id
    WHERE m.status = 'sending' AND m.claimed_by = :worker
      AND m.attempts = json_extract(given.value, '$[1]')
      AND NOT EXISTS (
        SELECT 1 FROM messaging_message x
        WHERE x.provider_message_id = json_extract(given.value, '$[2]')
          AND x.direction = 'outbound')
      AND NOT EXISTS (
        SELECT 1 FROM messaging_push p
        WHERE p.outcome = 'orphan' AND p.provider_message_id = json_extract(given.value, '$[2]'))
      AND NOT EXISTS (
        SELECT 1 FROM messaging_push p
        WHERE p.outcome = 'orphan' AND p.did_number_id = m.did_number_id
          AND p.phone_key = k.phone_key AND p.received_at >= :orphans_since)
) mine
WHERE messaging_message.id = mine.id
RETURNING id
"""
_NOTE: Final = """
INSERT INTO messaging_statuschange (message_id, status, at, trace)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), MAX(:at, COALESCE(
    (SELECT h.at FROM messaging_statuschange h WHERE h.message_id = json_extract(value, '$[0]')
     ORDER BY h.id DESC LIMIT 1), :at)), json_extract(value, '$[2]')
FROM json_each(:moved)
"""
_TELL: Final = """
INSERT INTO messaging_change (kind, conversation_id, did_number_id, at)
SELECT 'status', m.conversation_id, m.did_number_id, :at
FROM json_each(:moved) CROSS JOIN messaging_message m ON m.id = json_extract(value, '$[0]')
"""
_IS_DUE: Final = f"""
EXISTS (
    SELECT 1 FROM messaging_message m
    WHERE m.did_number_id = d.id AND m.status = 'queued' AND m.not_before <= :at
      AND m.id NOT IN (SELECT value FROM json_each(:resting)) AND {IS_HEAD})
"""  # noqa: S608  (our own constants)
_LOOK: Final = f"""
SELECT EXISTS (SELECT 1 FROM {TRIPS} WHERE ended_at IS NULL),
    EXISTS (
        SELECT 1 FROM messaging_didnumber d
        WHERE (d.next_send_at IS NULL OR d.next_send_at <= :at) AND {_IS_DUE})
"""  # noqa: S608
_NEXT_SLOT: Final = f"""
SELECT MIN(d.next_send_at) FROM messaging_didnumber d WHERE d.next_send_at > :at AND {_IS_DUE}
"""  # noqa: S608
_FIND: Final = f"""
WITH f AS MATERIALIZED (
    SELECT d.id, d.number, d.max_per_second, d.next_send_at, d.is_active, d.stopped_until
    FROM messaging_didnumber d
    WHERE (d.next_send_at IS NULL OR d.next_send_at <= :at)
      AND NOT EXISTS (SELECT 1 FROM {TRIPS} WHERE ended_at IS NULL)
      AND {_IS_DUE}
    ORDER BY d.next_send_at NULLS FIRST, d.id
    LIMIT :limit
)
SELECT json_group_array(json_array(
    m.id, m.conversation_id, f.id, m.attempts, m.provider_code, m.content, k.phone_key,
    f.number, f.max_per_second, f.next_send_at,
    NOT f.is_active OR COALESCE(f.stopped_until > :at, 0)
        OR COALESCE(m.send_at, m.created_at) < :oldest OR {IS_OPTED_OUT},
    m.queued_at))
FROM f
CROSS JOIN messaging_message m ON m.id IN (
    SELECT m.id FROM messaging_message m
    WHERE m.did_number_id = f.id AND m.status = 'queued' AND m.not_before <= :at
      AND m.id NOT IN (SELECT value FROM json_each(:resting)) AND {IS_HEAD}
    ORDER BY m.queued_at, m.id
    LIMIT (SELECT :limit + 1 - COUNT(*) FROM f))
CROSS JOIN messaging_conversation v ON v.id = m.conversation_id
CROSS JOIN messaging_contact k ON k.id = v.contact_id
"""  # noqa: S608
_TAKE_SLOTS: Final = """
UPDATE messaging_didnumber SET next_send_at = json_extract(given.value, '$[1]')
FROM json_each(:slots) given
WHERE messaging_didnumber.id = json_extract(given.value, '$[0]')
"""
_CLAIM: Final = """
UPDATE messaging_message
SET status = 'sending', claimed_by = :worker, attempt_started_at = :at, attempts = attempts + 1
WHERE id IN (SELECT value FROM json_each(:ids)) AND status = 'queued'
"""


def write_and_find(
    accepted: Sequence[Accepted], search: Search | None, *, worker: str, at: datetime
) -> tuple[set[int], list[Candidate]]:
    """Write outcomes; find what may be sent next.

    Returns:
        The ids of the messages whose outcomes are written, and what was found.
    """
    written: set[int] = set()
    if accepted:
        outcomes = {
            "accepted": json.dumps([one[:3] for one in accepted]),
            "worker": worker,
            "at": _text(at),
            "orphans_since": _text(at - MATCH_WINDOW),
        }
        with connection.wrap_database_errors:
            rows = _connection().execute(_WRITE_ACCEPTED, outcomes).fetchall()
        written = {row[0] for row in rows}
    if search is None:
        return written, []
    given = _when(at, search.resting) | {"limit": search.limit, "oldest": _text(search.oldest)}
    return written, [_candidate(row) for row in json.loads(_value(_FIND, given))]


def _candidate(row: list[Any]) -> Candidate:
    found = Candidate(*row)
    next_send_at = instant(found.next_send_at) if found.next_send_at else None
    return found._replace(next_send_at=next_send_at, must_not_go=bool(found.must_not_go))


def claim_and_note(
    ids: Sequence[int],
    slots: Mapping[int, datetime],
    written: Mapping[int, str | None],
    *,
    worker: str,
    at: datetime,
) -> tuple[set[int], list[Change]]:
    """Claim messages that were just found; note that they, and those with outcomes, have moved.

    Nobody else writes between the look and this: the transaction has the file's write lock.

    Returns:
        The ids of the messages that are claimed, which are all; no hints are needed.
    """
    claimed = json.dumps({"worker": worker})
    moved = [(one, "sent", trace) for one, trace in written.items()]
    given = {
        "ids": json.dumps([*ids]),
        "slots": json.dumps([[number, _text(slot)] for number, slot in slots.items()]),
        "moved": json.dumps([*moved, *((one, "sending", claimed) for one in ids)]),
        "worker": worker,
        "at": _text(at),
    }
    with connection.wrap_database_errors:
        execute = _connection().execute
        for statement in (_CLAIM, _TAKE_SLOTS, _NOTE, _TELL) if ids else (_NOTE, _TELL):
            execute(statement, given)
    return set(ids), []


def look(*, at: datetime, resting: Sequence[int]) -> tuple[bool, bool]:
    """Tell whether sending is paused, and whether a number with a free slot has a message due."""
    with connection.wrap_database_errors:
        row = _connection().execute(_LOOK, _when(at, resting)).fetchone()
    return bool(row[0]), bool(row[1])


def next_slot(*, at: datetime, resting: Sequence[int]) -> datetime | None:
    """Return when the next number that has a message due may send again."""
    found = _value(_NEXT_SLOT, _when(at, resting))
    return instant(found) if found else None


def _when(at: datetime, resting: Sequence[int]) -> dict[str, Any]:
    return {"at": _text(at), "resting": json.dumps([*resting])}


def _text(at: datetime) -> str:
    return str(connection.ops.adapt_datetimefield_value(at))


def _value(statement: str, given: dict[str, Any]) -> Any:
    with connection.wrap_database_errors:
        return _connection().execute(statement, given).fetchone()[0]


def _connection() -> Any:
    connection.ensure_connection()
    return connection.connection
