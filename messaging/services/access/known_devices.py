"""Browsers that somebody has signed in with before, remembered in a cookie of the browser.

Nothing is stored here: the cookie is signed, and says nothing but "this person was here". A new
password makes every device a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpResponse

#: Browsers keep no cookie longer than 400 days.
REMEMBERED_FOR_SECONDS: Final = 400 * 86_400
#: People of one browser that are remembered; the last ones.
MOST_PEOPLE: Final = 8
#: Characters of a cookie that are looked at.
LONGEST_COOKIE: Final = 2000
_SALT: Final = "didsms.known_device"


def cookie_name() -> str:
    """Return the cookie's name; over https no other host of the domain can plant it."""
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def is_known(cookie: str, *, user: User) -> bool:
    """Tell whether somebody has signed in with a browser before, under their present password."""
    return any(constant_time_compare(each, _mark(user)) for each in _marks(cookie))


def remember(response: HttpResponse, *, cookie: str, user: User) -> None:
    """Let the browser remember that somebody has signed in with it.

    Args:
        response: that it gets.
        cookie: what it has sent.
        user: who.
    """
    own = _mark(user)
    marks = [own, *(each for each in _marks(cookie) if each != own)][:MOST_PEOPLE]
    response.set_cookie(
        cookie_name(),
        signing.dumps(marks, salt=_SALT),
        max_age=REMEMBERED_FOR_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _marks(cookie: str) -> list[str]:
    try:
        marks = signing.loads(cookie[:LONGEST_COOKIE], salt=_SALT, max_age=REMEMBERED_FOR_SECONDS)
    except signing.BadSignature:
        return []
    return [str(each) for each in marks]


def _mark(user: User) -> str:
    text = f"{user.pk} {user.password}"
    return salted_hmac(_SALT, text, algorithm="sha256").hexdigest()[:32]
