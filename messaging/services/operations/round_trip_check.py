"""The round-trip check in words and figures: for System health, doctor, alarms and Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from prometheus_client.core import GaugeMetricFamily

from messaging.status_words import status_words

from .health_checks import Check
from .round_trip import check_numbers, last_round_trip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

FIX: Final = gettext_lazy(
    "Administrator: open the check text and its record, which says how far it came. If NXCloud"
    " delivered it, check the receiving number’s webhook URL at NXCloud."
)


def check_round_trip(*, at: datetime) -> list[Check]:
    """Look whether the last check text came back; nothing to see where there is no such check.

    Args:
        at: now, aware UTC.
    """
    if not (settings.ROUND_TRIP_FROM or settings.ROUND_TRIP_TO):
        return []
    if check_numbers() is None:
        return [_wrong_numbers()]
    trip = last_round_trip(at=at)
    if trip is None:
        return [Check("round_trip", True, "unknown", _("No check text has come back yet."))]
    facts: dict[str, object] = {
        "seconds": trip.seconds,
        "sent_at": trip.sent.created_at.isoformat(),
    }
    if trip.seconds is None:
        message = missing_words(
            sender=trip.sender.name, target=trip.target.name, status=trip.sent.status
        )
        return [Check("round_trip", False, "missing", message, str(FIX), facts)]
    message = _("The last check text came back after %(seconds)s s.") % {
        "seconds": number_format(trip.seconds, decimal_pos=1)
    }
    return [Check("round_trip", True, "ok", message, facts=facts)]


def _wrong_numbers() -> Check:
    return Check(
        "round_trip",
        False,
        "numbers",
        _("ROUND_TRIP_FROM and ROUND_TRIP_TO must be two different numbers that are active here."),
        _("Server admin: correct them, or remove both."),
    )


def missing_words(*, sender: str, target: str, status: str) -> str:
    """Say that a check text did not come back, in the reader's language.

    Args:
        sender: the number that it went from.
        target: the number that it was to arrive at.
        status: that of the check text.
    """
    return _(
        "The check text from %(sender)s didn’t arrive at %(target)s. Its status: %(status)s."
    ) % {"sender": sender, "target": target, "status": status_words(status).label}


def round_trip_figures(*, at: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield how long the last check text took, where one came back.

    Args:
        at: now, aware UTC.
    """
    trip = last_round_trip(at=at)
    if trip is not None and trip.seconds is not None:
        yield GaugeMetricFamily(
            "didsms_round_trip_seconds",
            "From the queue through the carrier back to the database, last check text.",
            value=trip.seconds,
        )
