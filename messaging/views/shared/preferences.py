"""Who looks at a page, and in which language, time zone, date style and theme they want it."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import JsonResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from messaging.models import StaffSettings
from messaging.services.access.auth_backend import person_from
from messaging.services.team.display_names import name_of
from messaging.services.times.date_styles import chosen_style, date_style

from .toasts import complain

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from django.contrib.auth.models import AnonymousUser, User
    from django.http import HttpRequest, HttpResponseBase

    from messaging.services.times.date_styles import DateStyle

#: Answers to programs: no words, no local times, so no look at anybody's settings.
PLAIN_PREFIXES: Final = ("/api/", "/live/", "/metrics", "/static/")
#: Set by the page's first script: the browser's zone, for whoever has not chosen one.
ZONE_COOKIE: Final = "time_zone"


class SignedInMiddleware(AuthenticationMiddleware):
    """Django's own, but the person is the one that was read together with the session."""

    def process_request(self, request: HttpRequest) -> None:
        """Put `request.user` there, looked up when somebody asks."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: signed_in_user(request))  # type: ignore[assignment]


def signed_in_user(request: HttpRequest) -> User | AnonymousUser:
    """Return whom a request's session belongs to."""
    with person_from(request.session):  # type: ignore[arg-type]
        return get_user(request)


class PageOwnerMiddleware:
    """Refuses what a page asks for on behalf of somebody who is no longer signed in.

    Where several people share a browser, a tab of the one before may still be open: what is pressed
    there must not be done in the name of the next. Our scripts say in X-Page-User whose page it is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 409 where the page is another person's; a form of a plain page has its token."""
        owner = request.headers.get("X-Page-User")
        if not owner or not request.user.is_authenticated or owner == str(request.user.pk):
            return self.get_response(request)
        text = _(
            "%(name)s is signed in in this browser now. Nothing was done; load the page anew, or"
            " sign in as yourself."
        ) % {"name": name_of(request.user)}
        response = JsonResponse({"ok": False, "code": "other_user", "text": text}, status=409)
        response.headers["X-Other-User"] = "1"
        if request.headers.get("HX-Request") == "true":
            complain(request, text)
        return response


def settings_of(request: HttpRequest) -> StaffSettings:
    """Return the signed-in person's settings, defaults when there are none."""
    found: StaffSettings | None = getattr(request, "staff_settings", None)
    if found is None:
        # Signing in with a session brings them along; a token does not, and needs none.
        found = getattr(request.user, "staff_settings", None) or StaffSettings()
        request.staff_settings = found  # type: ignore[attr-defined]
    return found


class PersonalSettingsMiddleware:
    """Activates language, time zone and date style; stands after SignedInMiddleware.

    It does what Django's LocaleMiddleware does as well, so that a page's language is looked for
    once: in the person's settings, else in what the browser says.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look up the settings only for pages of somebody with a session."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path_info.startswith(
            PLAIN_PREFIXES
        ):
            return self._in_language(request, translation.get_language_from_request(request))
        chosen = settings_of(request).language
        with timezone.override(zone_of(request)), date_style(_style_of(request)):
            return self._in_language(
                request, chosen or translation.get_language_from_request(request)
            )

    def _in_language(self, request: HttpRequest, language: str) -> HttpResponseBase:
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        return response


def _style_of(request: HttpRequest) -> DateStyle:
    own = settings_of(request)
    return chosen_style(
        date_order=own.date_order,
        clock=own.clock,
        accept_language=request.headers.get("Accept-Language", ""),
    )


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
    """Context processor: `personal` holds the settings of whoever looks at the page."""
    if not hasattr(request, "user"):
        return {}
    return {"personal": settings_of(request)}
