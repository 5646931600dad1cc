"""Activate a person's language, time zone and date style for their request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from messaging.services.times.date_styles import chosen_style, date_style
from messaging.views.shared.preferences import settings_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    from messaging.services.times.date_styles import DateStyle

#: Answers to programs: no words, no local times, so no look at anybody's settings.
PLAIN_PREFIXES: Final = ("/api/", "/live/", "/metrics", "/static/")


class PersonalSettingsMiddleware:
    """Activates language, time zone and date style; is after SignedInMiddleware.

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
