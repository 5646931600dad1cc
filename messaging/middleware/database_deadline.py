"""Limit how long a page or a call of the API may wait for the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from messaging.services.database_deadline import database_deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase


class DatabaseDeadlineMiddleware:
    """Lets the database take so long of each request, then it counts as away.

    A server that is silent rather than gone would hold every thread until it speaks again. What
    streams is not bounded here: it lets go of the database first. Pushes and health checks come
    past this, and have shorter deadlines of their own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on, with the deadline running."""
        with database_deadline(seconds=settings.DATABASE_REQUEST_SECONDS):
            return self.get_response(request)
