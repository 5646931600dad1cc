"""The fast path for ordinary pushes, in SQL of our own.

Most pushes are a text from a person to one of our numbers that asks for nothing special, or the
receipt that moves a message of ours forward. For these the ORM's two dozen statements become one on
PostgreSQL and a few on SQLite. Whatever is not ordinary in any way (a keyword, a reaction, a
duplicate, a blocked or closed conversation, a receipt without a message or with another word, …)
makes ``take_in_quickly`` answer False with nothing written, and ``record.record_push`` does the
whole work. Both leave the same rows; the tests hold them against each other.

Without it a push costs nine times the processor time on both databases (2026-11-29, `make
ablation`).
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection

from didsms_site.server.shared_counter import QUICK_ARRIVALS
from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push import parse_push
from messaging.services.content.keywords import keyword_in
from messaging.services.content.reaction_texts import is_reaction_like
from messaging.services.receipts.delivery_receipts import RECEIPT_STATUS

from .postgresql import apply_on_postgresql, take_in_on_postgresql
from .rows import status_word, values_of, values_of_receipt
from .sqlite import apply_on_sqlite, take_in_on_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from messaging.nxcloud.push import PushEnvelope, PushFields

logger = logging.getLogger(__name__)

UNIQUE_VIOLATION: Final = "23505"
UNIQUE_VIOLATIONS_OF_SQLITE: Final = frozenset(
    {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
)
_ORDINARY_TYPES: Final = frozenset({"", "0"})


def take_in_quickly(*, envelope: PushEnvelope) -> bool:
    """Record and apply an ordinary push in one short transaction.

    Args:
        envelope: an authentic push.

    Returns:
        Whether it is done; False means that nothing was written and the long way is needed.

    Raises:
        OperationalError, InterfaceError: the database did not take it.
    """
    outcome = "not_ordinary"
    for write in _ways(envelope):
        outcome = _outcome_of(write)
        if outcome != "not_ordinary":
            break
    QUICK_ARRIVALS.inc(outcome)
    return outcome == "done"


def _ways(envelope: PushEnvelope) -> Iterator[Callable[[], bool]]:
    """Yield what the push may be taken for; an unsigned one of both kinds is an inbound first."""
    try:
        fields = parse_push(envelope, zone=ZoneInfo(settings.NXCLOUD_TIME_ZONE))
    except UnusablePush:
        return
    is_on_postgresql = connection.vendor == "postgresql"
    if _may_be_ordinary_text(envelope, fields):
        write = take_in_on_postgresql if is_on_postgresql else take_in_on_sqlite
        yield partial(write, values_of(envelope, fields))
    if _may_be_ordinary_receipt(envelope, fields):
        write = apply_on_postgresql if is_on_postgresql else apply_on_sqlite
        yield partial(write, values_of_receipt(envelope, fields))


def _may_be_ordinary_text(envelope: PushEnvelope, fields: PushFields) -> bool:
    return (
        envelope.action != "dr"
        and fields.message_id != ""
        and fields.type in _ORDINARY_TYPES
        and not fields.is_damaged
        and keyword_in(fields.content) is None
        and not is_reaction_like(fields.content)
    )


def _may_be_ordinary_receipt(envelope: PushEnvelope, fields: PushFields) -> bool:
    return (
        envelope.action != "mo"
        and fields.message_id != ""
        and status_word(fields) in RECEIPT_STATUS
        and not envelope.text_digest
    )


def _outcome_of(write: Callable[[], bool]) -> str:
    """Write the rows; return the word that counts what became of it."""
    try:
        return "done" if write() else "not_ordinary"
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
