"""What a segment to a country cost lately: the estimate before something is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.db import connection

from messaging.models import Message, ReportDay, ReportSeries, rights_of
from messaging.policy import Action

from .countries import country_of
from .facts import MICROS
from .page_days import ALL_NUMBERS, TABLE
from .quarters import quarter_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User

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
    " AND did_number_id IN (%s, %s) AND direction = 'outbound' AND who IN ({marks})"
    " GROUP BY who, did_number_id HAVING SUM(cost_micros) > 0 AND SUM(billed_segments) > 0"
)


def usual_prices(
    countries: Iterable[str], *, did_number_id: int, user: User, at: datetime
) -> dict[str, Decimal]:
    """Return what a segment to each of some countries cost lately, in the account's currency.

    From the number itself where it wrote there, else from any: a price tells that somebody wrote
    to a country, so from any only for people who see all numbers, and nothing for those who see
    their own conversations only.

    Args:
        countries: two letters each, as `country_of` gives them.
        did_number_id: whose messages are to be sent; the user may see it.
        user: who reads the prices.
        at: now, aware UTC.

    Returns:
        Prices by country; none for a country that nothing was priced for.
    """
    wanted = sorted(set(countries))
    rights = rights_of(user)
    if not wanted or rights.sees_own_only:
        return {}
    others = ALL_NUMBERS if rights.allows_everywhere(Action.READ) else did_number_id
    text = _TEXT.format(marks=", ".join(["%s"] * len(wanted)))
    since = quarter_of(at) - DAYS * _QUARTERS_OF_A_DAY
    with connection.cursor() as cursor:
        cursor.execute(text, [since, others, did_number_id, *wanted])
        rows = cursor.fetchall()
    prices = {}
    for country, _number, micros, segments in sorted(rows, key=lambda row: row[1]):
        # The row of all numbers comes first, so the number's own stays.
        prices[country] = (Decimal(int(micros)) / int(segments) / MICROS).quantize(_STEP)
    return prices


def price_for(phone_key: str, *, did_number_id: int, user: User, at: datetime) -> Decimal | None:
    """Return what a segment to a recipient probably costs; None where nothing is known."""
    country = country_of(phone_key)
    prices = usual_prices([country], did_number_id=did_number_id, user=user, at=at)
    return prices.get(country)


def price_in(conversation: Conversation, *, user: User, at: datetime) -> Decimal | None:
    """Return what a segment in a conversation probably costs: as its country, else as the last."""
    phone, number_id = conversation.contact.phone_key, conversation.did_number_id
    price = price_for(phone, did_number_id=number_id, user=user, at=at)
    if price is not None:
        return price
    return (
        Message.objects.outbound()
        .filter(conversation=conversation, price__isnull=False)
        .order_by("-id")
        .values_list("price", flat=True)
        .first()
    )
