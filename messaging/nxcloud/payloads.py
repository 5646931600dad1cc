"""The JSON bodies of the sending interface: the request as bytes, the answer in all its forms."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from messaging.nxcloud.errors import tidy_detail

MAX_MESSAGE_ID_LENGTH = 128
MAX_CODE_LENGTH = 20

_INTEGER = re.compile(r"(-?[0-9]{1,18})(?:\.0{1,18})?")
# What no database can store is no id.
_MESSAGE_ID = re.compile(f"[^\\s\x00\ud800-\udfff]{{1,{MAX_MESSAGE_ID_LENGTH}}}")


@dataclass(frozen=True)
class ProviderAnswer:
    """What the provider's JSON says, whichever form it came in.

    Attributes:
        code: The code as text ("0", "-1", "12002", …), "" when there is none.
        message: The provider's own words.
        message_id: The provider's id of the message, None when it gave none that can be kept.
    """

    code: str
    message: str
    message_id: str | None


def mtsend_body(*, sender: str, phone: str, content: str) -> bytes:
    """Serialize a request once: these bytes are signed and these bytes travel.

    Args:
        sender: Our DID number, digits with country code.
        phone: The recipient, digits with country code.
        content: The text.

    Source: "Sending SMS via DID Number V2", Body Parameters.
    """
    fields = {"sender": sender, "phone": phone, "content": content}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def read_answer(body: bytes) -> ProviderAnswer | None:
    """Read the provider's answer.

    The page types `code` as text and shows a number; it types `data` as text and shows an object;
    it lists `messageId` beside `data` and shows it inside. All of these are read, and a `data`
    that is text may hold the JSON of the object or the bare id.

    Args:
        body: The answer as it came.

    Returns:
        What it says, None when it is not a JSON object.

    Source: "Sending SMS via DID Number V2", Response Parameter Description.
    """
    parsed = _parsed(body.decode("utf-8-sig", "replace"))
    if not isinstance(parsed, dict):
        return None
    message = parsed.get("message")
    return ProviderAnswer(
        code=_code(parsed.get("code")),
        message=message if isinstance(message, str) else "",
        message_id=_id_in_data(parsed.get("data")) or _as_id(parsed.get("messageId")),
    )


def _parsed(text: str) -> Any:
    """Parse JSON with numbers kept as text; None when it is not JSON."""
    try:
        return json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None


def _code(value: object) -> str:
    if not isinstance(value, str):
        return ""
    text = value.strip()
    integer = _INTEGER.fullmatch(text)
    return str(int(integer[1])) if integer else tidy_detail(text)[:MAX_CODE_LENGTH]


def _id_in_data(data: object) -> str | None:
    if isinstance(data, dict):
        return _as_id(data.get("messageId"))
    if not isinstance(data, str):
        return None
    inner = _parsed(data)
    if isinstance(inner, dict):
        return _as_id(inner.get("messageId"))
    if isinstance(inner, str):
        return _as_id(inner)
    return None if _is_json_word(data) else _as_id(data)


def _is_json_word(text: str) -> bool:
    """Say whether text stands for JSON that holds no id."""
    return text.strip() in {"null", "true", "false"} or text.lstrip().startswith(("{", "["))


def _as_id(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    text = value.strip()
    return text if _MESSAGE_ID.fullmatch(text) else None
