"""Times to pick with one click."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from messaging.services.times.presets import presets

MADRID = ZoneInfo("Europe/Madrid")
#: A Sunday, 17:20 in Madrid.
NOW = datetime(2026, 11, 22, 16, 20, tzinfo=UTC)


def test_presets_are_in_the_future_and_each_once():
    offered = presets(at=NOW, zone=MADRID)

    moments = [preset.at for preset in offered]
    assert all(moment > NOW for moment in moments)
    assert len(moments) == len(set(moments))
    assert [preset.when for preset in offered][:2] == ["in 1 hour", "in 3 hours"]


@pytest.mark.parametrize(
    ("hours", "is_offered"),
    [
        pytest.param(-4, True, id="at noon"),
        pytest.param(0, False, id="forty minutes before it"),
        pytest.param(2, False, id="when it has begun"),
    ],
)
def test_tonight_is_offered_until_an_hour_before_it(hours, is_offered):
    offered = presets(at=NOW + timedelta(hours=hours), zone=MADRID)

    assert ("Tonight" in [preset.label for preset in offered]) is is_offered


def test_presets_say_when_they_are_without_naming_the_day_twice():
    friday = NOW - timedelta(days=2)

    in_english = [(preset.label, preset.hint) for preset in presets(at=friday, zone=MADRID)]
    with translation.override("zh-hans"):
        in_chinese = [(preset.label, preset.hint) for preset in presets(at=friday, zone=MADRID)]

    assert in_english == [
        ("In 1 hour", "18:20"),
        ("In 3 hours", "20:20"),
        ("Tomorrow morning", "Sat 09:00"),
        ("Tomorrow afternoon", "Sat 14:00"),
        ("Monday morning", "23 Nov 09:00"),
        ("In a week", "27 Nov 17:20"),
    ]
    assert in_chinese == [
        ("1 小时后", "18:20"),
        ("3 小时后", "20:20"),
        ("明天早上", "周六 09:00"),
        ("明天下午", "周六 14:00"),
        ("周一早上", "11月23日 09:00"),
        ("一周后", "11月27日 17:20"),
    ]
