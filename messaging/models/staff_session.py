"""A browser that somebody has signed in with."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class StaffSession(AbstractBaseSession):
    """Django's session, which knows whose it is: both are read at once, and end together."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions"
    )
    #: To some minutes; null where nobody has signed in, or an older version did it.
    last_seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Return whose it is; never the key, which is all that it takes to be them."""
        return f"session of {self.user_id}"
