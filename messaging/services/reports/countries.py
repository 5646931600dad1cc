"""The country of a contact, cheaply: most calling codes belong to one country alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from messaging.phone_numbers import home_region

#: Shorter ones are short codes, which have no country of their own.
SHORTEST_NUMBER: Final = 7


@lru_cache(maxsize=16384)
def country_of(phone_key: str) -> str:
    """Return the two letters of a number's country, "" for a short code or a name.

    Args:
        phone_key: as `phone_numbers.address_key` gives it.
    """
    if len(phone_key) < SHORTEST_NUMBER or not (phone_key.isascii() and phone_key.isdigit()):
        return ""
    for length in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(phone_key[:length]), ())
        if len(regions) == 1 and regions[0].isalpha():
            return regions[0]
        if regions:
            break
    return home_region(phone_key)
