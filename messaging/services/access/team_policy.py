"""What everyone on the team may do, as administrators decided."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import User
from django.db.models import BooleanField, Exists, Subquery, Value
from django.db.models.functions import Coalesce

from messaging.models import Membership, TeamSettings, rights_of
from messaging.models.team_settings import ONLY
from messaging.policy import GIVEN, IF_TEAM_ALLOWS, Action, Role

_CREATE: Final = Action.CREATE_SHARED


def team_settings() -> TeamSettings:
    """Return the settings of the team, the defaults where nobody has saved any."""
    return TeamSettings.objects.filter(pk=ONLY).first() or TeamSettings(pk=ONLY)


def may_create_labels(user: User) -> bool:
    """Tell whether a user may create labels."""
    return _may_create(user, setting="staff_create_labels")


def may_create_replies(user: User) -> bool:
    """Tell whether a user may create saved replies, and edit those that are theirs or shared."""
    return _may_create(user, setting="staff_create_replies")


def _may_create(user: User, *, setting: str) -> bool:
    """Tell whether a role of somebody, on any number, lets them create what all then use."""
    rights = rights_of(user)
    if rights.is_administrator:
        return True
    roles, is_open_to_all = _asked(user, setting=setting)
    if rights.everywhere:
        roles.add(rights.everywhere)
    # Somebody who waits for a first number may prepare their own replies.
    able = (roles or {Role.AGENT}) & rights.roles_allowing(_CREATE)
    return any(is_open_to_all or (_CREATE, role) not in IF_TEAM_ALLOWS for role in able)


def _asked(user: User, *, setting: str) -> tuple[set[Role], bool]:
    """Return somebody's roles on numbers and one of the team's settings, in one query."""
    own = Membership.objects.filter(user_id=user.pk)
    default = getattr(TeamSettings(), setting)
    found = User.objects.filter(pk=user.pk).values_list(
        Coalesce(
            Subquery(TeamSettings.objects.filter(pk=ONLY).values(setting)),
            Value(default),
            output_field=BooleanField(),
        ),
        *(Exists(own.filter(role=role)) for role in GIVEN),
    )
    is_open_to_all, *has = found[0]
    return {role for role, is_theirs in zip(GIVEN, has, strict=True) if is_theirs}, is_open_to_all
