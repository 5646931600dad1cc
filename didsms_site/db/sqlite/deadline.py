"""One deadline for everything that a write may have to wait for on SQLite."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_deadline: ContextVar[float | None] = ContextVar("write_deadline", default=None)


@contextmanager
def write_deadline(seconds: float) -> Iterator[None]:
    """Let writes in this block wait `seconds` in all: for our queue and for SQLite itself.

    Later than that they raise OperationalError("database is locked ..."). Of nested deadlines the
    earliest counts. Other databases have time-outs of their own and take no notice.
    """
    wanted = time.monotonic() + seconds
    outer = _deadline.get()
    token = _deadline.set(wanted if outer is None else min(wanted, outer))
    try:
        yield
    finally:
        _deadline.reset(token)


def current_deadline() -> float | None:
    """Return the deadline on the clock of time.monotonic(), or None outside such a block."""
    return _deadline.get()
