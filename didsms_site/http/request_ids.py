"""An id for each request: in its answer, in an error of the API, and in each line of the log."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from didsms_site.logs import named_request

HEADER: Final = "X-Request-ID"
#: What a proxy of ours may have called the request.
_GIVEN: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestIdMiddleware:
    """Comes first in the chain: names the request. A trusted proxy may have named it already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with the id in a header."""
        name = _given(request) or f"r{secrets.token_hex(8)}"
        token = named_request.set(name)
        try:
            response = self.get_response(request)
        finally:
            named_request.reset(token)
        response.headers[HEADER] = name
        return response


def _given(request: HttpRequest) -> str:
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if settings.TRUSTED_PROXY_COUNT and _GIVEN.fullmatch(given) else ""
