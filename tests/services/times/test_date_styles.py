"""Dates and times as each person writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from babel import Locale, localedata
from django.utils import translation

from messaging.services.times.date_styles import (
    MONTH_FIRST_REGIONS,
    TWELVE_HOUR_REGIONS,
    DateStyle,
    active_style,
    chosen_style,
    date_style,
    write_date,
)
from messaging.services.times.parser import parse_time, say_time

US = DateStyle(is_month_first=True, has_12_hours=True)
MOMENT = datetime(2027, 12, 3, 14, 5, 9, tzinfo=UTC)


def english_regions() -> dict[str, Locale]:
    tags = [tag.split("_") for tag in localedata.locale_identifiers() if tag.startswith("en_")]
    return {
        tag[1].lower(): Locale.parse("_".join(tag))
        for tag in tags
        if len(tag) == 2 and len(tag[1]) == 2
    }


def test_regions_are_those_of_the_cldr():
    regions = english_regions()
    assert {
        region
        for region, locale in regions.items()
        if locale.date_formats["short"].pattern.lower().startswith("m")
    } == MONTH_FIRST_REGIONS
    assert {
        region for region, locale in regions.items() if "a" in locale.time_formats["short"].pattern
    } == TWELVE_HOUR_REGIONS


@pytest.mark.parametrize(
    ("header", "style"),
    [
        ("en-US,en;q=0.9", US),
        ("en-us", US),
        ("en-GB,en;q=0.8", DateStyle()),
        ("en-AU", DateStyle(has_12_hours=True)),
        ("en", DateStyle()),
        ("zh-CN,zh;q=0.9,en-US;q=0.8", DateStyle()),
        ("es-ES", DateStyle()),
        ("", DateStyle()),
        ("*", DateStyle()),
        ("en-" + "u" * 100_000, DateStyle()),
        (",;=q" * 25_000, DateStyle()),
    ],
    ids=lambda value: str(value)[:30],
)
def test_region_of_the_browser_says_the_style(header, style):
    assert chosen_style(date_order="", clock="", accept_language=header) == style


@pytest.mark.parametrize(
    ("order", "clock", "style"),
    [
        ("day", "24", DateStyle()),
        ("day", "", DateStyle(has_12_hours=True)),
        ("", "24", DateStyle(is_month_first=True)),
        ("month", "12", US),
    ],
)
def test_what_a_person_chose_counts_more_than_the_browser(order, clock, style):
    assert chosen_style(date_order=order, clock=clock, accept_language="en-US") == style


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("l j F Y, H:i", "Friday, December 3, 2027, 2:05 PM"),
        ("D j M Y, H:i", "Fri, Dec 3, 2027, 2:05 PM"),
        ("j M Y, H:i:s", "Dec 3, 2027, 2:05:09 PM"),
        ("j M Y, H:i", "Dec 3, 2027, 2:05 PM"),
        ("j M Y", "Dec 3, 2027"),
        ("j M H:i", "Dec 3, 2:05 PM"),
        ("l j F", "Friday, December 3"),
        ("l j F Y", "Friday, December 3, 2027"),
        ("j M", "Dec 3"),
        ("M Y", "Dec 2027"),
        ("D H:i", "Fri 2:05 PM"),
        ("H:i", "2:05 PM"),
    ],
)
def test_every_pattern_in_american_style(pattern, written):
    with date_style(US):
        assert write_date(MOMENT, pattern) == written


def test_elsewhere_a_pattern_stays_as_it_is():
    assert write_date(MOMENT, "l j F Y, H:i") == "Friday 3 December 2027, 14:05"
    assert write_date(date(2027, 12, 3), "j M") == "3 Dec"


def test_in_chinese_the_half_of_the_day_comes_first():
    with translation.override("zh-hans"), date_style(DateStyle(has_12_hours=True)):
        assert write_date(MOMENT, "n月j日 H:i") == "12月3日 下午2:05"


def test_style_ends_with_its_request():
    with date_style(US):
        assert active_style() == US
    assert active_style() == DateStyle()


def test_typed_dates_are_read_in_the_style_they_are_written_in():
    at = datetime(2026, 11, 22, 16, 20, tzinfo=UTC)

    def read(text: str) -> str:
        return f"{parse_time(text, at=at, zone=UTC):%Y-%m-%d %H:%M}"

    assert read("3/12 2pm") == "2026-12-03 14:00"
    with date_style(US):
        assert read("12/3 2pm") == "2026-12-03 14:00"
        assert read(say_time(datetime(2026, 12, 3, 14, 5, tzinfo=UTC), zone=UTC)) == (
            "2026-12-03 14:05"
        )
