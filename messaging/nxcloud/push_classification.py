"""Whether a push is an inbound message or a delivery receipt, and on which thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from messaging.nxcloud.errors import UnusablePush
from messaging.nxcloud.push_envelope import PushEnvelope
from messaging.nxcloud.push_fields import PushFields
from messaging.phone_numbers import address_key

UPSTREAM, DOWNSTREAM = "0", "1"

Kind = Literal["inbound", "receipt"]


@dataclass(frozen=True)
class KnownMessage:
    """An outbound message of ours whose provider id equals the push's messageId."""

    did: str
    phone: str
    has_receipt: bool


@dataclass(frozen=True)
class ClassificationFacts:
    """What the caller looked up for one push.

    Attributes:
        our_numbers: Address keys among its two numbers that are our DIDs, inactive ones too.
        known_message: Our message with its id, if there is one.
        sent_text_matches: Called with (did, phone, content): did we send this text on this
            thread in the last 72 hours? Only asked when it matters.
    """

    our_numbers: frozenset[str]
    known_message: KnownMessage | None = None
    sent_text_matches: Callable[[str, str, str], bool] = lambda did, phone, content: False


@dataclass(frozen=True)
class Classification:
    """What a push is taken for.

    Attributes:
        kind: "inbound" or "receipt".
        did: Our DID number, digits.
        phone: The other side: digits, or a letter sender as it came.
        reason: Stable word for the rule that decided.
        flags: Stable words worth noting.
    """

    kind: Kind
    did: str
    phone: str
    reason: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Party:
    """One of the push's two numbers."""

    raw: str
    key: str
    is_ours: bool

    @property
    def phone(self) -> str:
        """The number as it is stored for the other side."""
        return self.key if self.key.isascii() and self.key.isdigit() else self.raw


def classify(
    *, fields: PushFields, envelope: PushEnvelope, facts: ClassificationFacts
) -> Classification:
    """Tell inbound message from delivery receipt; the first rule that fits decides.

    Args:
        fields: What the push says.
        envelope: How it arrived.
        facts: What the caller looked up.

    Returns:
        Kind, thread and the rule that decided.

    Raises:
        UnusablePush: `unknown_number` when its role needs a DID that is not ours,
            `receipt_mismatch` when its id is known with other numbers.
    """
    recipient = _party(fields.to_phone, facts)
    sender = _party(fields.from_phone, facts)
    if envelope.is_signed:
        return _by_action(envelope.action, fields, sender, recipient, facts)
    if sender.is_ours and recipient.is_ours:
        return _between_our_numbers(fields, sender, recipient, facts)
    if facts.known_message is not None:
        return _receipt(sender, recipient, "known_message_id", facts)
    if sender.is_ours:
        return _receipt(sender, recipient, "from_is_ours", facts)
    if not recipient.is_ours:
        raise UnusablePush("unknown_number")
    if fields.type == DOWNSTREAM and facts.sent_text_matches(
        recipient.key, sender.phone, fields.content
    ):
        return _receipt(sender, recipient, "own_text_came_back", facts)
    return _inbound(sender, recipient, "to_is_ours")


def _party(raw: str, facts: ClassificationFacts) -> _Party:
    key = address_key(raw)
    return _Party(raw=raw, key=key, is_ours=key in facts.our_numbers)


def _by_action(
    action: str,
    fields: PushFields,
    sender: _Party,
    recipient: _Party,
    facts: ClassificationFacts,
) -> Classification:
    """Apply rule a: the signed action decides, the type may only contradict it."""
    is_receipt = action == "dr"
    contradicts = fields.type == (UPSTREAM if is_receipt else DOWNSTREAM)
    flags = ("type_contradicts_action",) if contradicts else ()
    if not is_receipt:
        return _inbound(sender, recipient, "signed_action", flags)
    # The published signed receipt carries our DID as the recipient, so either side will do.
    if not sender.is_ours and not recipient.is_ours:
        raise UnusablePush("unknown_number")
    return _receipt(sender, recipient, "signed_action", facts, flags)


def _between_our_numbers(
    fields: PushFields, sender: _Party, recipient: _Party, facts: ClassificationFacts
) -> Classification:
    """Apply rule b: from one DID of ours to another, both roles look alike."""
    if fields.type == DOWNSTREAM:
        return _receipt(sender, recipient, "both_ours_type", facts)
    if fields.type == UPSTREAM:
        return _inbound(sender, recipient, "both_ours_type")
    if facts.known_message is not None and not facts.known_message.has_receipt:
        return _receipt(sender, recipient, "both_ours_known_id", facts)
    return _inbound(sender, recipient, "both_ours_default")


def _inbound(
    sender: _Party, recipient: _Party, reason: str, flags: tuple[str, ...] = ()
) -> Classification:
    if not recipient.is_ours:
        raise UnusablePush("unknown_number")
    return Classification("inbound", recipient.key, sender.phone, reason, flags)


def _receipt(
    sender: _Party,
    recipient: _Party,
    reason: str,
    facts: ClassificationFacts,
    flags: tuple[str, ...] = (),
) -> Classification:
    """Place a receipt on its thread: the known message's, else the side that is ours."""
    known = facts.known_message
    is_turned = not sender.is_ours
    if known is not None:
        message = (address_key(known.did), address_key(known.phone))
        if message not in {(sender.key, recipient.key), (recipient.key, sender.key)}:
            raise UnusablePush("receipt_mismatch")
        is_turned = message != (sender.key, recipient.key)
    did, other = (recipient, sender) if is_turned else (sender, recipient)
    return Classification("receipt", did.key, other.phone, reason, flags)
