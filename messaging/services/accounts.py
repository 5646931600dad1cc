"""Who is signed in: the person and their settings, read together on every request."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS

from messaging.models import StaffSettings
from messaging.models.prepared import Statement, fetch, instant

Row = TypeVar("Row", User, StaffSettings)

_USER_COLUMNS: Final = [field.attname for field in User._meta.concrete_fields]
_SETTINGS_COLUMNS: Final = [field.attname for field in StaffSettings._meta.concrete_fields]
_FIND: Final = (
    f"SELECT {', '.join(f'u.{name}' for name in _USER_COLUMNS)},"  # noqa: S608  (our own names)
    f" {', '.join(f's.{name}' for name in _SETTINGS_COLUMNS)}"
    " FROM auth_user u LEFT JOIN messaging_staffsettings s ON s.user_id = u.id WHERE u.id = %s"
)


class StaffBackend(ModelBackend):
    """Django's own way of signing in; the look-up on later requests brings the settings along."""

    def get_user(self, user_id: int) -> User | None:
        """Return an active user whose `staff_settings` are at hand, defaults when there are none.

        Args:
            user_id: as the session holds it.
        """
        found = fetch(Statement(_FIND, (user_id,)))
        if not found:
            return None
        border = len(_USER_COLUMNS)
        user = _made(User, _USER_COLUMNS, found[0][:border])
        own = found[0][border:]
        user.staff_settings = (
            _made(StaffSettings, _SETTINGS_COLUMNS, own)
            if own[0] is not None
            else StaffSettings(user=user)
        )
        return user if self.user_can_authenticate(user) else None


def _made(model: type[Row], columns: list[str], values: tuple[Any, ...]) -> Row:
    given = [instant(value) if hasattr(value, "tzinfo") else value for value in values]
    return model.from_db(DEFAULT_DB_ALIAS, columns, given)
