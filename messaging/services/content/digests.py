"""Compare texts when one of them was hidden and only a keyed digest of it is left.

The key is derived from SECRET_KEY. A digest names its key: what was hidden under a key that is in
neither SECRET_KEY nor SECRET_KEY_FALLBACKS any more can no longer be compared, and says so.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings

from messaging.sms_text import comparison_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messaging.models import Message
    from messaging.nxcloud.push import PushFields

SALT: Final = b"messaging.hidden texts"
NAME_LENGTH: Final = 8
#: An inbound message without a provider id is recognized by this, once its text was hidden.
HIDDEN_IDENTITY: Final = "hmac:"


@dataclass(frozen=True)
class Wording:
    """A text as it is compared.

    Attributes:
        form: its normalized form; None when the text was hidden.
        digest: stands for a hidden text; "" when nothing is known of it.
    """

    form: str | None
    digest: str = ""


def wording_of(message: Message) -> Wording:
    """Return what a message said, hidden or not."""
    if message.redacted_at is None:
        return Wording(comparison_form(message.content))
    return Wording(None, message.text_digest or "")


def wording_in(fields: PushFields) -> Wording:
    """Return what a push says, hidden or not."""
    if fields.text_digest:
        return Wording(None, fields.text_digest)
    return Wording(comparison_form(fields.content))


def is_same(one: Wording, other: Wording) -> bool | None:
    """Tell whether two texts are the same; None when that can no longer be known."""
    if one.form is not None and other.form is not None:
        return one.form == other.form
    if one.form is not None:
        return _fits(other.digest, one.form)
    if other.form is not None:
        return _fits(one.digest, other.form)
    have_one_key = _key_of(one.digest) != "" and _key_of(one.digest) == _key_of(other.digest)
    return one.digest == other.digest if have_one_key else None


def digest_of(text: str) -> str:
    """Return the digest that is kept in place of a text, under the present SECRET_KEY."""
    name, key = next(_keys())
    return f"{name}:{_mac(key, comparison_form(text))}"


def hidden_identity(dedup_key: str) -> str:
    """Return what an inbound message without a provider id is recognized by once it is hidden.

    Args:
        dedup_key: the digest of its numbers, text and time, which anybody could guess at.
    """
    name, key = next(_keys())
    return f"{HIDDEN_IDENTITY}{name}:{_mac(key, dedup_key)}"


def hidden_identities(dedup_key: str) -> list[str]:
    """Return the same under every key that is still known."""
    return [f"{HIDDEN_IDENTITY}{name}:{_mac(key, dedup_key)}" for name, key in _keys()]


def _fits(digest: str, form: str) -> bool | None:
    key = dict(_keys()).get(_key_of(digest))
    if key is None:
        return None
    return hmac.compare_digest(digest.rpartition(":")[2], _mac(key, form))


def _key_of(digest: str) -> str:
    return digest.rpartition(":")[0]


def _keys() -> Iterator[tuple[str, bytes]]:
    """Return the keys by name, the present one first."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        key = hmac.digest(secret.encode(), SALT, "sha256")
        yield hmac.digest(key, b"name", "sha256").hex()[:NAME_LENGTH], key


def _mac(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()
