"""Reports come after everything else: one at a time in a process, and a rest after each.

A report is work for the processor, and threads of a process share one. Without turns, two people
who load reports again and again would take two thirds of it from the webhook and the inbox.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How much longer the rest is than what the processor spent on the report: reports get a quarter.
REST = 3.0
#: A person who waits for a page doesn't wait for a report that took long, for longer than this.
LONGEST_REST_SECONDS: Final = 1.0

_turn: Final = threading.Lock()
_free_at = 0.0


@contextlib.contextmanager
def report_turn() -> Iterator[None]:
    """Wait for the turn of a report, and make the next one wait.

    Who reads one page after another doesn't notice: reading takes longer than the rest.
    """
    global _free_at
    with _turn:
        time.sleep(max(0.0, _free_at - time.monotonic()))
        spent = time.thread_time()
        try:
            yield
        finally:
            rest = REST * (time.thread_time() - spent)
            _free_at = time.monotonic() + min(rest, LONGEST_REST_SECONDS)
