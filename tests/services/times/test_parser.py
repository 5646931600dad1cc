"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from messaging.services.errors import InvalidInput
from messaging.services.times.parser import parse_time, say_time

MADRID = ZoneInfo("Europe/Madrid")
#: A Sunday, 17:20 in Madrid.
NOW = datetime(2026, 11, 22, 16, 20, tzinfo=UTC)
#: A Friday, 13:00 in Madrid.
FRIDAY = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def read(text, at=FRIDAY) -> str:
    return f"{parse_time(text, at=at, zone=MADRID).astimezone(MADRID):%Y-%m-%d %H:%M}"


def code_of(text, at=FRIDAY) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        parse_time(text, at=at, zone=MADRID)
    return caught.value.code, caught.value.field


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
        ("12 noon", "2026-11-23 12:00"),
        ("midnight", "2026-11-23 00:00"),
        ("at midnight", "2026-11-23 00:00"),
        ("tomorrow midnight", "2026-11-24 00:00"),
        ("午夜", "2026-11-23 00:00"),
        ("half past three", "2026-11-23 15:30"),
        ("half past 6", "2026-11-22 18:30"),
        ("quarter past six", "2026-11-22 18:15"),
        ("tomorrow at a quarter to four", "2026-11-23 15:45"),
        ("tomorrow at ten to nine", "2026-11-23 08:50"),
        ("twenty past 9 in the morning", "2026-11-23 09:20"),
        ("mon five minutes past 9", "2026-11-23 09:05"),
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
        ("today 9:00", "not_in_future"),
        ("this afternoon", "not_in_future"),
        ("tonight 5", "not_in_future"),
        ("今早", "not_in_future"),
        ("这周五", "not_in_future"),
        ("2026-01-01 10:00", "not_in_future"),
        ("in 0 minutes", "not_in_future"),
        ("2031-01-01 10:00", "too_far_ahead"),
        ("in 60 weeks", "too_far_ahead"),
        ("29/2/2028", "too_far_ahead"),
        ("9" * 400, "unreadable"),
        ("in 999999 weeks", "unreadable"),
        ("2026-13-24T10:00", "unreadable"),
    ],
)
def test_time_that_cannot_be_used_is_refused_in_words(text, code):
    assert code_of(text, NOW) == (code, "when")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("monday", "2026-11-30 09:00"),
        ("tues 9", "2026-12-01 09:00"),
        ("weds", "2026-12-02 09:00"),
        ("thurs.", "2026-12-03 09:00"),
        ("this friday 17:00", "2026-11-27 17:00"),
        ("next friday", "2026-12-04 09:00"),
        ("tuesday next week", "2026-12-01 09:00"),
        ("next week on friday at 10", "2026-12-04 10:00"),
        ("下周 周二", "2026-12-01 09:00"),
        ("sat 5 dec 10:00", "2026-12-05 10:00"),
        ("saturday 5 december", "2026-12-05 09:00"),
        ("saturday tomorrow", "2026-11-28 09:00"),
        ("12月5日（周六）10点", "2026-12-05 10:00"),
        ("周六晚上八点", "2026-11-28 20:00"),
        ("on the 5th of december at 9pm", "2026-12-05 21:00"),
        ("Sept 1st", "2027-09-01 09:00"),
        ("10:15 dec 24", "2026-12-24 10:15"),
        ("1/12 9:00", "2026-12-01 09:00"),
        ("24/12", "2026-12-24 09:00"),
        ("12/24", "2026-12-24 09:00"),
        ("24/12/2026 10.30", "2026-12-24 10:30"),
        ("24.12.2026 10:00", "2026-12-24 10:00"),
        ("24-12-2026", "2026-12-24 09:00"),
        ("2026/12/24 9:30", "2026-12-24 09:30"),
        ("the day after tomorrow", "2026-11-29 09:00"),
        ("in 3 days at 10", "2026-11-30 10:00"),
        ("10:00 in 3 days", "2026-11-30 10:00"),
        ("3天后下午2点", "2026-11-30 14:00"),
        ("next month", "2026-12-27 09:00"),
        ("in a month", "2026-12-27 09:00"),
        ("1 month", "2026-12-27 09:00"),
        ("in two months at 10", "2027-01-27 10:00"),
        ("下个月", "2026-12-27 09:00"),
        ("下下个月", "2027-01-27 09:00"),
        ("一个月后 10点", "2026-12-27 10:00"),
    ],
)
def test_day_is_read_in_the_forms_that_people_use(text, meaning):
    assert read(text) == meaning


@pytest.mark.parametrize(
    ("today", "text", "meaning"),
    [
        (datetime(2027, 1, 31, 12, tzinfo=UTC), "next month", "2027-02-28 09:00"),
        (datetime(2027, 1, 31, 12, tzinfo=UTC), "in 2 months", "2027-03-31 09:00"),
        (datetime(2026, 11, 30, 12, tzinfo=UTC), "in 3 months", "2027-02-28 09:00"),
        (datetime(2027, 12, 31, 12, tzinfo=UTC), "下个月", "2028-01-31 09:00"),
        (datetime(2027, 12, 31, 12, tzinfo=UTC), "29 feb", "2028-02-29 09:00"),
    ],
)
def test_month_that_is_shorter_ends_on_its_last_day(today, text, meaning):
    assert read(text, today) == meaning


def test_figures_with_a_slash_are_in_the_order_of_the_readers_language():
    with translation.override("zh-hans"):
        in_chinese = [read(text) for text in ("1/12", "24/12", "1.12.2026")]

    assert in_chinese == ["2027-01-12 09:00", "2026-12-24 09:00", "2026-12-01 09:00"]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("4", "2026-11-27 16:00"),
        ("1", "2026-11-28 13:00"),
        ("tomorrow 4", "2026-11-28 16:00"),
        ("tomorrow at 3", "2026-11-28 15:00"),
        ("tomorrow at three", "2026-11-28 15:00"),
        ("tomorrow 3:30", "2026-11-28 15:30"),
        ("monday 3", "2026-11-30 15:00"),
        ("thu 3 dec 4", "2026-12-03 16:00"),
        ("明天4点", "2026-11-28 16:00"),
        ("明天四点半", "2026-11-28 16:30"),
        ("tomorrow 7", "2026-11-28 07:00"),
        ("tomorrow 8", "2026-11-28 08:00"),
        ("9", "2026-11-27 21:00"),
        ("today 9", "2026-11-27 21:00"),
        ("今天9点", "2026-11-27 21:00"),
        ("tomorrow 04:00", "2026-11-28 04:00"),
        ("tomorrow 04", "2026-11-28 04:00"),
        ("tomorrow 4am", "2026-11-28 04:00"),
        ("tomorrow 4 a.m.", "2026-11-28 04:00"),
        ("3 in the morning", "2026-11-28 03:00"),
        ("monday 3 at night", "2026-11-30 03:00"),
        ("monday 9 at night", "2026-11-30 21:00"),
        ("monday 12 at night", "2026-12-01 00:00"),
        ("明天凌晨四点", "2026-11-28 04:00"),
        ("0:30", "2026-11-28 00:30"),
        ("12am", "2026-11-28 00:00"),
    ],
)
def test_hour_from_one_to_six_is_in_the_afternoon_unless_it_says_otherwise(text, meaning):
    assert read(text) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("tonight", "2026-11-27 18:00"),
        ("tonight 8", "2026-11-27 20:00"),
        ("8 o’clock tonight", "2026-11-27 20:00"),
        ("tonight at 8:30 pm", "2026-11-27 20:30"),
        ("今晚八点", "2026-11-27 20:00"),
        ("this afternoon", "2026-11-27 14:00"),
        ("this evening", "2026-11-27 18:00"),
        ("in the morning", "2026-11-28 09:00"),
        ("tomorrow night", "2026-11-28 18:00"),
        ("monday morning 8", "2026-11-30 08:00"),
        ("monday at 8 in the evening", "2026-11-30 20:00"),
        ("monday at noon", "2026-11-30 12:00"),
        ("midday", "2026-11-28 12:00"),
        ("上午12点", "2026-11-28 12:00"),
    ],
)
def test_part_of_the_day_is_read_before_and_behind_its_hour(text, meaning):
    assert read(text) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("21h", "2026-11-27 21:00"),
        ("21h30", "2026-11-27 21:30"),
        ("7h", "2026-11-28 07:00"),
        ("9h", "2026-11-28 09:00"),
        ("tomorrow 9h30", "2026-11-28 09:30"),
        ("tomorrow 3h", "2026-11-28 15:00"),
        ("6h", "2026-11-27 19:00"),
        ("1h30", "2026-11-27 14:30"),
        ("0h30", "2026-11-27 13:30"),
        ("24h", "2026-11-28 13:00"),
        ("in 1h30", "2026-11-27 14:30"),
        ("in 21h", "2026-11-28 10:00"),
        ("21h later", "2026-11-28 10:00"),
        ("9h 30min", "2026-11-27 22:30"),
        ("8.5h", "2026-11-27 21:30"),
        ("9 hours", "2026-11-27 22:00"),
        ("2 hours and 5 minutes", "2026-11-27 15:05"),
        ("in ten minutes", "2026-11-27 13:10"),
        ("five minutes", "2026-11-27 13:05"),
        ("twenty-five minutes", "2026-11-27 13:25"),
        ("十分钟后", "2026-11-27 13:10"),
        ("一小时三十分钟后", "2026-11-27 14:30"),
    ],
)
def test_h_counts_hours_below_seven_and_says_the_hour_from_seven_on(text, meaning):
    assert read(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "monthly", "mond", "monk", "sunny", "saturdays", "marching 5", "mayor 5", "dec",
        "tomorrow maybe", "tomorrow 9 please", "every monday", "last monday", "yesterday",
        "2 weeks ago", "next year", "大概明天", "每周一",
        "sunday 5 december", "12月5日周日", "monday tomorrow", "monday next month",
        "this tuesday next week",
        "31/2", "13/13", "24.12", "1/2 hour", "1.5 months", "1,5 days", "0 months", "2 days 30",
        "9.", "8:", "14am", "morning 8pm", "早上14点", "friday night 2", "monday 5 at night",
    ],
)  # fmt: skip
def test_word_that_is_not_understood_means_refusal(text):
    assert code_of(text) == ("unreadable", "when")


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
