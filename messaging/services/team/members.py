"""Who works with a number, and who works with whom."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import User
from django.db.models import CharField, Exists, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext as _

from messaging.db.model_rows import Columns
from messaging.db.prepared import Statement, compiled, fetch
from messaging.models import Conversation, DidNumber, Membership, StaffAccess, rights_of, stand_in
from messaging.policy import TABLE, Action
from messaging.services.errors import InvalidInput

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from messaging.policy import Rights

#: One for each person who has a page open.
STATEMENTS_KEPT: Final = 1024
_PERSON: Final = Columns(
    User, "u", "id", "username", "first_name", "last_name", "is_active", "is_staff", "is_superuser"
)
_NUMBER: Final = Columns(
    DidNumber, "d", "id", "number", "label", "is_active", "budget_mark", "stopped_until"
)
_ADMINISTRATORS: Final = Q(is_staff=True) | Q(is_superuser=True)


def colleagues_of(*, did_number: DidNumber, action: Action = Action.READ) -> list[User]:
    """Return everyone who may do something on a number, by name.

    Args:
        did_number: where.
        action: what their role must allow.
    """
    return list(_by_name(User.objects.filter(_those_who_may(action, did_numbers=[did_number.pk]))))


def colleagues_with(*, user: User, action: Action = Action.REPLY) -> list[User]:
    """Return everyone who may do something on a number that a user sees, by name."""
    own = None
    if not rights_of(user).allows_everywhere(Action.READ):
        own = DidNumber.objects.visible_to(user).order_by().values("pk")
    return list(_by_name(User.objects.filter(_those_who_may(action, did_numbers=own))))


def those_everywhere(action: Action) -> Q:
    """Return the condition that a user's role on all numbers allows something."""
    roles = sorted(TABLE[action])
    everywhere = StaffAccess.objects.filter(everywhere__in=roles).values("user_id")
    return _ADMINISTRATORS | Q(pk__in=everywhere)


def _those_who_may(action: Action, *, did_numbers: Any) -> Q:
    """Return the condition that a user may do something on one of some numbers, None for all."""
    members = Membership.objects.filter(role__in=sorted(TABLE[action]))
    if did_numbers is not None:
        members = members.filter(didnumber_id__in=did_numbers)
    return those_everywhere(action) | Q(pk__in=members.values("user_id"))


def assignees_for(*, user: User) -> list[User]:
    """Return whom a list can be narrowed to: active people, and who left and still has something.

    Args:
        user: who looks; of the others' conversations only those that they see count.
    """
    statement = _find_assignees(user.pk, rights_of(user))
    return [_PERSON.read(line) for line in fetch(statement)]


def numbers_of(*, user: User) -> list[DidNumber]:
    """Return the numbers that a user sees, in no order; of each what a list shows.

    Each has the user's role there as `reader_role`, as `services/access/permissions.py` reads it.
    """
    found = []
    for *line, role in fetch(_find_numbers(user.pk, rights_of(user))):
        number = _NUMBER.read(line)
        number.reader_role = role  # type: ignore[attr-defined]  # read with it
        found.append(number)
    return found


@lru_cache(maxsize=STATEMENTS_KEPT)
def _find_assignees(user_id: int, rights: Rights) -> Statement:
    user = stand_in(user_id, rights)
    theirs = Conversation.objects.visible_to(user).filter(assignee=OuterRef("pk")).order_by()
    people = User.objects.filter(Q(is_active=True) | Exists(theirs))
    ordered = people.order_by("first_name", "last_name", "username")
    return compiled(ordered.values_list(*_PERSON.names))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _find_numbers(user_id: int, rights: Rights) -> Statement:
    user = stand_in(user_id, rights)
    own = Membership.objects.filter(didnumber_id=OuterRef("pk"), user_id=user_id)
    numbers = DidNumber.objects.visible_to(user).order_by()
    role = Value(None, CharField()) if rights.is_administrator else Subquery(own.values("role")[:1])
    return compiled(numbers.annotate(reader_role=role).values_list(*_NUMBER.names, "reader_role"))


def works_with(*, user: User, did_number: DidNumber) -> bool:
    """Tell whether somebody can be given conversations of a number: active, and may reply."""
    if not user.is_active:
        return False
    if user.is_staff or user.is_superuser:
        return True
    able = _those_who_may(Action.REPLY, did_numbers=[did_number.pk])
    return User.objects.filter(able, pk=user.pk).exists()


def check_works_with(*, user: User, did_number: DidNumber) -> None:
    """Refuse to give somebody what they could not see.

    Raises:
        InvalidInput: they do not work with the number.
    """
    if not works_with(user=user, did_number=did_number):
        raise InvalidInput(_("This colleague isn’t a member of this number."), field="assignee")


def _by_name(people: QuerySet[User]) -> QuerySet[User]:
    return people.filter(is_active=True).order_by("first_name", "last_name", "username")
