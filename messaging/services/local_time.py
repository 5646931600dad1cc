"""What time it is where a contact lives, as far as the number tells, and whether it is night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from messaging.phone_numbers import region

from .regions import REGIONS

if TYPE_CHECKING:
    from datetime import datetime

    from messaging.models import Contact

#: Hours in which a text wakes people.
NIGHT_BEGINS: Final = 21
NIGHT_ENDS: Final = 8


@dataclass(frozen=True)
class Whereabouts:
    """What a number tells of its owner's place.

    Attributes:
        region: two letters, "" when unknown.
        country: the English name, "" when unknown.
        zone: the time zone, None when the country has several.
    """

    region: str = ""
    country: str = ""
    zone: ZoneInfo | None = None

    def local_time(self, at: datetime) -> datetime | None:
        """Return the local time of an instant, None when the zone is unknown."""
        return at.astimezone(self.zone) if self.zone else None

    def is_night(self, at: datetime) -> bool:
        """Tell whether people there sleep at an instant; False when the zone is unknown."""
        local = self.local_time(at)
        return local is not None and not NIGHT_ENDS <= local.hour < NIGHT_BEGINS


def whereabouts(*, contact: Contact) -> Whereabouts:
    """Return where a contact's number belongs."""
    code = region(contact.phone_key)
    known = REGIONS.get(code)
    if known is None:
        return Whereabouts(region=code)
    try:
        zone = ZoneInfo(known.zone) if known.zone else None
    except ZoneInfoNotFoundError:
        zone = None
    return Whereabouts(region=code, country=known.name, zone=zone)
