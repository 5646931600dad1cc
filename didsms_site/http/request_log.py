"""Give each request a name, and note those that took long."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from django.conf import settings

from didsms_site import request_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

logger = logging.getLogger("didsms.slow")


class RequestLogMiddleware:
    """Comes first: names the request, measures it, and says the name in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; what streams is measured until it begins."""
        name = request_ids.begin(request.META.get("HTTP_X_REQUEST_ID", ""))
        began = time.monotonic()
        try:
            response = self.get_response(request)
            took = time.monotonic() - began
            if took >= settings.SLOW_PAGE_SECONDS:
                logger.warning(
                    "slow page: %s %s took %.2f s (%s) request=%s",
                    request.method,
                    request.path_info[:200],
                    took,
                    response.status_code,
                    name,
                )
        finally:
            request_ids.end()
        response.headers[request_ids.HEADER] = name
        return response
