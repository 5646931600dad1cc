"""A histogram of waits with fixed boundaries: two of them are merged by adding their counts.

A boundary is 2 % above the one before, from 10 ms to far beyond a year. A quantile that is read
from it is wrong by at most 1 % (`ERROR`); what is shorter than 10 ms counts as 10 ms.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, floor, log, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .packed_counts import CountSum

SHORTEST_SECONDS: Final = 0.01
GROWTH: Final = 1.02
#: The largest relative error of a quantile.
ERROR: Final = 0.01
_LOG_OF_GROWTH: Final = log(GROWTH)
#: 30 years; the column holds far more.
LAST_BIN: Final = 1300


def bin_of(seconds: float) -> int:
    """Return the place of a wait."""
    if seconds <= SHORTEST_SECONDS:
        return 0
    return min(floor(log(seconds / SHORTEST_SECONDS) / _LOG_OF_GROWTH), LAST_BIN)


@lru_cache(maxsize=2048)
def seconds_of(place: int) -> float:
    """Return the middle of a bin, to four significant digits."""
    if place == 0:
        return SHORTEST_SECONDS
    return float(f"{SHORTEST_SECONDS * GROWTH**place * sqrt(GROWTH):.4g}")


def quantiles(waits: CountSum, *shares: float) -> list[float | None]:
    """Return the waits that shares of all waits do not exceed (0.5: the median); None without any.

    Args:
        waits: how many fall into each bin.
        shares: from 0 to 1; the nearest rank counts.
    """
    total = waits.total()
    if not total:
        return [None] * len(shares)
    return [*map(seconds_of, waits.places_of([max(ceil(share * total), 1) for share in shares]))]
