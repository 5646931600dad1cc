"""The fast path for the ordinary inbound message, in SQL of our own.

Most pushes are a text from a person to one of our numbers that asks for nothing special. For these
the ORM's two dozen statements become one on PostgreSQL and a few on SQLite. Whatever is not
ordinary in any way (a keyword, a reaction, a receipt, a duplicate, a blocked or closed
conversation, …) makes ``take_in_quickly`` answer False with nothing written, and
``recording.record_push`` does the whole work. Both leave the same rows; the tests hold them against
each other.

Without it a push costs nine times the processor time on both databases (2026-11-29, `make
ablation`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection

from didsms_site.server.shared_counter import QUICK_ARRIVALS
from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push import parse_push
from messaging.services.content.keywords import keyword_in
from messaging.services.content.reaction_texts import is_reaction_like

from .postgresql import write_on_postgresql
from .rows import values_of
from .sqlite import write_on_sqlite

if TYPE_CHECKING:
    from messaging.nxcloud.push import PushEnvelope

logger = logging.getLogger(__name__)

UNIQUE_VIOLATION: Final = "23505"
UNIQUE_VIOLATIONS_OF_SQLITE: Final = frozenset(
    {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
)
_ORDINARY_TYPES: Final = frozenset({"", "0"})


def take_in_quickly(*, envelope: PushEnvelope) -> bool:
    """Record and apply an ordinary inbound message in one short transaction.

    Args:
        envelope: an authentic push.

    Returns:
        Whether it is done; False means that nothing was written and the long way is needed.

    Raises:
        OperationalError, InterfaceError: the database did not take it.
    """
    values = _ordinary_values(envelope)
    outcome = "not_ordinary" if values is None else _write(values)
    QUICK_ARRIVALS.inc(outcome)
    return outcome == "done"


def _write(values: dict[str, Any]) -> str:
    """Write the rows; return the word that counts what became of it."""
    write = write_on_postgresql if connection.vendor == "postgresql" else write_on_sqlite
    try:
        return "done" if write(values) else "not_ordinary"
    except IntegrityError as error:
        if _is_about_uniqueness(error):
            return "conflict"  # A duplicate, or a race that the long way settles.
        # The tables know a rule that our statements do not. The long way keeps the push; but each
        # one takes it until somebody sees this.
        logger.error("the fast path is refused by the database: %s", _rule_of(error))
        return "refused"


def _is_about_uniqueness(error: IntegrityError) -> bool:
    cause = error.__cause__
    name = getattr(cause, "sqlite_errorname", "")
    state = getattr(cause, "sqlstate", "")
    return state == UNIQUE_VIOLATION or name in UNIQUE_VIOLATIONS_OF_SQLITE


def _rule_of(error: IntegrityError) -> str:
    """Return which rule it was, without the row: PostgreSQL's message holds the text."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is None:
        return str(error)
    return f"{diagnosis.table_name} {diagnosis.column_name or diagnosis.constraint_name}"


def _ordinary_values(envelope: PushEnvelope) -> dict[str, Any] | None:
    """Return what will be written, or None when the push is out of the ordinary."""
    if envelope.action == "dr":
        return None
    try:
        fields = parse_push(envelope, zone=ZoneInfo(settings.NXCLOUD_TIME_ZONE))
    except UnusablePush:
        return None
    if not fields.message_id or fields.type not in _ORDINARY_TYPES or fields.is_damaged:
        return None
    if keyword_in(fields.content) is not None or is_reaction_like(fields.content):
        return None
    return values_of(envelope, fields)
