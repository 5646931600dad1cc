"""Recovery codes: ten, shown once, each of which signs in once without the phone."""

from __future__ import annotations

import secrets
import unicodedata
from typing import TYPE_CHECKING, Final

from django.db import transaction

from messaging.models import RecoveryCode

from .account_news import tell_of_change
from .sealed import digests_of
from .second_factor import locked_factor

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

COUNT: Final = 10
#: Without those that are taken for one another; half of a code: 50 bits in all.
LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
HALF: Final = 5


def make_codes(*, user: User, address: str) -> list[str]:
    """Replace somebody's codes; return the new ones, which are readable only now."""
    codes = [f"{_letters()}-{_letters()}" for _ in range(COUNT)]
    with transaction.atomic():
        locked_factor(user)
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(user=user, digest=digests_of(_plain(code), owner=user.pk)[0])
            for code in codes
        )
        tell_of_change("recovery_codes_made", user=user, address=address)
    return codes


def take_recovery_code(*, user: User, code: str, at: datetime) -> bool:
    """Take a code, once: of two requests with the same one, one is let in."""
    plain = _plain(code)
    if len(plain) != 2 * HALF:
        return False
    digests = digests_of(plain, owner=user.pk)
    unused = RecoveryCode.objects.filter(user=user, digest__in=digests, used_at__isnull=True)
    return bool(unused.update(used_at=at))


def codes_left(*, user: User) -> int:
    """Return how many codes somebody has not used."""
    return RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()


def _letters() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(HALF))


def _plain(code: str) -> str:
    text = unicodedata.normalize("NFKC", code[:40]).casefold()
    return "".join(letter for letter in text if letter.isalnum())
