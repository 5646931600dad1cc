"""Note the statements that took long: their text, never their values."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from django.conf import settings
from django.db.backends.utils import CursorWrapper

logger = logging.getLogger("didsms.slow")

LONGEST_STATEMENT: Final = 300


def note_if_slow(sql: object, *, began: float) -> None:
    """Write a line about a statement that just ended, if it took SLOW_QUERY_SECONDS.

    Args:
        sql: its text, with placeholders.
        began: `time.monotonic()` before it.
    """
    took = time.monotonic() - began
    if took >= settings.SLOW_QUERY_SECONDS:
        text = " ".join(str(sql).split())[:LONGEST_STATEMENT]
        logger.warning("slow query: %.2f s: %s", took, text)


class TimedCursorWrapper(CursorWrapper):
    """Django's own cursor, which times its statements.

    No wrapper of the connection's `execute_wrappers`: with one there, prepared statements go the
    long way on SQLite.
    """

    def _execute(self, sql: Any, params: Any, *ignored: Any) -> Any:
        began = time.monotonic()
        try:
            return super()._execute(sql, params, *ignored)  # type: ignore[misc]  # not in the stubs
        finally:
            note_if_slow(sql, began=began)

    def _executemany(self, sql: Any, param_list: Any, *ignored: Any) -> Any:
        began = time.monotonic()
        try:
            return super()._executemany(sql, param_list, *ignored)  # type: ignore[misc]  # not in the stubs
        finally:
            note_if_slow(sql, began=began)
