"""Note the requests that took long; the log's own format names each of them."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

logger = logging.getLogger("didsms.slow")


class SlowPagesMiddleware:
    """Comes right behind RequestIdMiddleware: measures the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; what streams is measured until it begins."""
        began = time.monotonic()
        response = self.get_response(request)
        took = time.monotonic() - began
        if took >= settings.SLOW_PAGE_SECONDS:
            path, status = request.path_info[:200], response.status_code
            logger.warning("slow page: %s %s took %.2f s (%s)", request.method, path, took, status)
        return response
