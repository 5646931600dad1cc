"""The settings of the person who looks at a page: language, time zone, theme."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from messaging.models import StaffSettings
from messaging.services.access.local_sign_in import FACTOR_ELSEWHERE
from messaging.services.access.second_factor import due_at

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from django.http import HttpRequest


#: Set by the page's first script: the browser's zone, for the user who has not chosen one.
ZONE_COOKIE: Final = "time_zone"


def settings_of(request: HttpRequest) -> StaffSettings:
    """Return the signed-in person's settings, defaults when there are none."""
    found: StaffSettings | None = getattr(request, "staff_settings", None)
    if found is None:
        # Signing in with a session brings them along; a token does not, and needs none.
        found = getattr(request.user, "staff_settings", None) or StaffSettings()
        request.staff_settings = found  # type: ignore[attr-defined]
    return found


def zone_of(request: HttpRequest) -> tzinfo:
    """Return the zone of the person's settings, else the browser's, else the site's."""
    for name in (settings_of(request).time_zone, request.COOKIES.get(ZONE_COOKIE, "")):
        if name:
            try:
                return zoneinfo.ZoneInfo(name)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return timezone.get_default_timezone()


def personal(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the settings of the user who looks at the page, and their banner.

    `two_step_due` is until when they must set up two-step verification, None if they need not.
    """
    if not hasattr(request, "user"):
        return {}
    return {"personal": settings_of(request), "two_step_due": _due_at(request)}


def _due_at(request: HttpRequest) -> datetime | None:
    due = due_at(request.user)
    return due if due is None or not request.session.get(FACTOR_ELSEWHERE) else None
