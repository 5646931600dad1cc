"""The name of the request that a thread answers: in the answer's header, and in the log."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from typing import Final

HEADER: Final = "X-Request-ID"
#: What a proxy in front may give; anything else is replaced.
_GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")

_current: ContextVar[str] = ContextVar("request_id", default="")


def begin(given: str) -> str:
    """Name the request that begins.

    Args:
        given: the header of a proxy, "" without one.

    Returns:
        The name: the given one if it can be one, else a new one.
    """
    name = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    _current.set(name)
    return name


def end() -> None:
    """Forget it: the thread answers nobody."""
    _current.set("")


def current() -> str:
    """Return the name of the request that this thread answers, "-" outside of any."""
    return _current.get() or "-"
