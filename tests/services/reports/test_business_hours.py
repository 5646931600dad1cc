"""How much of a wait falls into a number's business hours."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from messaging.models import Answer, BusinessHours, Closure
from messaging.services.reports.business_hours import (
    Hours,
    format_spans,
    has_holidays,
    parse_spans,
)
from messaging.services.reports.catch_up import catch_up
from messaging.services.reports.rebuild import rebuild
from tests.factories import NOW, make_inbound, make_outbound, make_user

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = parse_spans("9:00-12:30, 13:30-18:00")
WEEK = [DAY] * 5 + [[], []]


def at(day, hour, minute=0):
    """A moment of November 2026 in Shanghai; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("since", "until", "minutes"),
    [
        (at(23, 9, 10), at(23, 9, 40), 30),
        (at(23, 12), at(23, 14), 60),
        (at(23, 17, 50), at(24, 9, 5), 15),
        (at(27, 17, 50), at(30, 9, 5), 15),
        (at(23, 7), at(23, 8), 0),
        (at(28, 9), at(29, 18), 0),
        (at(23, 0), at(28, 0), 5 * 480),
    ],
    ids=["within", "over lunch", "over night", "over a weekend", "before", "weekend", "a week"],
)
def test_only_time_within_the_hours_counts(since, until, minutes):
    assert Hours("Asia/Shanghai", WEEK).seconds(since=since, until=until) == minutes * 60


def test_holidays_and_closures_do_not_count():
    hours = Hours(
        "Asia/Shanghai", WEEK, holidays_of="CN", closures=[(date(2026, 11, 24), date(2026, 11, 25))]
    )

    assert hours.spans(date(2026, 11, 23)) == DAY
    assert hours.spans(date(2026, 11, 24)) == hours.spans(date(2026, 11, 25)) == ()
    assert hours.spans(date(2026, 10, 1)) == ()  # National Day, a Thursday
    assert hours.seconds(since=at(23, 17), until=at(26, 10)) == 7200


def test_a_day_on_which_the_clock_changes_has_its_own_length():
    whole = Hours("Europe/Madrid", [[(0, 1440)]] * 7)
    madrid = ZoneInfo("Europe/Madrid")
    begin = datetime(2026, 3, 29, tzinfo=madrid)

    assert whole.seconds(since=begin, until=datetime(2026, 3, 30, tzinfo=madrid)) == 23 * 3600


@pytest.mark.parametrize("text", ["", "09:00-12:30", "09:00-12:30, 13:30-18:00", "00:00-24:00"])
def test_hours_are_written_as_they_are_read(text):
    assert format_spans(parse_spans(text)) == text


@pytest.mark.parametrize(
    "text", ["9-12", "12:00-09:00", "09:00-12:00, 11:00-13:00", "09:00-25:00", "09:60-10:00", "x"]
)
def test_hours_that_cannot_be_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_spans(text)


def test_countries_and_their_parts_have_holidays():
    assert [has_holidays(code) for code in ("CN", "DE-BY", "XX", "DE-XX")] == [
        True, True, False, False
    ]  # fmt: skip


@pytest.mark.django_db
def test_an_answer_keeps_its_stamp_when_the_hours_change_later():
    message = make_inbound(at=NOW)  # a Sunday, 17:00 in Shanghai
    hours = BusinessHours.objects.create(
        did_number=message.did_number, zone="Asia/Shanghai", week=[[(540, 1080)]] * 7
    )
    ana = make_user()
    make_outbound(message.conversation, user=ana, at=NOW + timedelta(hours=20))
    catch_up()
    hours.delete()
    Closure.objects.create(first=date(2026, 1, 1), last=date(2027, 1, 1))
    rebuild()

    assert Answer.objects.get().seconds == (1 + 4) * 3600
