"""Who works with a number, and who works with whom."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from messaging.db.model_rows import Columns
from messaging.db.prepared import Statement, compiled, fetch
from messaging.models import Conversation, DidNumber, is_administrator
from messaging.services.errors import InvalidInput

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: One for each person who has a page open.
STATEMENTS_KEPT: Final = 1024
_PERSON: Final = Columns(
    User, "u", "id", "username", "first_name", "last_name", "is_active", "is_staff", "is_superuser"
)
_NUMBER: Final = Columns(
    DidNumber, "d", "id", "number", "label", "is_active", "budget_mark", "stopped_until"
)
_ADMINISTRATORS: Final = Q(is_staff=True) | Q(is_superuser=True)


def colleagues_of(*, did_number: DidNumber) -> list[User]:
    """Return everyone who may see a number: its members and the administrators, by name."""
    through = DidNumber.members.through.objects
    members = through.filter(didnumber=did_number).values("user_id")
    return list(_by_name(User.objects.filter(_ADMINISTRATORS | Q(pk__in=members))))


def colleagues_with(*, user: User) -> list[User]:
    """Return everyone who shares a number with a user, and the administrators, by name.

    An administrator works with every number, and so with everyone.
    """
    if is_administrator(user):
        return list(_by_name(User.objects.all()))
    through = DidNumber.members.through.objects
    own = through.filter(user_id=user.pk).values("didnumber_id")
    members = through.filter(didnumber_id__in=own).values("user_id")
    return list(_by_name(User.objects.filter(_ADMINISTRATORS | Q(pk__in=members))))


def assignees_for(*, user: User) -> list[User]:
    """Return whom a list can be narrowed to: active people, and who left and still has something.

    Args:
        user: who looks; of the others' conversations only those that they see count.
    """
    statement = _find_assignees(user.pk, is_administrator(user), user.is_active)
    return [_PERSON.read(line) for line in fetch(statement)]


def numbers_of(*, user: User) -> list[DidNumber]:
    """Return the numbers that a user works with, in no order; of each what a list shows."""
    statement = _find_numbers(user.pk, is_administrator(user), user.is_active)
    return [_NUMBER.read(line) for line in fetch(statement)]


@lru_cache(maxsize=STATEMENTS_KEPT)
def _find_assignees(user_id: int, is_admin: bool, is_active: bool) -> Statement:
    user = User(pk=user_id, is_staff=is_admin, is_active=is_active)
    theirs = Conversation.objects.visible_to(user).filter(assignee=OuterRef("pk")).order_by()
    people = User.objects.filter(Q(is_active=True) | Exists(theirs))
    ordered = people.order_by("first_name", "last_name", "username")
    return compiled(ordered.values_list(*_PERSON.names))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _find_numbers(user_id: int, is_admin: bool, is_active: bool) -> Statement:
    user = User(pk=user_id, is_staff=is_admin, is_active=is_active)
    return compiled(DidNumber.objects.visible_to(user).order_by().values_list(*_NUMBER.names))


def works_with(*, user: User, did_number: DidNumber) -> bool:
    """Tell whether somebody can be given conversations of a number: active, and sees it."""
    return user.is_active and (
        is_administrator(user) or did_number.members.filter(pk=user.pk).exists()
    )


def check_works_with(*, user: User, did_number: DidNumber) -> None:
    """Refuse to give somebody what they could not see.

    Raises:
        InvalidInput: they do not work with the number.
    """
    if not works_with(user=user, did_number=did_number):
        raise InvalidInput(_("This colleague isn’t a member of this number."), field="assignee")


def _by_name(people: QuerySet[User]) -> QuerySet[User]:
    return people.filter(is_active=True).order_by("first_name", "last_name", "username")
