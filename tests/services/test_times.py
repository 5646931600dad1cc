"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from messaging.services.errors import InvalidInput
from messaging.services.times import parse_time, say_time

MADRID = ZoneInfo("Europe/Madrid")
#: A Sunday, 17:20 in Madrid.
NOW = datetime(2026, 11, 22, 16, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("tomorrow 9", "2026-11-23 09:00"),
        ("Tomorrow morning", "2026-11-23 09:00"),
        ("tomorrow", "2026-11-23 09:00"),
        ("day after tomorrow 14:15", "2026-11-24 14:15"),
        ("in 2 hours", "2026-11-22 19:20"),
        ("2h", "2026-11-22 19:20"),
        ("in half an hour", "2026-11-22 17:50"),
        ("in 1.5 hours", "2026-11-22 18:50"),
        ("30 min", "2026-11-22 17:50"),
        ("in a week", "2026-11-29 17:20"),
        ("mon 14:00", "2026-11-23 14:00"),
        ("monday afternoon", "2026-11-23 14:00"),
        ("next friday", "2026-11-27 09:00"),
        ("sunday 10", "2026-11-29 10:00"),
        ("17:30", "2026-11-22 17:30"),
        ("17:10", "2026-11-23 17:10"),
        ("8", "2026-11-22 20:00"),
        ("9.30", "2026-11-23 09:30"),
        ("at 5pm", "2026-11-23 17:00"),
        ("noon", "2026-11-23 12:00"),
        ("tonight", "2026-11-22 18:00"),
        ("today 20", "2026-11-22 20:00"),
        ("next week", "2026-11-23 09:00"),
        ("24 dec 10am", "2026-12-24 10:00"),
        ("Dec 24, 10:15", "2026-12-24 10:15"),
        ("1 jan", "2027-01-01 09:00"),
        ("2026-12-24 10:00", "2026-12-24 10:00"),
        ("2026-12-24T10:00+08:00", "2026-12-24 03:00"),
        ("明天9点", "2026-11-23 09:00"),
        ("2小时后", "2026-11-22 19:20"),
        ("周一14:00", "2026-11-23 14:00"),
        ("下周三 上午9点", "2026-11-25 09:00"),
        ("后天下午3点半", "2026-11-24 15:30"),
        ("12月24日 10点", "2026-12-24 10:00"),
        ("十二月二十四日晚上八点", "2026-12-24 20:00"),
        ("今晚", "2026-11-22 18:00"),
        ("今晚8点", "2026-11-22 20:00"),
        ("今天晚上八点半", "2026-11-22 20:30"),
        ("今晚12点", "2026-11-23 00:00"),
        ("今天下午6点", "2026-11-22 18:00"),
        ("明早", "2026-11-23 09:00"),
        ("明早8点", "2026-11-23 08:00"),
        ("明天早上", "2026-11-23 09:00"),
        ("明天上午10点一刻", "2026-11-23 10:15"),
        ("明天中午", "2026-11-23 12:00"),
        ("明天中午12点半", "2026-11-23 12:30"),
        ("明天中午1点", "2026-11-23 13:00"),
        ("明天下午", "2026-11-23 14:00"),
        ("明天下午3:20", "2026-11-23 15:20"),
        ("明天傍晚", "2026-11-23 18:00"),
        ("明晚", "2026-11-23 18:00"),
        ("明晚九点", "2026-11-23 21:00"),
        ("明天凌晨2点", "2026-11-23 02:00"),
        ("明天十点整", "2026-11-23 10:00"),
        ("明天8点5分", "2026-11-23 08:05"),
        ("明天八点零五", "2026-11-23 08:05"),
        ("后天早上", "2026-11-24 09:00"),
        ("后天 晚上 20点", "2026-11-24 20:00"),
        ("大后天下午", "2026-11-25 14:00"),
        ("周一早上", "2026-11-23 09:00"),
        ("周一九点", "2026-11-23 09:00"),
        ("周五晚", "2026-11-27 18:00"),
        ("星期三下午四点", "2026-11-25 16:00"),
        ("周日中午", "2026-11-29 12:00"),
        ("这周日晚上9点", "2026-11-22 21:00"),
        ("下周", "2026-11-23 09:00"),
        ("下周10点", "2026-11-23 10:00"),
        ("下周五下午2点", "2026-11-27 14:00"),
        ("下个星期一", "2026-11-23 09:00"),
        ("下下周二早上", "2026-12-01 09:00"),
        ("晚上", "2026-11-22 18:00"),
        ("中午", "2026-11-23 12:00"),
        ("十五分钟后", "2026-11-22 17:35"),
        ("半个小时后", "2026-11-22 17:50"),
        ("一个半小时后", "2026-11-22 18:50"),
        ("两个星期后", "2026-12-06 17:20"),
    ],
)
def test_time_is_read_as_a_person_means_it(text, meaning):
    moment = parse_time(text, at=NOW, zone=MADRID)

    assert moment.tzinfo is UTC
    assert moment.astimezone(MADRID).strftime("%Y-%m-%d %H:%M") == meaning


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "required"),
        ("   ", "required"),
        ("whenever", "unreadable"),
        ("25:00", "unreadable"),
        ("31 feb", "unreadable"),
        ("tomorrow tomorrow", "unreadable"),
        ("今晚2点", "unreadable"),
        ("晚上13点60", "unreadable"),
        ("一二三点", "unreadable"),
        ("明天明早", "unreadable"),
        ("today 9", "not_in_future"),
        ("今早", "not_in_future"),
        ("这周五", "not_in_future"),
        ("2026-01-01 10:00", "not_in_future"),
        ("in 0 minutes", "not_in_future"),
        ("2031-01-01 10:00", "too_far_ahead"),
        ("in 60 weeks", "too_far_ahead"),
        ("9" * 400, "unreadable"),
    ],
)
def test_time_that_cannot_be_used_is_refused_in_words(text, code):
    with pytest.raises(InvalidInput) as caught:
        parse_time(text, at=NOW, zone=MADRID)

    assert (caught.value.code, caught.value.field) == (code, "when")


def test_days_keep_the_hour_across_a_change_of_summer_time():
    before = datetime(2026, 10, 24, 8, 0, tzinfo=UTC)  # 10:00 in Madrid, summer

    in_two_days = parse_time("in 2 days", at=before, zone=MADRID)
    in_48_hours = parse_time("in 48 hours", at=before, zone=MADRID)

    assert in_two_days.astimezone(MADRID).strftime("%d %H:%M") == "26 10:00"
    assert in_48_hours.astimezone(MADRID).strftime("%d %H:%M") == "26 09:00"


def test_time_is_said_with_weekday_and_hour():
    assert say_time(NOW, zone=MADRID) == "Sun 22 Nov 2026, 17:20"


def test_weekday_is_short_in_chinese_too():
    with translation.override("zh-hans"):
        assert say_time(NOW, zone=MADRID) == "2026年11月22日 周日 17:20"
