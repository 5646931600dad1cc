from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from messaging.services.times.relative_times import (
    ago,
    exact,
    short_age,
    short_duration,
    upcoming,
    words_hold_until,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=5), "5m"),
        (timedelta(hours=3), "3h"),
        (timedelta(hours=20), "Yesterday"),
        (timedelta(days=3), "Thu"),
        (timedelta(days=30), "23 Oct"),
        (timedelta(days=400), "Oct 2025"),
    ],
)
def test_how_long_ago_in_few_letters(ago, words):
    assert short_age(NOW - ago, at=NOW) == words


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(hours=3), "12:00"),
        (timedelta(days=2), "Tue 09:00"),
        (timedelta(days=20), "12 Dec 09:00"),
        (timedelta(days=400), "27 Dec 2027, 09:00"),
    ],
)
def test_when_it_will_be(ahead, words):
    assert upcoming(NOW + ahead, at=NOW) == words


@pytest.mark.parametrize(
    ("language", "length", "said"),
    [
        ("en", timedelta(seconds=59), "just now"),
        ("en", timedelta(minutes=1), "1\xa0minute ago"),
        ("en", timedelta(hours=2, minutes=5), "2\xa0hours ago"),
        ("zh-hans", timedelta(0), "刚刚"),
        ("zh-hans", timedelta(minutes=5), "5\xa0分钟前"),
    ],
)
def test_how_long_ago_within_a_sentence(language, length, said):
    with translation.override(language):
        assert ago(NOW - length, at=NOW) == said


def test_days_change_where_the_person_is():
    evening = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)

    with timezone.override(ZoneInfo("Asia/Shanghai")):
        # Already the 22nd there, and fifteen hours ago.
        assert short_age(evening, at=NOW) == "15h"


def test_words_are_in_the_language_of_the_person():
    with translation.override("zh-hans"):
        assert short_age(NOW - timedelta(minutes=5), at=NOW) == "5分钟"


def test_one_instant_reads_differently_in_two_zones():
    words = []
    for zone in ("Europe/Madrid", "Asia/Shanghai"):
        with timezone.override(ZoneInfo(zone)):
            words.append(exact(NOW))

    assert words == ["Sunday 22 November 2026, 10:00", "Sunday 22 November 2026, 17:00"]


@given(
    ago=st.timedeltas(timedelta(minutes=-2), timedelta(days=400)),
    wait=st.floats(0, 1, exclude_max=True),
)
def test_kept_words_are_those_of_now_for_as_long_as_they_hold(ago, wait):
    when = NOW - ago

    def words(at):
        return short_age(when, at=at), short_duration((at - when).total_seconds())

    with timezone.override(ZoneInfo("America/New_York")):
        until = words_hold_until([when], at=NOW)
        later = NOW + (until - NOW) * wait
        assert until > NOW
        assert words(later) == words(NOW)
