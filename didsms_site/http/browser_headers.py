"""Headers by which browsers keep what they were shown to the person who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

#: What no page of ours uses. Copying to the clipboard and notifications are used, and not here.
PERMISSIONS_POLICY: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
#: Not "storage": it holds drafts that the server does not have yet, and they outlast a log-out. Not
#: "cookies": they hold the language, and would go for every site of the domain.
CLEAR_AT_LOG_OUT: Final = '"cache"'


class BrowserHeadersMiddleware:
    """Lets nothing be stored that does not say otherwise, and nobody else's page show ours.

    Static files have long lives of their own, and the event stream a rule of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the headers to the response."""
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if getattr(request, "has_logged_out", False):
            headers["Clear-Site-Data"] = CLEAR_AT_LOG_OUT
        return response


@receiver(user_logged_out, dispatch_uid="clear-site-data")
def remember_log_out(request: HttpRequest, **_kwargs: Any) -> None:
    """Note on the request that a session has ended with it, by whichever page."""
    request.has_logged_out = True  # type: ignore[attr-defined]
