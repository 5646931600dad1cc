"""Refuse passwords that are little more than a word of the house: the first that anybody tries."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

#: Characters that must be left of a password without these words.
LEAST_LEFT: Final = 8
#: Characters of a part of the host name that counts as a word: "com" and "www" are none.
SHORTEST_PART: Final = 4
_OWN: Final = ("didsms", "nxcloud")


class PasswordWordsValidator:
    """A validator of Django's: looks for PASSWORD_WORDS, the product's and the host's names."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Refuse what has fewer than LEAST_LEFT characters beside these words.

        Raises:
            ValidationError: with the code "password_is_a_word_of_the_house".
        """
        left = _plain(password)
        for word in sorted(words(), key=len, reverse=True):
            left = left.replace(word, "")
        if left != _plain(password) and len(left) < LEAST_LEFT:
            raise ValidationError(
                _("The password is little more than the name of your company or of this site."),
                code="password_is_a_word_of_the_house",
            )

    def get_help_text(self) -> str:
        """Say so before anybody types."""
        return _("Don’t build the password around the name of your company or of this site.")


def words() -> set[str]:
    """Return the words, in lower case."""
    host = urlsplit(settings.PUBLIC_BASE_URL).hostname or ""
    parts = [part for part in host.replace("-", ".").split(".") if len(part) >= SHORTEST_PART]
    return {_plain(word) for word in (*_OWN, *parts, *settings.PASSWORD_WORDS)} - {""}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
