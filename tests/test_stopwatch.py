"""How much time has passed is known after a suspension too."""

import time

import pytest

from messaging import stopwatch
from messaging.stopwatch import Stopwatch


class Clocks:
    """The two clocks, moved by hand."""

    def __init__(self, monkeypatch):
        self.steady = 1000.0
        self.wall = 1_700_000_000.0
        monkeypatch.setattr(stopwatch, "steady_seconds", lambda: self.steady)
        monkeypatch.setattr(stopwatch.time, "time", lambda: self.wall)


@pytest.mark.parametrize(
    ("steady", "wall", "passed"),
    [
        pytest.param(3.0, 3.0, 3.0, id="an ordinary time"),
        pytest.param(3.0, 3600.0, 3600.0, id="a machine that was paused from outside"),
        pytest.param(3.0, -3600.0, 3.0, id="a wall clock that was set back"),
        pytest.param(90.0, 2.0, 90.0, id="a wall clock that is not right yet"),
    ],
)
def test_the_clock_that_is_further_on_is_believed(monkeypatch, steady, wall, passed):
    clocks = Clocks(monkeypatch)
    watch = Stopwatch()

    clocks.steady += steady
    clocks.wall += wall

    assert watch.seconds() == passed


def test_the_steady_clock_counts_the_time_of_a_suspension_where_the_system_has_such_a_clock():
    if not hasattr(time, "CLOCK_BOOTTIME"):
        pytest.skip("only Linux has it")
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    now = stopwatch.steady_seconds()
    assert before <= now <= time.clock_gettime(time.CLOCK_BOOTTIME)
