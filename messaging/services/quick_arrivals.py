"""The quick way in for the ordinary inbound message, in SQL of our own.

Most pushes are a text from a person to one of our numbers that asks for nothing special. For these
the ORM's two dozen statements become one on PostgreSQL and a few on SQLite. Whatever is not
ordinary in any way (a keyword, a reaction, a receipt, a duplicate, a blocked or closed
conversation, …) makes ``take_in_quickly`` answer False with nothing written, and
``recording.record_push`` does the whole work. Both leave the same rows; the tests hold them against
each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, connection

from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push import parse_push

from .keywords import keyword_in
from .quick_arrivals_postgresql import write_on_postgresql
from .quick_arrivals_rows import values_of
from .quick_arrivals_sqlite import write_on_sqlite
from .reaction_words import is_reaction_like

if TYPE_CHECKING:
    from messaging.nxcloud.push import PushEnvelope

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
    if values is None:
        return False
    try:
        if connection.vendor == "postgresql":
            return write_on_postgresql(values)
        return write_on_sqlite(values)
    except IntegrityError:
        return False  # A duplicate, or a race that the long way settles.


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
