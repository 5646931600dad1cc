"""API keys: made once, shown once, revoked for good.

Of a key its digest is kept. A slow or salted hash would protect what people choose; a key is 256
random bits, which nobody finds by trying, so SHA-256 is enough and costs a call nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import ApiKey, DidNumber, is_administrator
from messaging.models.api_key import ALL_NUMBERS, LONGEST_KEY_NAME
from messaging.phone_numbers import lookup_keys
from messaging.services.audit.record import record, storable
from messaging.services.errors import InvalidInput, MessagingError

from .scopes import Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import AuditEntry
    from messaging.models.api_key import ApiKeyQuerySet

BEGINNING: Final = "didsms_"
#: Characters of a key that are kept and shown; what is left is far from being guessed.
PREFIX_LENGTH: Final = len(BEGINNING) + 8
SECRET_BYTES: Final = 32
#: Keys of one owner that can be used at the same time.
MOST_KEYS: Final = 100
_KEY: Final = re.compile(r"didsms_[0-9a-f]{64}\Z")


class TooManyKeys(MessagingError):
    """The owner has as many keys as anybody may have."""

    code = "too_many_keys"


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key as somebody wants it.

    Attributes:
        name: what its owner calls it.
        scopes: what it is for; at least one.
        numbers: our DID numbers in any spelling; None or none at all for all of its owner.
        expires_at: when it ends, aware; None for never.
        requests_per_minute: None for the usual limit, 0 for none.
    """

    name: str
    scopes: Collection[str]
    numbers: Sequence[str] | None = None
    expires_at: datetime | None = None
    requests_per_minute: int | None = None


def is_key(text: str) -> bool:
    """Tell whether a text has the form of a key."""
    return _KEY.match(text) is not None


def digest_of(key: str) -> str:
    """Return what is kept of a key instead of it."""
    return hashlib.sha256(key.encode()).hexdigest()


def create_key(
    new: NewKey,
    *,
    owner: User,
    by: User | None,
    at: datetime,
    made_with: ApiKey | None = None,
    via: AuditEntry.Via | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; it is in the answer of this call and nowhere else.

    Args:
        new: how it is wanted.
        owner: whose rights it has a part of.
        by: who makes it; None for the command line.
        at: now, aware UTC.
        made_with: the key with which its maker calls; the new one reaches no further.
        via: how its maker came, if neither the request nor the maker says it.

    Returns:
        The row, and the key itself.

    Raises:
        InvalidInput: a field cannot be used.
        TooManyKeys: the owner has too many already.
    """
    name = storable(new.name).strip()
    if not name:
        raise InvalidInput(_("Enter a name."), field="name")
    if len(name) > LONGEST_KEY_NAME:
        raise InvalidInput(_("This name is too long."), field="name")
    scopes = _scopes(new.scopes, made_with=made_with)
    numbers = _numbers(new.numbers, owner=owner, made_with=made_with)
    _check_end(new.expires_at, at=at, made_with=made_with)
    if ApiKey.objects.usable(at=at).filter(user=owner).count() >= MOST_KEYS:
        raise TooManyKeys(_("Revoke a key first: %(most)d can be in use.") % {"most": MOST_KEYS})
    key = BEGINNING + secrets.token_hex(SECRET_BYTES)
    row = ApiKey(
        user=owner,
        name=name,
        prefix=key[:PREFIX_LENGTH],
        digest=digest_of(key),
        scopes=",".join(scopes),
        numbers=ALL_NUMBERS if numbers is None else ",".join(str(one.pk) for one in numbers),
        requests_per_minute=_limit(new.requests_per_minute, made_with=made_with),
        created_at=at,
        expires_at=new.expires_at,
    )
    with transaction.atomic():
        row.save(force_insert=True)
        record(
            "key_created",
            actor=by,
            about=row,
            changes={
                "owner": owner.get_username(),
                "scopes": scopes,
                "numbers": ALL_NUMBERS if numbers is None else [one.number for one in numbers],
                "expires_at": str(new.expires_at or ""),
            },
            at=at,
            via=via,
        )
    return row, key


def revoke_key(*, key: ApiKey, by: User, at: datetime) -> None:
    """End a key for good; once more changes nothing."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
            record(
                "key_revoked",
                actor=by,
                about=key,
                changes={"owner": key.user.get_username()},
                at=at,
            )


def keys_seen_by(user: User) -> ApiKeyQuerySet:
    """Return the keys that somebody may see and revoke: one's own; administrators all.

    Those of superusers are for superusers.
    """
    keys = ApiKey.objects.select_related("user")
    if not is_administrator(user):
        return keys.filter(user=user)
    return keys if user.is_superuser else keys.exclude(user__is_superuser=True)


def _scopes(given: Collection[str], *, made_with: ApiKey | None) -> list[str]:
    """Return the scopes in their usual order, each once."""
    unknown = sorted(set(given) - set(Scope))
    if unknown:
        raise InvalidInput(
            _("%(scope)s isn’t a scope. Use some of: %(all)s.")
            % {"scope": storable(unknown[0])[:40], "all": ", ".join(Scope)},
            field="scopes",
        )
    if not given:
        raise InvalidInput(_("Choose at least one scope."), field="scopes")
    if made_with is not None and (beyond := sorted(set(given) - set(made_with.scope_words))):
        raise InvalidInput(
            _("The key that you use doesn’t have %(scope)s.") % {"scope": beyond[0]},
            field="scopes",
        )
    return [scope.value for scope in Scope if scope.value in given]


def _numbers(
    given: Sequence[str] | None, *, owner: User, made_with: ApiKey | None
) -> list[DidNumber] | None:
    """Return the numbers that a key is for; None for all of its owner's."""
    reached = made_with.number_ids if made_with is not None else None
    visible = DidNumber.objects.visible_to(owner)
    if not given:
        if reached is None:
            return None
        return list(DidNumber.objects.filter(pk__in=reached).order_by("pk"))
    if reached is not None:
        visible = visible.filter(pk__in=reached)
    found = []
    for text in given:
        keys = [key for key in lookup_keys(text) if key.isascii() and key.isdigit()]
        number = visible.filter(number__in=keys).first() if keys else None
        if number is None:
            raise InvalidInput(
                _("There is no number %(number)s.") % {"number": storable(text)[:40]},
                field="numbers",
            )
        found.append(number)
    return sorted(set(found), key=lambda number: number.pk)


def _limit(wanted: int | None, *, made_with: ApiKey | None) -> int | None:
    """Return a key's requests per minute: no more than those of the key that makes it."""
    if made_with is None:
        return wanted
    most = _requests(made_with.requests_per_minute)
    is_within = not most or 0 < _requests(wanted) <= most
    return wanted if is_within else made_with.requests_per_minute


def _requests(limit: int | None) -> int:
    """Return a limit in requests per minute, 0 for none."""
    return settings.API_REQUESTS_PER_MINUTE if limit is None else limit


def _check_end(expires_at: datetime | None, *, at: datetime, made_with: ApiKey | None) -> None:
    if expires_at is not None and expires_at <= at:
        raise InvalidInput(_("Choose a time in the future."), field="expires_at")
    last = made_with.expires_at if made_with is not None else None
    if last is not None and (expires_at is None or expires_at > last):
        raise InvalidInput(_("A key can’t outlive the key that creates it."), field="expires_at")
