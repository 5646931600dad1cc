"""Days and hours of every zone begin at a quarter-hour, whatever its clocks do."""

from datetime import UTC, date, datetime, timedelta

import pytest

from messaging.services.reports.quarters import (
    day_of,
    days,
    hour_of,
    moment_of,
    quarter_of,
    start_of_day,
    start_of_hour,
)

#: Zones whose clocks change at midnight, by half an hour, or lie between the hours.
ZONES = (
    "UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo",
    "America/Havana", "America/St_Johns", "Pacific/Apia",
)  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_the_days_of_a_year_follow_each_other_without_a_gap(zone):
    for day in days(date(2026, 1, 1), date(2026, 12, 31)):
        begin, end = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
        assert {day_of(quarter, zone) for quarter in range(begin, end)} == {day}
        assert 92 <= end - begin <= 100


@pytest.mark.parametrize("zone", ZONES)
def test_an_hour_begins_where_its_quarters_begin(zone):
    for quarter in range(
        start_of_day(date(2026, 4, 1), zone), start_of_day(date(2026, 4, 8), zone)
    ):
        start = start_of_hour(quarter, zone)
        assert 0 <= quarter - start <= 3
        assert day_of(start, zone) == day_of(quarter, zone) or zone == "Australia/Lord_Howe"
        if zone != "Australia/Lord_Howe":
            assert hour_of(start, zone) == hour_of(quarter, zone)


def test_a_moment_is_in_its_quarter():
    at = datetime(2026, 11, 22, 9, 14, 59, tzinfo=UTC)
    assert moment_of(quarter_of(at)) == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
