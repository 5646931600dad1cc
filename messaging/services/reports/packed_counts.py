"""Small counts by place as bytes, so that many of them are added up without reading one by one.

A few are kept as their places, each as often as it was counted. Of many there is a number for each
place from the first to the last: read as one large integer, they are added in one step.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections import Counter
from functools import cached_property
from itertools import accumulate, chain, repeat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PLACES: Final = b"\x01"
_ROW: Final = b"\x02"
#: Up to so many are kept one by one.
MOST_PLACES: Final = 300
#: Of one place in a row of numbers.
_BYTES: Final = 4


def packed(counts: Mapping[int, int]) -> bytes:
    """Return counts as bytes; of no counts none.

    Args:
        counts: by place (0 to 65 535); none is below 1, their sum is below 2 ** 32.
    """
    if not counts:
        return b""
    places = sorted(counts)
    if sum(counts.values()) <= MOST_PLACES:
        single = chain.from_iterable(repeat(place, counts[place]) for place in places)
        return _PLACES + _little(array("H", single))
    first, last = places[0], places[-1]
    row = array("I", (counts.get(place, 0) for place in range(first, last + 1)))
    return _ROW + first.to_bytes(2, "little") + _little(row)


class CountSum:
    """The sum of packed counts; it unfolds no more of them than what is asked for."""

    def __init__(self, parts: Iterable[bytes] = ()) -> None:
        """Add up packed counts."""
        single: list[bytes] = []
        self._row = 0
        for part in parts:
            if part[:1] == _PLACES:
                single.append(part[1:])
            elif part:
                first = int.from_bytes(part[1:3], "little")
                self._row += int.from_bytes(part[3:], "little") << (8 * _BYTES * first)
        self._single = b"".join(single)

    @classmethod
    def of(cls, sums: Iterable[CountSum]) -> CountSum:
        """Return the sum of sums."""
        total = cls()
        single: list[bytes] = []
        for one in sums:
            total._row += one._row
            single.append(one._single)
        total._single = b"".join(single)
        return total

    def total(self) -> int:
        """Return the sum over all places."""
        return self._up_to[-1] if self._row else len(self._single) // 2

    def places_of(self, ranks: Sequence[int]) -> list[int]:
        """Return the place of each rank: the first counted, at the lowest place, has rank 1."""
        if not self._row:
            ordered = sorted(_numbers("H", self._single))
            return [ordered[rank - 1] for rank in ranks]
        return [bisect_left(self._up_to, rank) for rank in ranks]

    def counts(self) -> Counter[int]:
        """Return the counts by place."""
        return Counter({place: number for place, number in enumerate(self._all) if number})

    @cached_property
    def _all(self) -> array[int]:
        """The number of each place, from the first."""
        length = -(-self._row.bit_length() // (8 * _BYTES))
        numbers = _numbers("I", self._row.to_bytes(length * _BYTES, "little"))
        single = _numbers("H", self._single)
        if single:
            numbers.extend(repeat(0, max(single) + 1 - length))
        for place in single:
            numbers[place] += 1
        return numbers

    @cached_property
    def _up_to(self) -> list[int]:
        """How many are counted at each place and before."""
        return list(accumulate(self._all))


def merged(parts: Iterable[bytes]) -> Counter[int]:
    """Return the sum of packed counts."""
    return CountSum(parts).counts()


def _numbers(kind: str, data: bytes) -> array[int]:
    numbers = array(kind)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _little(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
