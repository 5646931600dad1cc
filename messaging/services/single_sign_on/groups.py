"""What the groups of a person at the provider allow here (OIDC_GROUPS)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from messaging.policy import GIVEN, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Groups of one person that are looked at.
MOST_GROUPS: Final = 10_000


@dataclass(frozen=True)
class Grant:
    """What somebody may do.

    Attributes:
        is_administrator: everything.
        everywhere: the role on all numbers, "" for none.
        numbers: the role on each of our DID numbers, as the settings write them.
    """

    is_administrator: bool = False
    everywhere: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)


def is_mapped() -> bool:
    """Tell whether groups decide what people may do."""
    return bool(settings.OIDC_GROUPS)


def grant_of(claims: Mapping[str, Any]) -> Grant | None:
    """Return what somebody's groups allow together; None for no group that we know.

    Of several roles on a number the highest counts.
    """
    said = claims.get(settings.OIDC_GROUP_CLAIM, [])
    groups = {str(each) for each in (said if isinstance(said, list) else [said])[:MOST_GROUPS]}
    granted = [(role, numbers) for group, role, numbers in settings.OIDC_GROUPS if group in groups]
    if not granted:
        return None
    on_numbers: dict[str, str] = {}
    everywhere = ""
    for role, numbers in granted:
        if role == Role.ADMINISTRATOR:
            continue
        if not numbers:
            everywhere = _higher(everywhere, role)
        for number in numbers:
            on_numbers[number] = _higher(on_numbers.get(number, ""), role)
    is_administrator = any(role == Role.ADMINISTRATOR for role, _numbers in granted)
    return Grant(is_administrator=is_administrator, everywhere=everywhere, numbers=on_numbers)


def _higher(one: str, other: str) -> str:
    """Return the role that allows more; "" allows nothing."""
    ranks = {role.value: rank for rank, role in enumerate(GIVEN)}
    return min(one, other, key=lambda role: ranks.get(role, len(ranks)))
