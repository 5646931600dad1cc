"""What everyone on the team may do, as administrators decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging.models import TeamSettings, is_administrator
from messaging.models.team_settings import ONLY

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def team_settings() -> TeamSettings:
    """Return the settings of the team, the defaults where nobody has saved any."""
    return TeamSettings.objects.filter(pk=ONLY).first() or TeamSettings(pk=ONLY)


def may_create_labels(user: User) -> bool:
    """Tell whether a user may create labels."""
    return is_administrator(user) or team_settings().staff_create_labels


def may_create_replies(user: User) -> bool:
    """Tell whether a user may create saved replies, and edit those that are theirs or shared."""
    return is_administrator(user) or team_settings().staff_create_replies
