"""The headers that tell a program how many requests its key has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from messaging.services.access.request_rate import Quota


class RateLimitMiddleware:
    """Adds RateLimit and RateLimit-Policy where the API has counted a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        response = self._get_response(request)
        quota: Quota | None = getattr(request, "quota", None)
        if quota is not None:
            for name, value in quota.headers().items():
                response.headers[name] = value
        return response
