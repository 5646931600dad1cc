"""Who calls the API with a token: one prepared statement reads token, user and rights."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from messaging.db.model_rows import Columns
from messaging.db.prepared import Statement, fetch
from messaging.models import AuditEntry, StaffAccess
from messaging.services.audit.record import Subject, has_origin, record

_USER: Final = Columns(User, "u")
_TOKEN: Final = Columns(Token, "t")
_ACCESS: Final = Columns(StaffAccess, "a")
_FIND: Final = (
    f"SELECT {_TOKEN.sql}, {_USER.sql}, {_ACCESS.sql}"  # noqa: S608  (our own names)
    " FROM authtoken_token t JOIN auth_user u ON u.id = t.user_id"
    " LEFT JOIN messaging_staffaccess a ON a.user_id = u.id WHERE t.key = %s"
)


def token_of(key: str) -> Token | None:
    """Return a token with its user, active or not; None when there is none with this key."""
    if "\0" in key:  # PostgreSQL does not even look for it
        return None
    found = fetch(Statement(_FIND, (key,)))
    if not found:
        return None
    border = _TOKEN.count + _USER.count
    token = _TOKEN.read(found[0][: _TOKEN.count])
    token.user = _USER.read(found[0][_TOKEN.count : border])
    access = found[0][border:]
    token.user.staff_access = (
        _ACCESS.read(access) if access[0] is not None else StaffAccess(user=token.user)
    )
    return token


def record_token_of_shell(sender: Any, instance: Token, *, created: bool, **facts: Any) -> None:
    """Record a token that was made on the command line, where no page does it.

    Args:
        sender: the model, as Django's signal gives it.
        instance: the token.
        created: it is new.
        **facts: what else the signal says; ``raw`` for a row of a fixture.
    """
    if created and not facts.get("raw") and not has_origin():
        about = Subject(name=instance.user.get_username())
        record("token_created", actor=None, about=about, via=AuditEntry.Via.COMMAND)
