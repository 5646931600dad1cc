"""The statements of the fast path on PostgreSQL, each prepared on the server.

None waits for a row: what somebody else holds is skipped, so that a transaction with many messages
in it takes part in no deadlock.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from messaging.services.receipts.delivery_receipts import MATCH_WINDOW

from .rows import IS_HEAD, IS_OPTED_OUT, TRIPS, Accepted, Candidate, Change, Search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_WRITE_ACCEPTED: Final = """
WITH given AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(attempts)s::int[], %(provider_ids)s::text[])
        AS given (id, attempts, provider_message_id)
), mine AS MATERIALIZED (
    SELECT m.id, given.provider_message_id
    FROM given
    JOIN messaging_message m ON m.id = given.id
    JOIN messaging_conversation v ON v.id = m.conversation_id
    JOIN messaging_contact k ON k.id = v.contact_id
    WHERE m.status = 'sending' AND m.claimed_by = %(worker)s AND m.attempts = given.attempts
      AND NOT EXISTS (
        SELECT 1 FROM messaging_message x
        WHERE x.provider_message_id = given.provider_message_id AND x.direction = 'outbound')
      AND NOT EXISTS (
        SELECT 1 FROM messaging_push p
        WHERE p.outcome = 'orphan' AND p.provider_message_id = given.provider_message_id)
      AND NOT EXISTS (
        SELECT 1 FROM messaging_push p
        WHERE p.outcome = 'orphan' AND p.did_number_id = m.did_number_id
          AND p.phone_key = k.phone_key AND p.received_at >= %(orphans_since)s)
    ORDER BY m.id
    FOR NO KEY UPDATE OF m SKIP LOCKED
), moved AS (
    UPDATE messaging_message m
    SET status = 'sent', sent_at = %(at)s, provider_code = '0', unsent_tries = 0,
        error_code = NULL, error_facts = NULL, provider_message_id = mine.provider_message_id
    FROM mine WHERE m.id = mine.id
    RETURNING m.id
)
SELECT id FROM moved
"""
_IS_DUE: Final = f"""
EXISTS (
    SELECT 1 FROM messaging_message m
    WHERE m.did_number_id = d.id AND m.status = 'queued' AND m.not_before <= %(at)s
      AND m.id <> ALL (%(resting)s::bigint[]) AND {IS_HEAD})
"""  # noqa: S608
_LOOK: Final = f"""
SELECT EXISTS (SELECT 1 FROM {TRIPS} WHERE ended_at IS NULL),
    EXISTS (
        SELECT 1 FROM messaging_didnumber d
        WHERE (d.next_send_at IS NULL OR d.next_send_at <= %(at)s) AND {_IS_DUE})
"""  # noqa: S608
_NEXT_SLOT: Final = f"""
SELECT MIN(d.next_send_at) FROM messaging_didnumber d WHERE d.next_send_at > %(at)s AND {_IS_DUE}
"""  # noqa: S608
# As each number sends one message before any sends two, no more than that many are needed of one.
# A writer of the number's messages holds a key of its row, and is not waited for.
_FIND: Final = f"""
WITH f AS MATERIALIZED (
    SELECT d.id, d.number, d.max_per_second, d.next_send_at, d.is_active, d.stopped_until
    FROM messaging_didnumber d
    WHERE (d.next_send_at IS NULL OR d.next_send_at <= %(at)s)
      AND NOT EXISTS (SELECT 1 FROM {TRIPS} WHERE ended_at IS NULL)
      AND {_IS_DUE}
    ORDER BY d.next_send_at NULLS FIRST, d.id
    LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
)
SELECT m.id, m.conversation_id, f.id, m.attempts, m.provider_code, m.content, k.phone_key,
    f.number, f.max_per_second, f.next_send_at,
    NOT f.is_active OR COALESCE(f.stopped_until > %(at)s, false)
        OR COALESCE(m.send_at, m.created_at) < %(oldest)s OR {IS_OPTED_OUT},
    m.queued_at
FROM f
CROSS JOIN LATERAL (
    SELECT m.* FROM messaging_message m
    WHERE m.did_number_id = f.id AND m.status = 'queued' AND m.not_before <= %(at)s
      AND m.id <> ALL (%(resting)s::bigint[]) AND {IS_HEAD}
    ORDER BY m.queued_at, m.id
    LIMIT (SELECT %(limit)s + 1 - COUNT(*) FROM f)
    FOR NO KEY UPDATE SKIP LOCKED
) m
JOIN messaging_conversation v ON v.id = m.conversation_id
JOIN messaging_contact k ON k.id = v.contact_id
"""  # noqa: S608
# A subselect hides how long a list is; otherwise PostgreSQL would plan the statement every time.
_CLAIM_AND_NOTE: Final = """
WITH slots AS (
    UPDATE messaging_didnumber d SET next_send_at = given.next_send_at
    FROM unnest((SELECT %(number_ids)s::bigint[]), (SELECT %(slots)s::timestamptz[]))
        AS given (id, next_send_at)
    WHERE d.id = given.id
), claimed AS (
    UPDATE messaging_message m
    SET status = 'sending', claimed_by = %(worker)s, attempt_started_at = %(at)s,
        attempts = m.attempts + 1
    WHERE m.id = ANY ((SELECT %(ids)s::bigint[])::bigint[]) AND m.status = 'queued'
    RETURNING m.id, m.conversation_id, m.did_number_id
), moved AS (
    SELECT m.id, 'sent' AS status, m.conversation_id, m.did_number_id, given.trace::jsonb AS trace
    FROM unnest((SELECT %(written)s::bigint[]), (SELECT %(traces)s::text[])) AS given (id, trace)
    JOIN messaging_message m ON m.id = given.id
    UNION ALL SELECT id, 'sending', conversation_id, did_number_id, %(claimed)s::jsonb FROM claimed
), noted AS (
    INSERT INTO messaging_statuschange (message_id, status, at, trace)
    SELECT moved.id, moved.status, GREATEST(%(at)s, COALESCE(
        (SELECT h.at FROM messaging_statuschange h WHERE h.message_id = moved.id
         ORDER BY h.id DESC LIMIT 1), %(at)s)), moved.trace
    FROM moved
), told AS (
    INSERT INTO messaging_change (kind, conversation_id, did_number_id, at)
    SELECT 'status', moved.conversation_id, moved.did_number_id, %(at)s FROM moved
    RETURNING id, conversation_id, did_number_id
)
SELECT id, NULL, NULL FROM claimed UNION ALL SELECT id, conversation_id, did_number_id FROM told
"""


def write_and_find(
    accepted: Sequence[Accepted], search: Search | None, *, worker: str, at: datetime
) -> tuple[set[int], list[Candidate]]:
    """Write outcomes; find and lock what may be sent next, of numbers that are locked too.

    Returns:
        The ids of the messages whose outcomes are written, and what was found.
    """
    statements = []
    if accepted:
        outcomes = {
            "ids": [one.message_id for one in accepted],
            "attempts": [one.attempts for one in accepted],
            "provider_ids": [one.provider_message_id for one in accepted],
            "worker": worker,
            "at": at,
            "orphans_since": at - MATCH_WINDOW,
        }
        statements.append((_WRITE_ACCEPTED, outcomes))
    if search:
        statements.append((_FIND, {**search._asdict(), "at": at}))
    answers = _run(*statements)
    written = {row[0] for row in answers.pop(0)} if accepted else set()
    return written, [Candidate(*row) for row in answers[0]] if search else []


def claim_and_note(
    ids: Sequence[int],
    slots: Mapping[int, datetime],
    written: Mapping[int, str | None],
    *,
    worker: str,
    at: datetime,
) -> tuple[set[int], list[Change]]:
    """Claim locked messages; note that they, and those with outcomes, have moved.

    Returns:
        The ids of the messages that are claimed, and the hints to announce.
    """
    given = {
        "ids": [*ids],
        "number_ids": [*slots],
        "slots": [*slots.values()],
        "written": [*written],
        "traces": [*written.values()],
        "claimed": json.dumps({"worker": worker}),
        "worker": worker,
        "at": at,
    }
    (rows,) = _run((_CLAIM_AND_NOTE, given))
    return (
        {row[0] for row in rows if row[1] is None},
        [Change(*row) for row in rows if row[1] is not None],
    )


def look(*, at: datetime, resting: Sequence[int]) -> tuple[bool, bool]:
    """Tell whether sending is paused, and whether a number with a free slot has a message due."""
    (((is_paused, is_due),),) = _run((_LOOK, {"at": at, "resting": [*resting]}))
    return is_paused, is_due


def next_slot(*, at: datetime, resting: Sequence[int]) -> datetime | None:
    """Return when the next number that has a message due may send again."""
    (((found,),),) = _run((_NEXT_SLOT, {"at": at, "resting": [*resting]}))
    moment: datetime | None = found
    return moment


def _run(*statements: tuple[str, dict[str, Any]]) -> list[list[tuple[Any, ...]]]:
    """Run statements on the thread's connection; several, and a BEGIN, in one round trip.

    The server keeps their plans.
    """
    import psycopg

    connection.ensure_connection()
    link = connection.connection
    link.prepare_threshold = 2
    with connection.wrap_database_errors:
        with link.pipeline() if len(statements) > 1 else nullcontext():
            cursors = [psycopg.Cursor(link).execute(sql, given) for sql, given in statements]
        return [cursor.fetchall() for cursor in cursors]
