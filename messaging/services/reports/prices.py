"""What a segment to a country cost lately: the estimate before something is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.db import connection

from messaging.models import Message, ReportDay, ReportSeries

from .countries import country_of
from .facts import MICROS
from .page_days import ALL_NUMBERS, TABLE
from .quarters import quarter_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from messaging.models import Conversation

#: How far back "lately" reaches.
DAYS: Final = 60
_STEP: Final = Decimal("0.000001")
_QUARTERS_OF_A_DAY: Final = 96
_TEXT: Final = (
    f"SELECT who, did_number_id, SUM(cost_micros), SUM(billed_segments) FROM {TABLE}"  # noqa: S608
    f" WHERE series_id = (SELECT MIN(id) FROM {ReportSeries._meta.db_table}"
    f" WHERE span = '{ReportSeries.Span.PAGE.value}' AND is_built)"
    f" AND facet = '{ReportDay.Facet.COUNTRY.value}' AND start >= %s"
    f" AND did_number_id IN ({ALL_NUMBERS}, %s) AND direction = 'outbound' AND who IN ({{marks}})"
    " GROUP BY who, did_number_id HAVING SUM(cost_micros) > 0 AND SUM(billed_segments) > 0"
)


def usual_prices(
    countries: Iterable[str], *, did_number_id: int, at: datetime
) -> dict[str, Decimal]:
    """Return what a segment to each of some countries cost lately, in the account's currency.

    From the number itself where it wrote there, else from any.

    Args:
        countries: two letters each, as `country_of` gives them.
        did_number_id: whose messages are to be sent.
        at: now, aware UTC.

    Returns:
        Prices by country; none for a country that nothing was priced for.
    """
    wanted = sorted(set(countries))
    if not wanted:
        return {}
    text = _TEXT.format(marks=", ".join(["%s"] * len(wanted)))
    since = quarter_of(at) - DAYS * _QUARTERS_OF_A_DAY
    with connection.cursor() as cursor:
        cursor.execute(text, [since, did_number_id, *wanted])
        rows = cursor.fetchall()
    prices = {}
    for country, _number, micros, segments in sorted(rows, key=lambda row: row[1]):
        # The row of all numbers comes first, so the number's own stays.
        prices[country] = (Decimal(int(micros)) / int(segments) / MICROS).quantize(_STEP)
    return prices


def price_for(phone_key: str, *, did_number_id: int, at: datetime) -> Decimal | None:
    """Return what a segment to a recipient probably costs; None where nothing is known."""
    country = country_of(phone_key)
    return usual_prices([country], did_number_id=did_number_id, at=at).get(country)


def price_in(conversation: Conversation, *, at: datetime) -> Decimal | None:
    """Return what a segment in a conversation probably costs: as its country, else as the last."""
    price = price_for(
        conversation.contact.phone_key, did_number_id=conversation.did_number_id, at=at
    )
    if price is not None:
        return price
    return (
        Message.objects.outbound()
        .filter(conversation=conversation, price__isnull=False)
        .order_by("-id")
        .values_list("price", flat=True)
        .first()
    )
