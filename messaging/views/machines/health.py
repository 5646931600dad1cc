"""Health endpoints: does the process answer, is the node ready, and figures for Prometheus."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from didsms_site.server.shared_counter import QUICK_ARRIVALS, REJECTED_REQUESTS
from messaging.models import is_administrator
from messaging.services.access.auth_backend import signed_in_user
from messaging.services.access.sessions import SessionStore
from messaging.services.database_deadline import database_deadline
from messaging.services.operations.health import check_all, is_ready, report
from messaging.services.operations.metrics import DatabaseCollector

if TYPE_CHECKING:
    from django.http import HttpRequest

#: A collector of figures usually waits ten seconds; a silent database is a figure too.
METRICS_SECONDS: Final = 4.0
#: A prober waits five seconds, and the checks take four of them.
SESSION_SECONDS: Final = 0.5


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; looks at nothing else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether this node can take requests: 200 or 503, with every check by its name.

    Anybody gets the states. Figures and reasons are for a bearer of METRICS_TOKEN or an
    administrator.
    """
    checks = check_all(at=timezone.now())
    can_look_up = all(check.is_ok for check in checks if check.name == "database")
    has_details = _has_token(request) or (can_look_up and _has_administrators_cookie(request))
    body = report(checks=checks, has_details=has_details)
    return JsonResponse(body, status=200 if is_ready(checks) else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the figures for Prometheus to a bearer of METRICS_TOKEN or an administrator."""
    if not (_has_token(request) or _is_administrators(request)):
        return HttpResponse("forbidden\n", status=403, content_type="text/plain; charset=utf-8")
    with database_deadline(seconds=METRICS_SECONDS):
        text = generate_latest(DatabaseRegistry())
    text += generate_latest(CountsRegistry())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _has_administrators_cookie(request: HttpRequest) -> bool:
    """Look the session up: a health check comes past the middleware that does so elsewhere."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    request.session = SessionStore(key)
    try:
        with database_deadline(seconds=SESSION_SECONDS):
            user = signed_in_user(request)
            return is_administrator(user)
    except (DatabaseError, InterfaceError):
        return False


def _is_administrators(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # not there for a call that came past the sessions
    return user is not None and is_administrator(user)


class DatabaseRegistry(CollectorRegistry):
    """The figures from the database, as of now."""

    def __init__(self) -> None:
        """Take the present moment."""
        super().__init__()
        self.register(DatabaseCollector(at=timezone.now()))


class CountsRegistry(CollectorRegistry):
    """What the web processes of this node have counted."""

    def __init__(self) -> None:
        """Take every counter that there is."""
        super().__init__()
        self.register(REJECTED_REQUESTS)
        self.register(QUICK_ARRIVALS)


def _has_token(request: HttpRequest) -> bool:
    expected: str = settings.METRICS_TOKEN
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    is_right = hmac.compare_digest(token.strip().encode(), expected.encode())
    return bool(expected) and scheme.casefold() == "bearer" and is_right
