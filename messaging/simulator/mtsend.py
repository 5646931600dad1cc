"""The checks of the provider's sending interface: each published code, and what causes it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from messaging.nxcloud.signing import Credentials
from messaging.phone_numbers import calling_code, parse_number
from messaging.simulator.settings import Settings
from messaging.simulator.signature import provider_sign
from messaging.typed_numbers import InvalidPhoneNumber

MAX_CHARACTERS = 1000
WINDOW_MS = 60_000

CODE_MESSAGES = {
    "0": "Success",
    "-1": "Failure",
    "1001": "Authentication failed (missing public parameters)",
    "1002": "Authentication failed (parameter error)",
    "1003": "Authentication failed (invalid signature)",
    "1004": "Authentication failed (timestamp expired)",
    "1005": "Authentication failed (insufficient authority)",
    "1100": "Customer does not exist / Status is unavailable",
    "1102": "Insufficient balance",
    "9006": "Phone number parsing error",
    "9007": "Unable to find country configuration",
    "12001": "Message content length beyond the limit 1000",
    "12002": "The number does not belong to you",
    "12004": "Could not find the quote for the DID down SMS with the number not found",
    "12005": "Could not find the quote for the DID down SMS with the vendor not found",
    "12007": "Not find the phone number in the customer number",
    "12008": "Did customer number status exception",
}


@dataclass(frozen=True)
class SendRequest:
    """The three fields of a request; "" for what it does not hold."""

    sender: str = ""
    phone: str = ""
    content: str = ""


def read_request(body: bytes) -> SendRequest | None:
    """Read a request's body; None when it is not what the page describes."""
    try:
        fields: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    names = ("sender", "phone", "content")
    if not isinstance(fields, dict) or not all(
        isinstance(fields.get(name), str) and fields[name] for name in names
    ):
        return None
    return SendRequest(**{name: fields[name] for name in names})


def code_for_headers(
    headers: Mapping[str, str], body: bytes, *, credentials: Credentials, now_ms: int
) -> str:
    """Return the code that a request's signature headers earn, "0" when they are right.

    Args:
        headers: By lower-case name.
        body: The raw body.
        credentials: The customer's keys.
        now_ms: The provider's clock.
    """
    names = {"accesskey", "action", "biztype", "ts", "sign"}
    if any(not headers.get(name) for name in names):
        return "1001"
    if headers["biztype"] != "4" or headers["action"] != "mtsend":
        return "1002"
    if headers["accesskey"] != credentials.access_key:
        return "1005"
    if not headers["ts"].isdecimal() or abs(now_ms - int(headers["ts"][:20])) > WINDOW_MS:
        return "1004"
    parameters = {
        "accessKey": headers["accesskey"],
        "action": headers["action"],
        "bizType": headers["biztype"],
        "ts": headers["ts"],
    }
    expected = provider_sign(parameters, body, credentials.access_secret)
    is_right = hmac.compare_digest(headers["sign"].lower().encode(), expected.encode())
    return "0" if is_right else "1003"


def code_for_message(
    request: SendRequest | None, *, settings: Settings, dids: Collection[str]
) -> str:
    """Return the code that the account and the message earn, "0" when it is accepted.

    Args:
        request: The fields, None when they could not be read.
        settings: The simulated account's state.
        dids: The customer's numbers; any sender is accepted when there is none.
    """
    if settings.account_closed:
        return "1100"
    if request is None:
        return "1002"
    if len(request.content) > MAX_CHARACTERS:
        return "12001"
    if dids and request.sender not in dids:
        return "12002"
    if not (request.phone.isascii() and request.phone.isdigit()):
        return "9006"
    if not calling_code(request.phone):
        return "9007"
    try:
        parse_number(request.phone)
    except InvalidPhoneNumber:
        return "9006"
    return "1102" if settings.balance_empty else "0"


def failure(code: str) -> dict[str, Any]:
    """Return the body of a refusal; the code is a number, as in the published example."""
    number = int(code) if code.removeprefix("-").isdecimal() else code
    return {"code": number, "message": CODE_MESSAGES.get(code, "Failure")}
