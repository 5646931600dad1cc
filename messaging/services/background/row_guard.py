"""Keep one failing row from holding up the other rows of its loop."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from django.db import InterfaceError, OperationalError, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

FIRST_REST_SECONDS: Final = 60.0
LONGEST_REST_SECONDS: Final = 3600.0
#: More rows than this do not fail each for a reason of its own.
MOST_SET_ASIDE: Final = 500

#: States of PostgreSQL that tell of the server or of other transactions, not of the row at hand:
#: connection, transaction, rollback, resources, locks, operator, system; a schema that is not
#: migrated yet.
_NOT_THE_ROW: Final = ("08", "25", "40", "53", "55", "57", "58", "42P01", "42703")


def is_about_the_row(error: Exception) -> bool:
    """Tell whether an error is in the row that was worked on, not in the database as a whole."""
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    if state:
        return not state.startswith(_NOT_THE_ROW)
    # SQLite's operational errors are those of its file and its lock.
    return not isinstance(error, OperationalError | InterfaceError)


class RowGuard:
    """Sets rows aside that failed, and lets them be tried again later and later.

    It remembers in this process only: another worker finds out for itself.

    Args:
        what: what the log calls a row.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._failed: dict[int, tuple[float, float]] = {}  # when to try again, and the rest so far
        self._lock = threading.Lock()

    def set_aside(self) -> list[int]:
        """Return the keys of the rows that a loop leaves out now."""
        now = time.monotonic()
        with self._lock:
            return [key for key, (until, _rest) in self._failed.items() if until > now]

    @contextlib.contextmanager
    def row(self, key: int, *, is_atomic: bool = True) -> Iterator[None]:
        """Work on one row in a transaction, or a savepoint, of its own unless it makes its own.

        What fails because of the row is undone, logged once, and set aside; the loop goes on.

        Raises:
            DatabaseError: what concerns the database rather than the row.
        """
        try:
            with transaction.atomic() if is_atomic else contextlib.nullcontext():
                yield
        except Exception as error:
            if not is_about_the_row(error):
                raise
            self._put_aside(key, error)
        else:
            with self._lock:
                self._failed.pop(key, None)

    def _put_aside(self, key: int, error: Exception) -> None:
        with self._lock:
            _until, rest = self._failed.pop(key, (0.0, 0.0))
            is_first = not rest
            rest = min(rest * 2, LONGEST_REST_SECONDS) or FIRST_REST_SECONDS
            self._failed[key] = (time.monotonic() + rest, rest)
            if len(self._failed) > MOST_SET_ASIDE:
                del self._failed[next(iter(self._failed))]
        if is_first:
            logger.error("%s %s failed; it is set aside", self._what, key, exc_info=error)
