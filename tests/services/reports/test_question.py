"""What an address may ask of a report."""

from datetime import date

import pytest

from messaging.services.errors import InvalidInput
from messaging.services.reports.question import Question, parse_question
from tests.factories import NOW


def ask(**params):
    return parse_question(params, at=NOW, numbers=None)


def test_without_parameters_it_is_the_last_thirty_days_by_day():
    assert ask(tz="Asia/Shanghai") == Question(
        first=date(2026, 10, 24), last=date(2026, 11, 22), zone="Asia/Shanghai", by=("day",)
    )


def test_today_is_the_day_of_the_zone():
    assert ask(tz="Pacific/Kiritimati").last == date(2026, 11, 22)
    assert ask(tz="Pacific/Pago_Pago").last == date(2026, 11, 21)


def test_the_period_before_is_as_long_and_ends_the_day_before():
    before = ask(**{"from": "2026-11-01", "to": "2026-11-10"}).before

    assert (before.first, before.last) == (date(2026, 10, 22), date(2026, 10, 31))


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "20261101"}, "to"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "from"),
        ({"from": "2001-11-02"}, "from"),
        ({"tz": "Mars/Base"}, "tz"),
        ({"tz": "../etc/passwd"}, "tz"),
        ({"by": "day,moon"}, "by"),
    ],
    ids=lambda value: str(value),
)
def test_what_cannot_be_read_is_refused_with_its_name(params, field):
    with pytest.raises(InvalidInput) as refused:
        ask(**params)

    assert refused.value.field == field
