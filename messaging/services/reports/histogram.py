"""A histogram of waits with fixed boundaries: two of them are merged by adding their counts.

A boundary is 2 % above the one before, from 10 ms to far beyond a year. A quantile that is read
from it is wrong by at most 1 % (`ERROR`); what is shorter than 10 ms counts as 10 ms.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate
from math import ceil, floor, log, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Return the wait that a share of all waits does not exceed; None without any.

    Args:
        counts: how many waits by place.
        share: from 0 to 1; the nearest rank counts.
    """
    return quantiles(counts, share)[0]


def quantiles(counts: Mapping[int, int], *shares: float) -> list[float | None]:
    """Return several quantiles at once."""
    if not counts:
        return [None] * len(shares)
    places = sorted(counts)
    seen = list(accumulate(map(counts.__getitem__, places)))
    ranks = (max(ceil(share * seen[-1]), 1) for share in shares)
    return [seconds_of(places[bisect_left(seen, rank)]) for rank in ranks]
