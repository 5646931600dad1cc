"""Django's own session store, for comparison: the person by a second look-up, or by a join."""

from __future__ import annotations

import os
from typing import Any

from django.contrib.auth.models import User
from django.contrib.sessions.backends import db
from django.utils import timezone

from messaging.models import StaffSession, StaffSettings
from messaging.services.access.auth_backend import _session

_JOINS = os.environ.get("BENCH_WITHOUT") == "own sessions, select_related"
_READ_WITH = "user__staff_settings"


class SessionStore(db.SessionStore):
    """Django's store over the product's table."""

    person: Any = None

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        """Return the product's model."""
        return StaffSession

    def _get_session_from_db(self) -> Any:
        if not _JOINS:
            return super()._get_session_from_db()  # type: ignore[misc]  # not in the stubs
        rows = StaffSession.objects.select_related(_READ_WITH)
        try:
            row = rows.get(session_key=self.session_key, expire_date__gt=timezone.now())
        except StaffSession.DoesNotExist:
            self._session_key = None
            return None
        self.person = (row.user_id, row.user)
        return row


def get_user(backend: Any, user_id: int) -> User | None:
    """Return an active user with their settings at hand, in the place of StaffBackend.get_user."""
    session = _session.get()
    if _JOINS and session is not None and session.person:
        user: User = session.person[1]
    else:
        user = User.objects.get(pk=user_id)
    if not hasattr(user, "staff_settings"):
        user.staff_settings = StaffSettings(user=user)
    return user if backend.user_can_authenticate(user) else None
