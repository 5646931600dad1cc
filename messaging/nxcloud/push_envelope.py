"""An authentic push as it arrived, and the same as bytes of a spool file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from messaging.nxcloud.errors import SpoiledSpoolFile

SPOOL_VERSION = 1
_TEXT_FIELDS = ("content_type", "action", "remote_addr")


@dataclass(frozen=True)
class PushEnvelope:
    """The raw body of an authentic push with what its request said.

    Attributes:
        raw_body: The bytes as they came.
        content_type: The request's Content-Type, "" when missing.
        is_signed: Whether its signature was verified; else the secret path vouches for it.
        action: "mo" or "dr" when signed, else "".
        remote_addr: Where it came from.
        received_at: When it arrived, aware UTC.
        flags: Stable words worth noting, such as a time stamp far from our clock.
        text_digest: Stands for the text where it was hidden and taken out of the body; else "".
    """

    raw_body: bytes = field(repr=False)
    content_type: str
    is_signed: bool
    action: str
    remote_addr: str
    received_at: datetime
    flags: tuple[str, ...] = ()
    text_digest: str = ""

    def to_spool_bytes(self) -> bytes:
        """Return one line of JSON about the push, then its raw body."""
        header = {
            "version": SPOOL_VERSION,
            "sha256": hashlib.sha256(self.raw_body).hexdigest(),
            "size": len(self.raw_body),
            "content_type": self.content_type,
            "is_signed": self.is_signed,
            "action": self.action,
            "remote_addr": self.remote_addr,
            "received_at": self.received_at.isoformat(),
            "flags": list(self.flags),
        }
        if self.text_digest:
            header["text_digest"] = self.text_digest
        return json.dumps(header).encode("ascii") + b"\n" + self.raw_body

    @classmethod
    def from_spool_bytes(cls, data: bytes) -> PushEnvelope:
        """Read a spool file back.

        Raises:
            SpoiledSpoolFile: when the bytes are not what `to_spool_bytes` wrote.
        """
        line, newline, raw_body = data.partition(b"\n")
        if not newline:
            raise SpoiledSpoolFile("no_header")
        header = _header(line)
        if header.get("version") != SPOOL_VERSION:
            raise SpoiledSpoolFile("unknown_version")
        if header.get("size") != len(raw_body):
            raise SpoiledSpoolFile("wrong_size")
        if header.get("sha256") != hashlib.sha256(raw_body).hexdigest():
            raise SpoiledSpoolFile("wrong_digest")
        return _envelope(header, raw_body)


def _header(line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line.decode("ascii"))
    except (ValueError, RecursionError):
        raise SpoiledSpoolFile("bad_header") from None
    if not isinstance(header, dict):
        raise SpoiledSpoolFile("bad_header")
    return header


def _envelope(header: dict[str, Any], raw_body: bytes) -> PushEnvelope:
    flags = header.get("flags")
    is_sound = (
        all(isinstance(header.get(name), str) for name in _TEXT_FIELDS)
        and isinstance(header.get("is_signed"), bool)
        and isinstance(flags, list)
        and all(isinstance(flag, str) for flag in flags)
    )
    if not is_sound or flags is None:
        raise SpoiledSpoolFile("bad_header")
    return PushEnvelope(
        raw_body=raw_body,
        content_type=header["content_type"],
        is_signed=header["is_signed"],
        action=header["action"],
        remote_addr=header["remote_addr"],
        received_at=_instant(header.get("received_at")),
        flags=tuple(flags),
        text_digest=str(header.get("text_digest", "")),
    )


def _instant(value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise SpoiledSpoolFile("bad_header")
