"""Where a request comes from, for the rows of the audit log that it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from didsms_site.http.client_address import client_address
from messaging.services.audit.record import origin_of_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class AuditOriginMiddleware:
    """Notes the caller's address while a request is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        with origin_of_request(client_address(request)):
            return self._get_response(request)
