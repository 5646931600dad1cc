"""The period that a page of reports shows: read from its address, offered as presets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.models import rights_of
from messaging.policy import Action
from messaging.services.errors import InvalidInput
from messaging.services.reports.access import reported_numbers, reported_person
from messaging.services.reports.question import Question, parse_question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User
    from django.http import QueryDict

    from messaging.models import DidNumber


@dataclass(frozen=True)
class Preset:
    """A period to pick with one click."""

    title: str
    query_string: str
    is_current: bool


@dataclass(frozen=True)
class Period:
    """What an address asks for.

    Attributes:
        question: as the roll-ups are asked.
        numbers: those that the reader may choose from.
        chosen_number: the digits of the one that they chose, "" for all.
        query_string: the address that asks the same, without a preset that moves with the days.
        tz: the zone that the address names, "" for the reader's own.
    """

    question: Question
    numbers: list[DidNumber]
    chosen_number: str
    query_string: str
    tz: str

    @property
    def is_own(self) -> bool:
        """Whether the reader sees what they wrote themselves and nothing of colleagues."""
        return self.question.user is not None


def read_period(params: QueryDict, *, user: User) -> Period:
    """Read the period of a page; what cannot be read is the usual instead.

    Raises:
        InvalidInput: the address names days or a zone that cannot be read.
    """
    numbers = reported_numbers(user)
    wanted = params.get("number", "")
    chosen = next((number for number in numbers if number.number == wanted), None)
    if wanted and chosen is None:
        raise InvalidInput(_("This number isn’t one of yours."), field="number")
    ids = [number.pk for number in numbers]
    if chosen is not None:
        ids = [chosen.pk]
    whose = reported_person(user, numbers=numbers if chosen is None else [chosen])
    everything = chosen is None and rights_of(user).allows_everywhere(Action.REPORT)
    given = {name: params.get(name, "") for name in ("from", "to", "tz")}
    question = parse_question(
        {name: value for name, value in given.items() if value} | {"by": ""},
        at=timezone.now(),
        numbers=None if everything else ids,
    )
    return Period(
        question=replace(question, user=whose),
        numbers=numbers,
        chosen_number=wanted,
        query_string=_query_string(question.first, question.last, number=wanted, tz=given["tz"]),
        tz=given["tz"],
    )


def presets(period: Period) -> Iterator[Preset]:
    """Yield the periods to pick with one click."""
    question = period.question
    today = timezone.now().astimezone(ZoneInfo(question.zone)).date()
    month = today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    ranges = (
        (_("Today"), today, today),
        (_("7 days"), today - timedelta(days=6), today),
        (_("30 days"), today - timedelta(days=29), today),
        (_("90 days"), today - timedelta(days=89), today),
        (_("This month"), month, today),
        (_("Last month"), last_month, month - timedelta(days=1)),
        (_("12 months"), today - timedelta(days=364), today),
    )
    is_found = False
    for title, first, last in ranges:
        is_current = not is_found and (first, last) == (question.first, question.last)
        is_found = is_found or is_current
        address = _query_string(first, last, number=period.chosen_number, tz=period.tz)
        yield Preset(title, address, is_current)


def _query_string(first: date, last: date, *, number: str, tz: str) -> str:
    pairs = [("from", first.isoformat()), ("to", last.isoformat()), ("number", number), ("tz", tz)]
    return urlencode([(name, value) for name, value in pairs if value])
