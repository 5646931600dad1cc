"""Seal what the database keeps but a copy of it must not give away; digest what is only compared.

The keys are derived from SECRET_KEY and, for what was sealed before it was changed, from each of
SECRET_KEY_FALLBACKS.
"""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Final

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

SEALS: Final = b"messaging.sealed"
DIGESTS: Final = b"messaging.digest of a code"


def seal(text: str) -> str:
    """Return a text that only a process with our SECRET_KEY can read again."""
    return next(_seals()).encrypt(text.encode()).decode()


def unseal(sealed: str) -> tuple[str, bool] | None:
    """Return a sealed text, and whether it was sealed with the present SECRET_KEY.

    Returns:
        None when it was changed, or sealed with a key that is not known any more.
    """
    for number, key in enumerate(_seals()):
        try:
            return key.decrypt(sealed.encode("utf-8", "replace")).decode(), number == 0
        except InvalidToken:
            continue
    return None


def digests_of(code: str, *, owner: int) -> list[str]:
    """Return the digests of somebody's code under each key, that of the present one first."""
    said = f"{owner}:{code}".encode("utf-8", "surrogatepass")
    return [hmac.digest(key, said, "sha256").hex() for key in _keys(DIGESTS)]


def _seals() -> Iterator[Fernet]:
    return (Fernet(base64.urlsafe_b64encode(key)) for key in _keys(SEALS))


def _keys(purpose: bytes) -> Iterator[bytes]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield hmac.digest(secret.encode(), purpose, "sha256")
