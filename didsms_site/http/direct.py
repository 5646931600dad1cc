"""Calls of machines (pushes, health checks) go straight to their view, past what is for people.

A push must not be lost to a Host header that nobody configured, to a redirect, or to a middleware
that wants the database. Their views check for themselves whom they answer.
"""

from collections.abc import Callable
from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve

DIRECT_PREFIXES = ("/webhooks/nxcloud", "/healthz", "/readyz")
METRICS_PREFIX = "/metrics"


class DirectPathsMiddleware:
    """Comes first in the chain."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain for everybody else."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a machine's call at once."""
        if not _is_of_a_machine(request):
            return self.get_response(request)
        try:
            match = _resolved(request.path_info)
        except Resolver404:
            return self.get_response(request)
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if isinstance(response, HttpResponse):
            # Without it the answer would be chunked, which a simple client may not understand.
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


@lru_cache(maxsize=64)
def _resolved(path: str) -> ResolverMatch:
    """Return the view of a path: machines call the same few addresses again and again."""
    return resolve(path)


def _is_of_a_machine(request: HttpRequest) -> bool:
    """Tell whether a call is not made by a person; figures are asked for by both."""
    path = request.path_info
    if path.startswith(METRICS_PREFIX):
        return "Authorization" in request.headers
    return path.startswith(DIRECT_PREFIXES)
