"""Which bytes of a file a download asks for, so that one that broke off goes on (RFC 9110, 14)."""

from __future__ import annotations

import re
from typing import Final

_ONE_RANGE: Final = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class NotSatisfiable(Exception):
    """The file has no such bytes."""


def wanted_bytes(
    header: str, *, byte_count: int, tag: str, if_range: str
) -> tuple[int, int] | None:
    """Return the first byte and the one after the last; None for all of the file.

    Args:
        header: of the request, `Range`; several ranges, or what is none, mean all.
        byte_count: how long the file is.
        tag: the file's `ETag`.
        if_range: of the request, `If-Range`: the range counts only for the file that it names.

    Raises:
        NotSatisfiable: it begins behind the end.
    """
    match = _ONE_RANGE.fullmatch(header.strip())
    if match is None or not (match[1] or match[2]) or (if_range and if_range.strip() != tag):
        return None
    if not match[1]:
        length = min(int(match[2]), byte_count)
        if not length:
            raise NotSatisfiable
        return byte_count - length, byte_count
    begin = int(match[1])
    end = min(int(match[2]) + 1, byte_count) if match[2] else byte_count
    if match[2] and int(match[2]) < begin:
        return None
    if begin >= byte_count:
        raise NotSatisfiable
    return begin, end
