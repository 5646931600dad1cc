"""What a restore changes in the restored rows, in the transaction in which they appear.

Nothing may be sent again: sending is paused until a person resumes it, and what was waiting when
the backup was made is unconfirmed, since the hours after it may have sent it. Its receipt still
finds it: an attempt counts as begun when the backup was made. What is due later stays scheduled.
Sessions, workers and presences of the old machine are worth nothing any more. No id is given twice:
programs that follow messages by their ids saw some that are lost.
"""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction

from messaging.models import (
    BackupRun,
    CircuitBreakerTrip,
    Message,
    Presence,
    StaffSession,
    StatusChange,
    WorkerSighting,
)
from messaging.reasons import ReasonCode
from messaging.services.history.summary import rebuild
from messaging.statuses import Status

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

#: More than the lost hours can have used up.
ID_GAP: Final = 1_000_000
#: No probe closes this trip.
NEVER: Final = timedelta(days=3650)
_WORTHLESS: Final[tuple[type[Model], ...]] = (StaffSession, WorkerSighting, Presence)


def settling_statements(*, vendor: str, schema: str, made_at: datetime, at: datetime) -> list[str]:
    """Return the statements, without parameters: on PostgreSQL psql runs them.

    Args:
        vendor: ``sqlite`` or ``postgresql``.
        schema: PostgreSQL's schema of the tables; "" on SQLite.
        made_at: the moment whose state the backup holds.
        at: now, aware UTC.
    """

    def table(model: type[Model]) -> str:
        return (f'"{schema}".' if schema else "") + f'"{model._meta.db_table}"'

    def moment(value: datetime) -> str:
        text = value.astimezone(UTC)
        return f"'{text:%Y-%m-%d %H:%M:%S.%f}{'+00' if vendor == 'postgresql' else ''}'"

    now, made = moment(at), moment(made_at)
    facts = "'" + json.dumps({"made_at": made_at.isoformat()}) + "'"
    trips, messages = table(CircuitBreakerTrip), table(Message)
    waiting = (
        "direction = 'outbound' AND (status IN ('queued', 'held', 'sending')"
        f" OR (status = 'scheduled' AND send_at <= {now}))"
    )
    # Every value here is ours: table names, codes and times.
    return [
        f"UPDATE {trips} SET ended_at = {now} WHERE ended_at IS NULL",  # noqa: S608
        f"INSERT INTO {trips} (code, facts, began_at, next_probe_at, probes)"  # noqa: S608
        f" VALUES ('{ReasonCode.RESTORED}', {facts}, {now}, {moment(at + NEVER)}, 0)",
        f"INSERT INTO {table(StatusChange)} (message_id, status, at, code, facts)"  # noqa: S608
        f" SELECT id, 'unconfirmed', {now}, '{ReasonCode.SINCE_BACKUP}', {facts}"
        f" FROM {messages} WHERE {waiting} ORDER BY id",
        f"UPDATE {messages} SET status = 'unconfirmed', claimed_by = '', error_facts = {facts},"  # noqa: S608
        f" error_code = '{ReasonCode.SINCE_BACKUP}', attempt_started_at = CASE"
        " WHEN status = 'sending' THEN attempt_started_at"
        f" WHEN status = 'scheduled' AND send_at > {made} THEN send_at ELSE {made} END"
        f" WHERE {waiting}",
        f"UPDATE {table(BackupRun)} SET finished_at = {now}"  # noqa: S608
        " WHERE finished_at IS NULL AND failure_code IS NULL",
        *(f"DELETE FROM {table(model)}" for model in _WORTHLESS),  # noqa: S608
        _new_ids(vendor, schema),
    ]


def rebuild_summaries(*, made_at: datetime) -> int:
    """Bring the conversations of what became unconfirmed into step; return how many messages.

    Args:
        made_at: the moment whose state the backup holds.
    """
    rows = Message.objects.filter(
        status=Status.UNCONFIRMED,
        error_code=ReasonCode.SINCE_BACKUP,
        error_facts__made_at=made_at.isoformat(),
    ).values_list("conversation_id", flat=True)
    conversations = list(rows)
    for pk in sorted(set(conversations)):
        with transaction.atomic():
            rebuild(pk)
    return len(conversations)


def _new_ids(vendor: str, schema: str) -> str:
    """Return the statement after which new rows have ids that were never given."""
    if vendor == "postgresql":
        return (
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass,"  # noqa: S608
            f" coalesce(last_value, 0) + {ID_GAP}) FROM pg_catalog.pg_sequences"
            f" WHERE schemaname = '{schema}' AND starts_with(sequencename, 'messaging_')"
        )
    return f"UPDATE sqlite_sequence SET seq = seq + {ID_GAP} WHERE name GLOB 'messaging_*'"  # noqa: S608
