"""Bounds what anybody outside can write into the log: short lines, and not too many of them."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import Final

#: Loggers, and what is below them, whose lines up to a level are about what somebody sent us.
FROM_OUTSIDE: Final = {
    "django.security": logging.CRITICAL,
    "django.request": logging.WARNING,
    "gunicorn.error": logging.WARNING,
    "didsms_site.http.middleware": logging.CRITICAL,
}
LONGEST_LINE: Final = 200
#: So many lines of each are written in each process; the next window says how many were not.
MOST_LINES: Final = 30
WINDOW_SECONDS: Final = 60.0


@dataclass
class _Window:
    began_at: float
    lines: int = 0
    left_out: int = 0


class OutsideFilter(logging.Filter):
    """Cuts such a line to one without a trace, and lets a number of them through each minute."""

    def __init__(self) -> None:
        """Begin with no line."""
        super().__init__()
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the line is written; shorten it if it is."""
        family = _family_of(record)
        if family is None:
            return True
        left_out = self._left_out_before(family, now=time.monotonic())
        if left_out is None:
            return False
        message = "".join(c if c.isprintable() else " " for c in record.getMessage())
        if len(message) > LONGEST_LINE:
            message = f"{message[:LONGEST_LINE]}…"
        if left_out:
            message += f" ({left_out} more lines of {family} were left out)"
        record.msg, record.args = message, ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True

    def _left_out_before(self, family: str, *, now: float) -> int | None:
        """Count a line; return how many were left out before it, None when it is one of them."""
        with self._lock:
            window = self._windows.get(family)
            left_out = 0
            if window is None or now - window.began_at >= WINDOW_SECONDS:
                left_out = window.left_out if window else 0
                window = self._windows[family] = _Window(began_at=now)
            window.lines += 1
            if window.lines > MOST_LINES:
                window.left_out += 1
                return None
            return left_out


def _family_of(record: logging.LogRecord) -> str | None:
    for family, highest in FROM_OUTSIDE.items():
        is_of_it = record.name == family or record.name.startswith(f"{family}.")
        if is_of_it and logging.INFO < record.levelno <= highest:
            return family
    return None
