"""How much of a request has come, told from its bytes alone: does it need a thread yet?"""

from __future__ import annotations

import re
from typing import Final

#: More than browsers and programs send; the server's parser refuses or reads on from here.
MOST_HEAD_BYTES: Final = 64 * 1024
#: A body as long as this is waited for without a thread. Pushes and nearly all forms are shorter.
MOST_BODY_BYTES: Final = 64 * 1024

_END_OF_HEAD: Final = b"\r\n\r\n"
_ABOUT_BODY: Final = re.compile(
    rb"\r\n(content-length|transfer-encoding|expect):[ \t]{0,8}([^\r\n]{0,40})", re.IGNORECASE
)


class Arrival:
    """The bytes of one request, and perhaps of the next, as far as they have come.

    Attributes:
        data: what has come.
        has_head: whether the head is complete.
        is_complete: whether everything is there: a thread need not wait for it.
        is_for_thread: whether a thread must go on, because it is whole, too long to be kept here,
            or waits for an answer before it goes on (Expect).
    """

    __slots__ = ("_is_chunked", "_size", "data", "has_head", "is_complete", "is_for_thread")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.data = b""
        self.has_head = self.is_complete = self.is_for_thread = False
        self._size = 0
        self._is_chunked = False

    def add(self, data: bytes) -> None:
        """Take what has come, and look whether it is enough."""
        begin = max(0, len(self.data) - len(_END_OF_HEAD) + 1)
        self.data = self.data + data if self.data else data
        if not self.has_head:
            end = self.data.find(_END_OF_HEAD, begin)
            if end < 0:
                self.is_for_thread = len(self.data) > MOST_HEAD_BYTES
                return
            self.has_head = True
            self._read_head(end)
        if not self.is_for_thread:
            self._look_at_body()

    def _read_head(self, end: int) -> None:
        self._size = end + len(_END_OF_HEAD)
        for name, value in _ABOUT_BODY.findall(self.data, 0, end):
            match name.lower():
                case b"content-length":
                    # A length that cannot be read is refused by the parser, which needs no body.
                    length = int(value) if value.isdigit() else 0
                    self._size += length
                    self.is_for_thread |= length > MOST_BODY_BYTES
                case b"transfer-encoding":
                    self._is_chunked = True
                case _:
                    self.is_for_thread = True

    def _look_at_body(self) -> None:
        if self._is_chunked:
            # The last chunk ends so. Data may as well: then a thread waits for the rest.
            self.is_complete = len(self.data) > self._size and self.data.endswith(_END_OF_HEAD)
            self.is_for_thread = self.is_complete or len(self.data) > self._size + MOST_BODY_BYTES
        else:
            self.is_complete = self.is_for_thread = len(self.data) >= self._size
