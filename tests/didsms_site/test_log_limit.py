"""What somebody outside can write into the log is short and bounded."""

import logging
import sys

import pytest

from didsms_site import log_limit
from didsms_site.log_limit import LONGEST_LINE, MOST_LINES, OutsideFilter
from didsms_site.logs import logging_settings


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(log_limit, "time", clock)
    return clock


def record(
    message: str, *arguments: object, name: str = "django.security.DisallowedHost", level: int = 40
) -> logging.LogRecord:
    try:
        raise ValueError("with a trace")
    except ValueError:
        trace = sys.exc_info()
    return logging.LogRecord(name, level, __file__, 1, message, arguments, trace)


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("django.security", logging.WARNING),
        ("django.security.csrf", logging.WARNING),
        ("django.security.DisallowedHost", logging.ERROR),
        ("django.request", logging.WARNING),
        ("gunicorn.error", logging.WARNING),
    ],
)
def test_a_line_about_what_somebody_sent_has_no_trace_and_an_end(name, level):
    line = record("Invalid HTTP_HOST: %s", "x" * 8000 + "\n\x1b[31m", name=name, level=level)

    assert OutsideFilter().filter(line)

    assert line.getMessage() == ("Invalid HTTP_HOST: " + "x" * 8000)[:LONGEST_LINE] + "…"
    assert line.exc_info is None


def test_what_could_move_the_cursor_or_begin_a_line_is_not_written():
    line = record("Not Found: %s", "/a\n\x1b[31mb", name="django.request", level=logging.WARNING)

    OutsideFilter().filter(line)

    assert line.getMessage() == "Not Found: /a  [31mb"


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("django.request", logging.ERROR),
        ("messaging.services.operations.worker", logging.ERROR),
        ("gunicorn.error", logging.ERROR),
        ("didsms.security", logging.WARNING),
        ("django.securitycheck", logging.ERROR),
    ],
)
def test_mistakes_of_ours_keep_their_trace_and_are_all_written(name, level):
    lines = [record("x" * 8000, name=name, level=level) for _turn in range(MOST_LINES + 5)]
    outside = OutsideFilter()

    assert [outside.filter(line) for line in lines] == [True] * len(lines)
    assert lines[0].exc_info is not None
    assert lines[0].getMessage() == "x" * 8000


def test_so_many_lines_a_minute_are_written_and_then_their_number(clock):
    outside = OutsideFilter()

    written = [outside.filter(record("bad host")) for _turn in range(MOST_LINES + 7)]
    other = record("Not Found: /", name="django.request", level=logging.WARNING)

    assert sum(written) == MOST_LINES
    assert outside.filter(other)
    clock.now += log_limit.WINDOW_SECONDS
    following = record("bad host")
    assert outside.filter(following)
    assert following.getMessage() == "bad host (7 more lines of django.security were left out)"
    assert outside.filter(last := record("bad host"))
    assert last.getMessage() == "bad host"


def test_the_log_uses_it():
    assert logging_settings()["handlers"]["stderr"]["filters"] == ["from_outside"]
