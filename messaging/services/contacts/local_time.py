"""A contact's local time, as far as the phone number tells, and whether it is night there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from messaging.phone_numbers import region, time_zones
from messaging.services.dialing.regions import country_name, shared_zones
from messaging.services.times.date_styles import write_date

if TYPE_CHECKING:
    from datetime import datetime

    from messaging.models import Contact

#: Hours in which a text wakes people.
NIGHT_BEGINS: Final = 21
NIGHT_ENDS: Final = 8

Night = Literal["", "maybe", "certain"]


@dataclass(frozen=True)
class Location:
    """What a number tells of its owner's place.

    Attributes:
        region: two letters, "" when unknown.
        zones: the time zones in which the owner may live; none when unknown.
    """

    region: str = ""
    zones: tuple[ZoneInfo, ...] = ()

    @property
    def country(self) -> str:
        """The country's name in the reader's language, "" when unknown."""
        return country_name(self.region)

    def local_times(self, at: datetime) -> list[datetime]:
        """Return an instant on the clocks of the zones, the earliest first, equal ones once."""
        clocks = {moment.replace(tzinfo=None): moment for moment in map(at.astimezone, self.zones)}
        return [clocks[face] for face in sorted(clocks)]

    def clock(self, at: datetime) -> str:
        """Return the hour there: "08:10", "08:10–11:10" in several zones, "" when unknown."""
        faces = [write_date(moment, "H:i") for moment in self.local_times(at)]
        return "–".join(faces if len(faces) < 2 else (faces[0], faces[-1]))

    def night(self, at: datetime) -> Night:
        """Tell whether people there sleep at an instant: certainly, maybe (in a part), or not."""
        sleeps = [not NIGHT_ENDS <= moment.hour < NIGHT_BEGINS for moment in self.local_times(at)]
        if not any(sleeps):
            return ""
        return "certain" if all(sleeps) else "maybe"


def location_of(*, contact: Contact) -> Location:
    """Return where a contact's number belongs."""
    return _of_number(contact.phone_key)


@lru_cache(maxsize=4096)
def _of_number(digits: str) -> Location:
    code = region(digits)
    if not code:
        return Location()
    shared = shared_zones().get(code)
    names = (shared,) if shared else _zones_within(code, time_zones(digits))
    return Location(region=code, zones=_found(names))


def _zones_within(code: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out the zones of other countries and territories that share the country code."""
    elsewhere = {zone for other, zone in shared_zones().items() if other != code}
    return tuple(name for name in names if name not in elsewhere)


def _found(names: tuple[str, ...]) -> tuple[ZoneInfo, ...]:
    zones = []
    for name in names:
        try:
            zones.append(ZoneInfo(name))
        except ZoneInfoNotFoundError:
            continue
    return tuple(zones)
