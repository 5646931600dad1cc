"""How long the statements of a report may take: less than a page's, so that pages come first."""

from __future__ import annotations

import contextlib
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from django.db import OperationalError, connection, transaction

from messaging.services.errors import ReportTooSlow

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Of each statement on PostgreSQL, of all of a report on SQLite.
REPORT_SECONDS: Final = 8.0
#: Steps of SQLite's machine between two looks at the clock: about a millisecond.
_STEPS: Final = 20_000
_QUERY_CANCELED: Final = "57014"
_is_limited: Final = ContextVar("is_limited", default=False)


@contextlib.contextmanager
def report_time_limit(*, seconds: float = REPORT_SECONDS) -> Iterator[None]:
    """Let the statements of this block read for so long.

    On PostgreSQL they run in one transaction. Within another one's block it changes nothing.

    Raises:
        ReportTooSlow: they took longer.
    """
    if _is_limited.get():
        yield
        return
    token = _is_limited.set(True)
    try:
        with _limited(seconds):
            yield
    except OperationalError as error:
        if not _is_out_of_time(error):
            raise
        raise ReportTooSlow from error
    finally:
        _is_limited.reset(token)


def _is_out_of_time(error: OperationalError) -> bool:
    cause = error.__cause__
    names = (getattr(cause, "sqlstate", ""), getattr(cause, "sqlite_errorname", ""))
    return names[0] == _QUERY_CANCELED or names[1] == "SQLITE_INTERRUPT"


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    if connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = DEFAULT")
        return
    connection.ensure_connection()
    link = connection.connection
    ends_at = time.monotonic() + seconds
    link.set_progress_handler(lambda: int(time.monotonic() > ends_at), _STEPS)
    try:
        yield
    finally:
        link.set_progress_handler(None, 0)
