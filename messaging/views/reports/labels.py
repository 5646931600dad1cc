"""What the values of a report's keys are called on a page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from messaging.models import DidNumber
from messaging.reasons import OWNER_LABELS, Reason
from messaging.services.dialing.regions import country_name
from messaging.services.team.display_names import name_of
from messaging.services.times.date_styles import write_date

if TYPE_CHECKING:
    from collections.abc import Callable

    from messaging.services.reports.question import Question


def day_label(day: date, *, with_year: bool = False) -> str:
    """Return a day as an axis shows it, "3 Dec"; with its year in a sentence."""
    if with_year:
        return write_date(day, pgettext("date format: day, month, year", "j M Y"))
    return write_date(day, pgettext("date format: day and month", "j M"))


def all_days(question: Question) -> list[date]:
    """Return every day that was asked for."""
    count = (question.last - question.first).days + 1
    return [question.first + timedelta(days=number) for number in range(count)]


def period_label(question: Question) -> str:
    """Return the range of days in words."""
    first, last = (day_label(day, with_year=True) for day in (question.first, question.last))
    return first if first == last else f"{first} – {last}"


def weekday_label(number: int) -> str:
    """Return a day of the week, 1 for Monday."""
    return str(WEEKDAYS_ABBR[number - 1])


def label_of(key: str) -> Callable[[object], str]:
    """Return what turns the API's name of a key's value into what a page shows."""
    if key == "number":
        return _names_of_numbers().get  # type: ignore[return-value]
    if key == "user":
        return _names_of_people().get  # type: ignore[return-value]
    return {"country": _country_label, "code": code_label, "label": _label_label}[key]


def _country_label(code: object) -> str:
    return country_name(str(code)) if code else _("Unknown")


def _label_label(name: object) -> str:
    return str(name) if name else _("No label")


def code_label(code: object) -> str:
    """Return what went wrong, in a sentence, with who can fix it."""
    if not code:
        return _("No reason given")
    reason = Reason(str(code))
    return f"{reason.words()} ({OWNER_LABELS[reason.owner]})"


def _names_of_numbers() -> dict[object, str]:
    return {number.number: str(number) for number in DidNumber.objects.all()}


def _names_of_people() -> dict[object, str]:
    people = get_user_model().objects.only("pk", "username", "first_name", "last_name")
    names: dict[object, str] = {user.get_username(): name_of(user) for user in people}
    return names | {None: _("Nobody")}
