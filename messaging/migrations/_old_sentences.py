"""The English sentences that earlier versions stored, and the codes that they became."""

import re

#: Each sentence of every earlier version, with its code.
SENTENCES = {
    "The provider could not send it and gave no reason.": "-1",
    "The provider misses part of our sign-in.": "1001",
    "The provider did not understand the request.": "1002",
    "The provider does not accept our signature: check the access secret.": "1003",
    "The provider says that our clock is wrong.": "1004",
    "The provider does not let this account send: check the access key and its rights.": "1005",
    "The recipient's number is not a phone number.": "9006",
    "The provider does not serve the country of this number.": "9007",
    "The provider's account is closed or suspended.": "1100",
    "The account's balance is used up: top it up with the provider.": "1102",
    "The text is too long: at most 1000 characters.": "12001",
    "The number that it should go out from does not belong to this account.": "12002",
    "The provider has no price for sending from this number (number not found).": "12004",
    "The provider has no price for sending from this number (carrier not found).": "12005",
    "The provider does not find this number among the account's numbers.": "12007",
    "The provider has suspended the number that it should go out from.": "12008",
    "The provider could not be reached; nothing was sent.": "unreachable",
    "NXCloud cannot be reached: The provider could not be reached; nothing was sent.": (
        "unreachable"
    ),
    "The program was stopped before it could send it; nothing was sent.": "worker_stopped",
    "The provider is busy; it will be tried again.": "busy",
    "The connection broke before the provider answered: it may have been sent.": "no_answer",
    "The connection broke before the provider answered.": "no_answer",
    "The provider's answer does not say whether it was sent.": "unclear_answer",
    "The provider's answer contradicts itself: it is not known whether it was sent.": (
        "contradictory_answer"
    ),
    "Something unforeseen happened while it was sent.": "unexpected_error",
    "The provider's address or the access key is not written rightly.": "malformed_address",
    "The provider's address does not lead to its interface: check NXCLOUD_BASE_URL.": (
        "wrong_address"
    ),
    "The provider does not let us in: check the account, the keys and the allowed addresses.": (
        "access_denied"
    ),
    "The contact opted out before it was sent.": "opted_out",
    "The number was switched off before it was sent.": "number_inactive",
    "It could not be sent in time, and was not sent late.": "too_old",
    "Canceled: they wrote first.": "they_wrote",
    "Canceled.": "canceled",
    "The program stopped while it was being sent: it may have been sent.": "worker_lost",
    "The program stopped while it was being sent.": "worker_lost",
    "Not delivered; the carrier gave no reason.": "not_delivered",
    "Accepted without an id.": "accepted_without_id",
    "Accepted with an id that already belongs to another message.": "accepted_with_known_id",
    "NXCloud reported no status.": "reported",
    "Contradiction: NXCloud also reported no status.": "contradiction",
}
#: Those with a fact in them: the code, the fact's name, and a pattern of the whole.
PATTERNS = (
    ("refused", "http_status", re.compile(r"The provider refused it \(HTTP (\d{1,6})\)\.")),
    ("", "code", re.compile(r"The provider refused it with the code (.{1,40})\.")),
    ("canceled", "by", re.compile(r"Canceled by (.{1,480})\.")),
    ("changed", "by", re.compile(r"Changed by (.{1,480})\.")),
    ("reported", "status", re.compile(r"NXCloud reported (.{1,480})\.")),
    ("contradiction", "status", re.compile(r"Contradiction: NXCloud also reported (.{1,480})\.")),
    (
        "early_receipt",
        "received_at",
        re.compile(r"The receipt had come at (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC\."),
    ),
)
#: Codes that NXCloud's documentation names, and ours.
KNOWN_CODES = (
    frozenset(SENTENCES.values())
    | {code for code, _name, _pattern in PATTERNS if code}
    | {"account", "clock", "other", "text"}
)


def facts_of(text: str) -> tuple[str, dict[str, object]] | None:
    """Return the code and the facts of a stored sentence; None when it is none of ours."""
    if text in SENTENCES:
        return SENTENCES[text], {}
    for code, name, pattern in PATTERNS:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        if name == "code":
            return match[1], {}
        if name == "http_status":
            return code, {name: int(match[1])}
        if name == "received_at":
            return code, {name: f"{match[1]}T{match[2]}+00:00"}
        return code, {name: match[1]}
    # What the provider itself had said stood behind ours.
    for sentence, code in SENTENCES.items():
        if text.startswith(f"{sentence} "):
            return code, {"words": text.removeprefix(f"{sentence} ").strip()}
    return None
