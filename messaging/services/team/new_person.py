"""Make an account with a role, as an administrator does at the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import AuditEntry, DidNumber, Membership, StaffAccess
from messaging.phone_numbers import lookup_keys
from messaging.policy import Role
from messaging.services.audit.record import record
from messaging.services.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence


def create_person(
    *,
    name: str,
    email: str,
    role: Role,
    numbers: Sequence[str] = (),
    is_everywhere: bool = False,
    is_service_account: bool = False,
    password: str | None = None,
) -> User:
    """Make an account.

    Args:
        name: the user name, which nobody has.
        email: an address, or "".
        role: an administrator sees every number and needs none.
        numbers: DID numbers in any spelling on which the role holds.
        is_everywhere: the role holds on all numbers.
        is_service_account: it is for a program, which calls the API with keys and signs in nowhere.
        password: None for one that they choose with a link.

    Raises:
        InvalidInput: one of these cannot be used; nothing is made.
    """
    user = User(username=name, email=email, is_staff=role is Role.ADMINISTRATOR)
    _check(user, password=password)
    dids = [_number(text) for text in numbers]
    user.set_password(password)
    with transaction.atomic():
        user.save()
        record(
            "created",
            actor=None,
            about=user,
            changes={"role": role.value, "numbers": [did.number for did in dids]},
            via=AuditEntry.Via.COMMAND,
        )
        if is_service_account or (is_everywhere and role is not Role.ADMINISTRATOR):
            StaffAccess.objects.create(
                user=user,
                everywhere=role if is_everywhere and role is not Role.ADMINISTRATOR else "",
                is_service_account=is_service_account,
            )
        if role is Role.ADMINISTRATOR:
            return user
        Membership.objects.bulk_create(
            [Membership(didnumber=did, user=user, role=role) for did in dict.fromkeys(dids)]
        )
    return user


def _check(user: User, *, password: str | None) -> None:
    try:
        user.full_clean(exclude=["password"])
        if user.email:
            validate_email(user.email)
        if password is not None:
            validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="name") from error


def _number(text: str) -> DidNumber:
    found = DidNumber.objects.filter(number__in=lookup_keys(text)).first()
    if found is None:
        raise InvalidInput(_("There is no number %(number)s.") % {"number": text}, field="numbers")
    return found
