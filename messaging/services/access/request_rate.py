"""How many requests a key may make in a minute, counted over all web processes of a node.

The counts are in anonymous memory (decision 12): each process writes cells of its own and reads
everybody's, without a lock between processes. Requests at the same instant may pass the limit
together, one for each process.
"""

from __future__ import annotations

import mmap
import threading
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings

from didsms_site.server import shared_counter

if TYPE_CHECKING:
    from messaging.models import ApiKey

WINDOW_SECONDS: Final = 60
#: Keys whose ids leave the same rest share a row: with more keys than that limits get stricter.
ROWS: Final = 2048
_SLOTS: Final = shared_counter.SLOTS
_COUNT_BITS: Final = 32
_counts: Final = memoryview(mmap.mmap(-1, ROWS * _SLOTS * array("Q").itemsize)).cast("Q")
_lock: Final = threading.Lock()


@dataclass(frozen=True)
class Quota:
    """Where a key is in its minute.

    Attributes:
        most: requests in a minute.
        left: how many of them are left.
        seconds: until the next minute.
        is_over: whether this request was one too many.
    """

    most: int
    left: int
    seconds: int
    is_over: bool

    def headers(self) -> dict[str, str]:
        """Return the headers of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"key";q={self.most};w={WINDOW_SECONDS}',
            "RateLimit": f'"key";r={self.left};t={self.seconds}',
        }


def take_request(key: ApiKey, *, now: float) -> Quota | None:
    """Count a request.

    Args:
        key: with which it was made.
        now: seconds of the clock that all processes share.

    Returns:
        Where the key is now; None for a key without a limit.
    """
    most = key.requests_per_minute
    if most is None:
        most = settings.API_REQUESTS_PER_MINUTE
    if not most:
        return None
    window, passed = divmod(int(now), WINDOW_SECONDS)
    begin = key.pk % ROWS * _SLOTS
    with _lock:
        own = begin + shared_counter.slot()
        # A cell holds the minute and the count, written in one piece: old counts need no clearing.
        cell = _counts[own]
        count = cell & ((1 << _COUNT_BITS) - 1) if cell >> _COUNT_BITS == window else 0
        _counts[own] = window << _COUNT_BITS | min(count + 1, (1 << _COUNT_BITS) - 1)
    # A process whose clock was read a moment later may be in the next minute already.
    floor, ceiling = window << _COUNT_BITS, (window + 1) << _COUNT_BITS
    cells = _counts[begin : begin + _SLOTS]
    used = sum(cell - floor for cell in cells if floor < cell < ceiling)
    return Quota(most, max(most - used, 0), WINDOW_SECONDS - passed, used > most)
