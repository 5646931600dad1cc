"""Make a username that nobody has."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User

#: Words that stand for somebody where conversations are chosen by who answers them.
NOT_FOR_NAMES: Final = frozenset({"me", "none"})
LONGEST_NAME: Final = 150
_NOT_IN_A_NAME: Final = re.compile(r"[^\w.@+-]+")


def free_username(wish: str) -> str:
    """Return a username like a wish that nobody has, "" where there is nothing to make it from.

    Args:
        wish: a name, or a part of an email address.
    """
    name = unicodedata.normalize("NFKC", wish[: 2 * LONGEST_NAME]).casefold()
    name = _NOT_IN_A_NAME.sub(".", name).strip(".")[: LONGEST_NAME - 4]
    taken = {
        *NOT_FOR_NAMES,
        # Nobody gets the name of an emergency account by signing in.
        *(each.casefold() for each in settings.OIDC_BREAK_GLASS),
        *(
            each.casefold()
            for each in User.objects.filter(username__istartswith=name).values_list(
                "username", flat=True
            )
        ),
    }
    if not name or name not in taken:
        return name
    return next(free for number in range(2, 9999) if (free := f"{name}{number}") not in taken)
