"""How long the statements of a report may take: less than a page's, so that pages come first."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Of each statement on PostgreSQL, of all of a report on SQLite.
REPORT_SECONDS: Final = 8.0
#: Steps of SQLite's machine between two looks at the clock: about a millisecond.
_STEPS: Final = 20_000


@contextlib.contextmanager
def report_time_limit(*, seconds: float = REPORT_SECONDS) -> Iterator[None]:
    """Let the statements of this block read for so long; then they fail with OperationalError.

    On PostgreSQL they run in one transaction.
    """
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
