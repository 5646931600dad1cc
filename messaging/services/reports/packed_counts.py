"""Small counts by place as bytes, so that many of them are added up without reading one by one.

A few are kept as their places, each as often as it was counted. Of many there is a number for each
place from the first to the last: read as one large integer, they are added in one step.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def merged(parts: Iterable[bytes]) -> Counter[int]:
    """Return the sum of packed counts."""
    single: list[bytes] = []
    row = 0
    for part in parts:
        if part[:1] == _PLACES:
            single.append(part[1:])
        elif part:
            first = int.from_bytes(part[1:3], "little")
            row += int.from_bytes(part[3:], "little") << (8 * _BYTES * first)
    total: Counter[int] = Counter()
    if row:
        length = -(-row.bit_length() // (8 * _BYTES))
        numbers = _numbers("I", row.to_bytes(length * _BYTES, "little"))
        total.update({place: number for place, number in enumerate(numbers) if number})
    total.update(_numbers("H", b"".join(single)))
    return total


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
