"""Give a person the role and the numbers that their groups at the provider allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q

from messaging.models import DidNumber, Membership, StaffAccess, access_of
from messaging.phone_numbers import lookup_keys
from messaging.services.access.local_sign_in import is_break_glass
from messaging.services.audit.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User

    from .groups import Grant


def apply_grant(user: User, grant: Grant) -> bool:
    """Make somebody's rights what a grant says: no more, and no less.

    Superusers and break-glass accounts keep theirs, and the last administrator stays one: a wrong
    group must not shut everybody out.

    Returns:
        Whether anything changed.
    """
    if user.is_superuser or is_break_glass(user):
        return False
    with transaction.atomic():
        before = _said(user)
        wanted = _by_number(grant.numbers)
        is_administrator = grant.is_administrator or _is_last_administrator(user)
        if user.is_staff != is_administrator:
            user.is_staff = is_administrator
            user.save(update_fields=["is_staff"])
        access = access_of(user)
        if access.everywhere != grant.everywhere:
            StaffAccess.objects.update_or_create(
                user=user, defaults={"everywhere": grant.everywhere}
            )
        _write_memberships(user, wanted)
        user = type(user).objects.get(pk=user.pk)
        after = _said(user)
        if before != after:
            changes = {name: [before[name], after[name]] for name in after}
            record("sign_on_rights", actor=user, about=user, changes=changes)
    return before != after


def _is_last_administrator(user: User) -> bool:
    """Tell whether nobody else could administrate."""
    if not user.is_staff:
        return False
    others = type(user).objects.filter(Q(is_staff=True) | Q(is_superuser=True), is_active=True)
    others = others.exclude(staff_access__is_service_account=True)
    return not others.exclude(pk=user.pk).exclude(staff_access__suspended_at__isnull=False).exists()


def _said(user: User) -> dict[str, Any]:
    rows = Membership.objects.filter(user=user).order_by("didnumber__number")
    return {
        "is_staff": user.is_staff,
        "everywhere": access_of(user).everywhere,
        "numbers": dict(rows.values_list("didnumber__number", "role")),
    }


def _by_number(roles: Mapping[str, str]) -> dict[int, str]:
    """Return the role on each of our numbers, by its key; what is no number of ours is left out."""
    found: dict[int, str] = {}
    for text, role in roles.items():
        number = DidNumber.objects.filter(number__in=lookup_keys(text)).first()
        if number is not None:
            found[number.pk] = role
    return found


def _write_memberships(user: User, wanted: Mapping[int, str]) -> None:
    present = {each.didnumber_id: each for each in Membership.objects.filter(user=user)}
    gone = [each.pk for key, each in present.items() if key not in wanted]
    Membership.objects.filter(pk__in=gone).delete()
    for key, role in wanted.items():
        if key not in present:
            Membership.objects.create(user=user, didnumber_id=key, role=role)
        elif present[key].role != role:
            Membership.objects.filter(pk=present[key].pk).update(role=role)
