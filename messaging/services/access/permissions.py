"""Ask the policy about one number: what a person may do there, and refuse the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from messaging.models import DidNumber, Membership, rights_of
from messaging.policy import Action, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

    Person = AbstractBaseUser | AnonymousUser


class OfNumber(Protocol):
    """A row that belongs to a DID number: a conversation or a message."""

    did_number_id: int


def role_on(row: OfNumber | DidNumber, *, user: Person) -> str | None:
    """Return a person's role as member of a row's number, None for none.

    A row of `with_role_of(user)` brings it along; for another one the database is asked.
    """
    if hasattr(row, "reader_role"):
        role: str | None = row.reader_role
        return role
    number_id = row.pk if isinstance(row, DidNumber) else row.did_number_id
    members = Membership.objects.filter(didnumber_id=number_id, user_id=user.pk or 0)
    return members.values_list("role", flat=True).first()


def actions_on(row: OfNumber, *, user: Person) -> frozenset[Action]:
    """Return what a person may do on a row's number; the row is one that they see."""
    rights = rights_of(user)
    everywhere = frozenset(action for action in Action if rights.allows_everywhere(action))
    is_above = rights.is_administrator or rights.everywhere is Role.SUPERVISOR
    if is_above and rights.numbers is None:
        return everywhere
    role, number_id = role_on(row, user=user), row.did_number_id
    return everywhere | {
        action for action in Action if rights.allows(action, role=role, number_id=number_id)
    }


def check_may(action: Action, row: OfNumber, *, user: Person) -> None:
    """Refuse what a person may not do with a row that they see.

    Raises:
        PermissionDenied: they may not.
    """
    rights = rights_of(user)
    if rights.allows_everywhere(action):
        return
    role = role_on(row, user=user)
    if not rights.allows(action, role=role, number_id=row.did_number_id):
        raise PermissionDenied(refusal())


def may_somewhere(action: Action, *, user: Person) -> bool:
    """Tell whether a person may do something on at least one number."""
    rights = rights_of(user)
    if rights.allows_everywhere(action):
        return True
    return DidNumber.objects.allowing(user, action).order_by().exists()


def refusal() -> str:
    """Say that a role does not reach so far."""
    return _("Your role on this number doesn’t allow this.")
