"""The color of a row's waiting time."""

from datetime import timedelta

import pytest

from messaging.services.inbox.waiting_thresholds import waiting_since
from tests.factories import NOW


@pytest.mark.parametrize(
    ("minutes", "level"),
    [(0, ""), (14, ""), (15, "warn"), (59, "warn"), (60, "bad"), (6000, "bad")],
)
def test_waiting_is_amber_after_15_minutes_and_red_after_an_hour(minutes, level):
    waiting = waiting_since(NOW - timedelta(minutes=minutes), at=NOW)

    assert waiting is not None
    assert waiting.level == level


def test_nothing_waits_where_no_reply_is_due():
    assert waiting_since(None, at=NOW) is None
