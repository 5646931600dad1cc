"""Quarter-hours since 1970 in UTC, and where the days and hours of a zone begin among them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

QUARTER_SECONDS: Final = 900


def quarter_of(at: datetime) -> int:
    """Return the quarter-hour of a moment."""
    return int(at.timestamp()) // QUARTER_SECONDS


def moment_of(quarter: int) -> datetime:
    """Return when a quarter-hour begins, aware UTC."""
    return datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC)


@lru_cache(maxsize=8192)
def start_of_day(day: date, zone: str) -> int:
    """Return the quarter-hour in which a day begins, whether or not its midnight exists."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    if midnight.astimezone(UTC).astimezone(ZoneInfo(zone)).date() < day:
        midnight = midnight.replace(fold=1)  # The clock was put back at midnight.
    return quarter_of(midnight)


@lru_cache(maxsize=65536)
def day_of(quarter: int, zone: str) -> date:
    """Return the day to which a quarter-hour belongs."""
    return moment_of(quarter).astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=65536)
def hour_of(quarter: int, zone: str) -> int:
    """Return the hour (0 to 23) to which a quarter-hour belongs."""
    return moment_of(quarter).astimezone(ZoneInfo(zone)).hour


@lru_cache(maxsize=65536)
def start_of_hour(quarter: int, zone: str) -> int:
    """Return the quarter-hour in which the hour of another one begins."""
    local = moment_of(quarter).astimezone(ZoneInfo(zone))
    return quarter - local.minute // 15


def days(first: date, last: date) -> list[date]:
    """Return the days from one to another, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
