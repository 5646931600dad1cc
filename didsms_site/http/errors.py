"""The last handlers: what no view or middleware caught."""

import sys

from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from .middleware import api_error, database_away


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return 400 for what no view was asked about: mostly a Host that nobody configured."""
    if request.path.startswith("/api/"):
        detail = "This request cannot be answered."
        if isinstance(exception, DisallowedHost):
            detail = "This site is not known by the name in Host; see ALLOWED_HOSTS."
        return api_error(status=400, code="bad_request", detail=detail)
    return HttpResponse(render_to_string("400.html"), status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return 503 when the database was away outside a view (session, user), else 500."""
    exception = sys.exc_info()[1]
    if isinstance(exception, OperationalError | InterfaceError):
        return database_away(request, exception)
    if request.path.startswith("/api/"):
        return api_error(status=500, code="server_error", detail="Something went wrong here.")
    return HttpResponse(render_to_string("500.html"), status=500)
