"""Times that can be picked with one click."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext

from messaging.services.errors import InvalidInput

from .date_styles import write_date
from .parser import parse_time
from .relative_times import upcoming

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

_EVENING: Final = "tonight"
_WEEKDAY: Final = "mon 9:00"
_PRESETS: Final = (
    (gettext_lazy("In 1 hour"), "in 1 hour"),
    (gettext_lazy("In 3 hours"), "in 3 hours"),
    (gettext_lazy("Tonight"), _EVENING),
    (gettext_lazy("Tomorrow morning"), "tomorrow 9:00"),
    (gettext_lazy("Tomorrow afternoon"), "tomorrow 14:00"),
    (gettext_lazy("Monday morning"), _WEEKDAY),
    (gettext_lazy("In a week"), "in 1 week"),
)


@dataclass(frozen=True)
class Preset:
    """A time to pick with one click.

    Attributes:
        label: what it is called, in the reader's language.
        when: what `parse_time` reads.
        at: the instant.
        hint: day and hour in short; the date where the label already names the weekday.
    """

    label: str
    when: str
    at: datetime
    hint: str


def presets(*, at: datetime, zone: tzinfo) -> list[Preset]:
    """Return the times worth offering now; what has passed is left out."""
    offered: list[Preset] = []
    for label, when in _PRESETS:
        moment = _moment(when, at=at, zone=zone)
        if moment is None or any(other.at == moment for other in offered):
            continue
        hint = _hint(moment, at=at, zone=zone, names_weekday=when == _WEEKDAY)
        offered.append(Preset(label=str(label), when=when, at=moment, hint=hint))
    return offered


def _moment(when: str, *, at: datetime, zone: tzinfo) -> datetime | None:
    try:
        moment = parse_time(when, at=at, zone=zone)
    except InvalidInput:
        if when == _EVENING:
            return None  # it has begun
        raise
    return None if when == _EVENING and moment - at < timedelta(hours=1) else moment


def _hint(moment: datetime, *, at: datetime, zone: tzinfo, names_weekday: bool) -> str:
    if names_weekday:
        pattern = pgettext("date format: day, month, time", "j M H:i")
        return write_date(moment.astimezone(zone), pattern)
    with timezone.override(zone):
        return upcoming(moment, at=at)
