"""Countries by two letters: their names in the reader's language, and their time zones.

Both are the CLDR's, as Babel has them. Babel takes some 10 MB in a process, so it is read when the
first country is named or looked up.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.utils.translation import get_language, to_locale

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where a country has several zones (Spain with the Canaries) and one holds nearly all its people.
MAIN_ZONES: Final = {
    "AR": "America/Argentina/Buenos_Aires",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Samarkand",
}


def country_name(code: str) -> str:
    """Return a country's name in the active language, "" when the letters mean none."""
    # A code of digits is a part of the world, or the calling codes that belong to no country.
    return _names(get_language() or "en").get(code, "") if code.isalpha() else ""


@lru_cache(maxsize=8)
def _names(language: str) -> Mapping[str, str]:
    from babel import Locale

    return Locale.parse(to_locale(language)).territories


@lru_cache(maxsize=1)
def shared_zones() -> Mapping[str, str]:
    """Return the time zone of each country where people share one; the others are left out."""
    from babel.core import get_global

    alone = {
        code: zones[0]
        for code, zones in get_global("territory_zones").items()
        if len(zones) == 1 and code.isalpha()
    }
    return alone | MAIN_ZONES
