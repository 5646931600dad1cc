"""The round-trip check: a text from one number of ours to another, which must come back to us.

It is the only check that sees everything at once: queue, NXCloud, carrier, webhook, database.
Nothing of it is kept beside its messages. Both conversations are blocked, so they ask nobody for
attention.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from messaging.models import DidNumber, Message
from messaging.phone_numbers import address_key
from messaging.services.conversations.sender_blocks import put_away_unasked
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.recipients import start_conversation

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from messaging.models import Conversation

#: Of the client_id of each check text; the time of its turn follows.
PREFIX: Final = "round-trip:"
#: A text that has not come back by then is missing. It may still come: then all is clear again.
LATE_AFTER: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class RoundTrip:
    """What became of the newest check text that can be judged.

    Attributes:
        sender: the number that it went from.
        target: the number that it must arrive at.
        sent: the check text.
        arrived_at: when it came back; None while it is missing.
    """

    sender: DidNumber
    target: DidNumber
    sent: Message
    arrived_at: datetime | None

    @property
    def seconds(self) -> float | None:
        """How long it took, from the queue to our database."""
        if self.arrived_at is None:
            return None
        return (self.arrived_at - self.sent.created_at).total_seconds()


def check_numbers() -> tuple[DidNumber, DidNumber] | None:
    """Return the two numbers that settings name, sender first.

    None where the check is switched off, or one of them is not a number in use.
    """
    keys = [address_key(settings.ROUND_TRIP_FROM), address_key(settings.ROUND_TRIP_TO)]
    if not all(keys):
        return None
    found = {did.number: did for did in DidNumber.objects.active().filter(number__in=keys)}
    if keys[0] == keys[1] or not found.keys() >= set(keys):
        return None
    return found[keys[0]], found[keys[1]]


def send_check_text(*, at: datetime) -> Message | None:
    """Send the check text of the present turn, unless it was sent.

    A turn has a place on the clock, so a worker that begins again, or a second one, sends nothing
    twice.

    Args:
        at: now, aware UTC.

    Returns:
        The text; None where nothing was to be done.

    Raises:
        InvalidInput: it must not be sent, as between two numbers of which one opted out.
    """
    numbers = check_numbers()
    if numbers is None:
        return None
    sender, target = numbers
    client_id = _client_id(at)
    if _texts(sender, target).filter(client_id=client_id).exists():
        return None
    with transaction.atomic():
        # Locked from here on: another worker waits, and then finds this turn's text.
        conversation = _quiet_conversation(sender, target, at=at)
        _quiet_conversation(target, sender, at=at)
        if _texts(sender, target).filter(client_id=client_id).exists():
            return None
        message, _is_new = queue_message(
            NewMessage(content=_content(client_id), client_id=client_id, is_automatic=True),
            conversation=conversation,
            user=None,
            at=at,
        )
    return message


def last_round_trip(*, at: datetime) -> RoundTrip | None:
    """Return what became of the last check text, or of the one before while that is under way.

    Args:
        at: now, aware UTC.

    Returns:
        None where the check is switched off, or no text has had its time yet.
    """
    numbers = check_numbers()
    if numbers is None:
        return None
    sender, target = numbers
    for sent in _texts(sender, target).order_by("-id")[:2]:
        arrived_at = _arrival(sent, sender=sender, target=target)
        if arrived_at is not None or at - sent.created_at > LATE_AFTER:
            return RoundTrip(sender, target, sent, arrived_at)
    return None


def _texts(sender: DidNumber, target: DidNumber) -> QuerySet[Message]:
    return Message.objects.outbound().filter(
        conversation__did_number=sender,
        conversation__contact__phone_key=target.number,
        client_id__startswith=PREFIX,
    )


def _arrival(sent: Message, *, sender: DidNumber, target: DidNumber) -> datetime | None:
    arrived = Message.objects.inbound().filter(
        conversation__did_number=target,
        conversation__contact__phone_key=sender.number,
        created_at__gte=sent.created_at,
        content__contains=_code(sent.client_id or ""),
    )
    return arrived.order_by("id").values_list("created_at", flat=True).first()


def _quiet_conversation(number: DidNumber, other: DidNumber, *, at: datetime) -> Conversation:
    """Return the conversation of one number with the other one, blocked and locked."""
    conversation = start_conversation(did_number=number, phone=f"+{other.number}", at=at)
    put_away_unasked(conversation=conversation, at=at)
    return conversation


def _client_id(at: datetime) -> str:
    every = settings.ROUND_TRIP_HOURS * 3600
    turn = datetime.fromtimestamp(at.timestamp() // every * every, tz=UTC)
    return f"{PREFIX}{turn:%Y-%m-%dT%H:%MZ}"


def _code(client_id: str) -> str:
    """Return what only the check text of one turn contains."""
    return salted_hmac("didsms.round-trip", client_id, algorithm="sha256").hexdigest()[:12]


def _content(client_id: str) -> str:
    turn = client_id.removeprefix(PREFIX).replace("T", " ").removesuffix("Z")
    return f"didsms check {turn} UTC {_code(client_id)}"
