"""What messages will probably cost, before any of them is sent."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from messaging.phone_numbers import calling_code
from messaging.services.content.text import sendable_text
from messaging.services.errors import MessagingError
from messaging.services.outbox.api_message import own_number
from messaging.services.outbox.recipients import digits_to_dial
from messaging.sms_text import measure

from .countries import country_of
from .prices import usual_prices

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import DidNumber
    from messaging.services.outbox.api_message import Addressed


@dataclass
class Estimate:
    """What some messages probably cost.

    Attributes:
        messages: those that could be counted.
        segments: of all of them, signatures included.
        cost: of those with a known price, in the account's currency.
        unpriced: messages to countries that nothing was priced for lately.
        refused: messages whose sender, recipient or text cannot be used.
        countries: segments by country, "" for an unknown one.
    """

    messages: int = 0
    segments: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0
    refused: int = 0
    countries: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def estimate(asked: Iterable[Addressed], *, user: User, at: datetime) -> Estimate:
    """Return what messages probably cost; nothing is written or sent.

    Args:
        asked: what would be sent, and to whom.
        user: who would send it.
        at: now, aware UTC.
    """
    found = Estimate()
    numbers: dict[str, DidNumber | None] = {}
    segments: dict[DidNumber, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for one in asked:
        try:
            number, country, count = _read(one, numbers=numbers, user=user)
        except MessagingError:
            found.refused += 1
            continue
        segments[number][country].append(count)
    for number, of_countries in segments.items():
        prices = usual_prices(of_countries, did_number_id=number.pk, user=user, at=at)
        for country, counts in of_countries.items():
            found.messages += len(counts)
            found.segments += sum(counts)
            found.countries[country] += sum(counts)
            if country in prices:
                found.cost += prices[country] * sum(counts)
            else:
                found.unpriced += len(counts)
    return found


def _read(
    one: Addressed, *, numbers: dict[str, DidNumber | None], user: User
) -> tuple[DidNumber, str, int]:
    """Return a message's number, country and segments.

    Raises:
        MessagingError: its sender, recipient or text cannot be used.
    """
    number = numbers.get(one.sender)
    if number is None:
        number = numbers[one.sender] = own_number(sender=one.sender, user=user)
    digits = digits_to_dial(did_number=number, phone=one.phone)
    text = sendable_text(one.new.content)
    text = sendable_text(text, signature=number.signature or None)
    return number, country_of(digits), measure(text, calling_code=calling_code(digits)).segments
