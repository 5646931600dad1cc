"""The nine fields of a push, read from signed JSON or an unsigned form."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push_charsets import charset_of, clean_text, read_bytes, read_field
from messaging.nxcloud.push_envelope import PushEnvelope
from messaging.phone_numbers import address_key

FIELD_NAMES = (
    "messageId",
    "type",
    "toPhone",
    "fromPhone",
    "content",
    "size",
    "price",
    "receiveTime",
    "smsStatus",
)
#: A message is applied without them: what cannot be read in them is absent, with a flag.
INESSENTIAL = frozenset({"size", "price", "receiveTime"})
#: As a JSON number with a point they would be read as other digits.
INTEGER_FIELDS = frozenset({"toPhone", "fromPhone", "type"})
MAX_MESSAGE_ID_LENGTH = 128
MAX_NUMBER_LENGTH = 64
MAX_WORD_LENGTH = 32
MAX_SIZE = 32_767
MAX_PRICE_DIGITS = 8
#: A clock that says another year is wrong; and the calendar's ends cannot be shown in every zone.
YEARS = range(1970, 9999)
PRICE_STEP = Decimal("0.000001")
#: The flag of a push, and of its message, when something in it could not be read.
CONTENT_DAMAGED = "content_damaged"

#: Stands for true, false, a list or an object where a text or number belongs.
_UNREADABLE = "\ufffd"
_SIZE = re.compile(r"([0-9]{1,9})(?:\.0{1,9})?")
_PRICE = re.compile(r"(?:[0-9]{1,30}(?:\.[0-9]{0,60})?|\.[0-9]{1,60})(?:[eE][+-]?[0-9]{1,3})?")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})",
)


@dataclass(frozen=True)
class PushFields:
    """What a push says; text that is absent is "".

    Attributes:
        message_id: The provider's id.
        type: "0" upstream, "1" downstream, anything else as it came.
        to_phone: Recipient as it came.
        from_phone: Sender as it came.
        content: The text.
        size: Billed segments.
        price: Unit price.
        provider_time: The provider's receiveTime as aware UTC.
        sms_status: Status word as it came.
        receive_time: receiveTime as it came; part of a message's identity when it has no id.
        flags: Stable words for what could not be read (unreadable_size, no_content, …).
        text_digest: Stands for the text where it was hidden; then the content is "".
        is_damaged: Whether parts of the content could not be read.
    """

    message_id: str
    type: str
    to_phone: str
    from_phone: str
    content: str = field(repr=False)
    size: int | None
    price: Decimal | None
    provider_time: datetime | None
    sms_status: str
    flags: tuple[str, ...] = ()
    receive_time: str = ""
    text_digest: str = ""
    is_damaged: bool = False


def parse_push(envelope: PushEnvelope, *, zone: ZoneInfo) -> PushFields:
    """Read the fields of an authentic push.

    Args:
        envelope: The push as it arrived.
        zone: The zone that receiveTime is written in.

    Returns:
        The fields; an unreadable size, price or time is None with a flag.

    Raises:
        UnusablePush: when it cannot be applied, with the reason; nothing else for any bytes.

    Source: "DID SMS Callback (Signed)", "DID SMS Callback (Unsigned)".
    """
    given, damaged = _texts_by_name(pairs_of(envelope))
    message_id, to_phone, from_phone = _identity(given)
    flags: list[str] = [] if "content" in given else ["no_content"]
    if damaged:
        flags.append(CONTENT_DAMAGED)
    return PushFields(
        message_id=message_id,
        type=_word(given, "type", flags),
        to_phone=to_phone,
        from_phone=from_phone,
        content="" if envelope.text_digest else given.get("content", ""),
        size=_size(given.get("size", "").strip(), flags),
        price=_price(given.get("price", "").strip(), flags),
        provider_time=_time(given.get("receiveTime", "").strip(), zone, flags),
        sms_status=_word(given, "smsStatus", flags),
        flags=tuple(flags),
        receive_time=given.get("receiveTime", ""),
        text_digest=envelope.text_digest,
        is_damaged="content" in damaged,
    )


def pairs_of(envelope: PushEnvelope) -> list[tuple[str, Any]]:
    """Return names and values as they are in a body; a value may be of any JSON type.

    Raises:
        UnusablePush: it is neither a form nor a JSON object.
    """
    raw = envelope.raw_body.removeprefix(codecs.BOM_UTF8)
    charset = charset_of(envelope.content_type)
    if envelope.is_signed:
        return _json_pairs(read_bytes(raw, charset=charset))
    return _form_pairs(raw, content_type=envelope.content_type, charset=charset)


class _JsonFloat(str):
    """A JSON number with a point or an exponent, as it was written."""

    __slots__ = ()


class _JsonObject:
    """A JSON object as its pairs, so that a repeated key is not lost."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _json_pairs(text: str) -> list[tuple[str, Any]]:
    try:
        # Numbers stay text: "1" and 1 mean the same here, and a huge integer costs nothing.
        parsed = json.loads(
            text,
            parse_int=str,
            parse_float=_JsonFloat,
            parse_constant=_refuse_constant,
            object_pairs_hook=_JsonObject,
        )
    except (ValueError, RecursionError):
        raise UnusablePush("not_json") from None
    if not isinstance(parsed, _JsonObject):
        raise UnusablePush("not_object")
    return parsed.pairs


def _form_pairs(raw: bytes, *, content_type: str, charset: str) -> list[tuple[str, Any]]:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("multipart/") or media_type == "application/json":
        raise UnusablePush("bad_content_type")
    # As parse_qsl does it, but in bytes, so that each field can be read by itself.
    parts = (part.partition(b"=") for part in raw.strip(b"\r\n").split(b"&") if part)
    return [
        (
            _unquoted(name).decode(errors="replace"),
            read_field(_unquoted(value), charset=charset),
        )
        for name, _, value in parts
    ]


def _unquoted(part: bytes) -> bytes:
    part = part.replace(b"+", b" ")
    return unquote_to_bytes(part) if b"%" in part else part


def _texts_by_name(pairs: list[tuple[str, Any]]) -> tuple[dict[str, str], set[str]]:
    """Return the nine fields that are present as clean text, and the names of damaged ones."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise UnusablePush("duplicate_keys")
    texts, damaged = {}, set()
    for name, value in pairs:
        if name not in FIELD_NAMES or value is None:
            continue
        if isinstance(value, _JsonFloat) and name in INTEGER_FIELDS:
            texts[name] = _integer_digits(value)
        elif isinstance(value, str):
            texts[name], is_damaged = clean_text(value)
            if is_damaged:
                damaged.add(name)
        elif name in INESSENTIAL:
            texts[name] = _UNREADABLE
        else:
            raise UnusablePush("wrong_type")
    return texts, damaged


def _integer_digits(written: str) -> str:
    """Return a number such as 34612345678.0 or 3.4612345678e10 without its point."""
    number = Decimal(written)
    if number.adjusted() >= MAX_NUMBER_LENGTH or number != number.to_integral_value():
        raise UnusablePush("bad_number")
    return f"{number:.0f}"


def _identity(given: Mapping[str, str]) -> tuple[str, str, str]:
    message_id = given.get("messageId", "").strip()
    to_phone, from_phone = given.get("toPhone", "").strip(), given.get("fromPhone", "").strip()
    if not _names_somebody(to_phone) or not _names_somebody(from_phone):
        raise UnusablePush("no_numbers")
    # Folding case can lengthen a text: ß becomes ss.
    written = (to_phone, from_phone, address_key(to_phone), address_key(from_phone))
    if max(map(len, written)) > MAX_NUMBER_LENGTH:
        raise UnusablePush("bad_number")
    if len(message_id) > MAX_MESSAGE_ID_LENGTH:
        raise UnusablePush("message_id_too_long")
    return message_id, to_phone, from_phone


def _names_somebody(number: str) -> bool:
    return any(character.isalnum() for character in number)


def _word(given: Mapping[str, str], name: str, flags: list[str]) -> str:
    word = given.get(name, "").strip()
    if len(word) > MAX_WORD_LENGTH:
        flags.append("long_type" if name == "type" else "long_status")
    return word[:MAX_WORD_LENGTH]


def _size(text: str, flags: list[str]) -> int | None:
    if not text:
        return None
    match = _SIZE.fullmatch(text)
    if match and int(match[1]) <= MAX_SIZE:
        return int(match[1])
    flags.append("unreadable_size")
    return None


def _price(text: str, flags: list[str]) -> Decimal | None:
    if not text:
        return None
    limit = Decimal(10) ** MAX_PRICE_DIGITS
    if _PRICE.fullmatch(text) and (price := Decimal(text)) < limit:
        price = price.quantize(PRICE_STEP, ROUND_HALF_UP)
        if price < limit:
            return price
    flags.append("unreadable_price")
    return None


def _time(text: str, zone: ZoneInfo, flags: list[str]) -> datetime | None:
    if not text:
        return None
    match = _TIME.fullmatch(text)
    try:
        if match and int(match[1]) in YEARS:
            year, month, day, hour, minute, second = map(int, match.groups())
            local = datetime(year, month, day, hour, minute, second, tzinfo=zone)
            return local.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    flags.append("unreadable_time")
    return None
