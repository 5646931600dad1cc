"""Who calls the API with a token: one prepared statement reads token and user."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from messaging.db.model_rows import Columns
from messaging.db.prepared import Statement, fetch

_USER: Final = Columns(User, "u")
_TOKEN: Final = Columns(Token, "t")
_FIND: Final = (
    f"SELECT {_TOKEN.sql}, {_USER.sql}"  # noqa: S608  (our own names)
    " FROM authtoken_token t JOIN auth_user u ON u.id = t.user_id WHERE t.key = %s"
)


def token_of(key: str) -> Token | None:
    """Return a token with its user, active or not; None when there is none with this key."""
    if "\0" in key:  # PostgreSQL does not even look for it
        return None
    found = fetch(Statement(_FIND, (key,)))
    if not found:
        return None
    token = _TOKEN.read(found[0][: _TOKEN.count])
    token.user = _USER.read(found[0][_TOKEN.count :])
    return token
