"""Know the number of an erased person again: its opt-outs hold, though nobody can tell whose.

Of the number a digest is left, under a key made from SECRET_KEY. Who has the key can try numbers
against it; who has only the database cannot.
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from messaging.models import Contact, ErasedNumber, OptOut

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User

SALT: Final = b"messaging.erased numbers"
NAME_LENGTH: Final = 8


def digests_of(phone_key: str) -> list[str]:
    """Return what a number may be remembered by, the present key's first.

    Args:
        phone_key: a normalized number.
    """
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [_digest(phone_key, *_key(secret)) for secret in secrets]


def remember(*, phone_key: str, contact: Contact, by: User, at: datetime) -> None:
    """Keep the digest of a number that is being erased; must run in that transaction."""
    ErasedNumber.objects.filter(digest__in=digests_of(phone_key)).delete()
    ErasedNumber.objects.create(
        digest=digests_of(phone_key)[0], contact=contact, erased_at=at, erased_by=by
    )


def is_number_of(*, contact: Contact, phone_key: str) -> bool:
    """Tell whether a number is the one that a contact had before it was erased."""
    rows = ErasedNumber.objects.filter(contact=contact)
    return rows.filter(digest__in=digests_of(phone_key)).exists()


def erased_contact_ids(phone_keys: Iterable[str]) -> dict[str, int]:
    """Return, of those numbers that were erased, the ids of the contacts that had them."""
    keys = {digest: key for key in phone_keys if key for digest in digests_of(key)}
    if not keys:
        return {}
    found = ErasedNumber.objects.filter(digest__in=list(keys))
    return {keys[digest]: pk for digest, pk in found.values_list("digest", "contact_id")}


def contact_of(*, phone_key: str, phone: str) -> tuple[Contact, bool]:
    """Return the contact with a number, made when it is new; tell whether it is.

    Must run in a transaction.

    Args:
        phone_key: the normalized number.
        phone: the number as it came.
    """
    contact, is_new = Contact.objects.get_or_create(phone_key=phone_key, defaults={"phone": phone})
    if is_new:
        hold_opt_outs([contact])
    return contact, is_new


def hold_opt_outs(contacts: Iterable[Contact]) -> None:
    """Let contacts that were just made have the opt-outs of their numbers before those were erased.

    A sender who was blocked on all numbers stays blocked. Must run in the transaction in which the
    contacts are made.
    """
    new = {digest: row for row in contacts for digest in digests_of(row.phone_key)}
    if not new:
        return
    for erased in ErasedNumber.objects.filter(digest__in=list(new)).select_related("contact"):
        contact, before = new[erased.digest], erased.contact
        for opt_out in OptOut.objects.in_force().filter(contact=before).order_by("pk"):
            _copy(opt_out, contact=contact)
        if before.blocked_at is not None:
            contact.blocked_at, contact.blocked_by_id = before.blocked_at, before.blocked_by_id
            Contact.objects.filter(pk=contact.pk).update(
                blocked_at=before.blocked_at, blocked_by=before.blocked_by_id
            )


def _copy(opt_out: OptOut, *, contact: Contact) -> None:
    with transaction.atomic():
        copy = OptOut.objects.create(
            contact=contact,
            did_number_id=opt_out.did_number_id,
            created_at=opt_out.created_at,
            created_by_id=opt_out.created_by_id,
        )
        copy.allowed_numbers.set(opt_out.allowed_numbers.all())


@lru_cache(maxsize=8)
def _key(secret: str) -> tuple[str, bytes]:
    """Return a key and its name."""
    key = hmac.digest(secret.encode(), SALT, "sha256")
    return hmac.digest(key, b"name", "sha256").hex()[:NAME_LENGTH], key


def _digest(phone_key: str, name: str, key: bytes) -> str:
    return f"{name}:{hmac.digest(key, phone_key.encode('utf-8', 'surrogatepass'), 'sha256').hex()}"
