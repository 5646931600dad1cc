"""What requests and responses need: a policy, chunks, a way back, a 503 without the database."""

import io
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.response import HttpResponseRedirectBase
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from didsms_site.logs import named_request
from didsms_site.server.bodies import BodyRefused, drain, is_chunked, read_body

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponseBase]

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    ]
)
RETRY_AFTER_SECONDS = 5
#: Digits of a Content-Length that are read.
LONGEST_LENGTH = 12
BODY_REFUSED = {
    "length_required": "This server does not take bodies in chunks. Send a Content-Length.",
    "too_large": "The request body is too large.",
    "broken_body": "The body ended before its end.",
    "too_slow": "The body did not come in time.",
}


class ContentSecurityPolicyMiddleware:
    """Allows only our own scripts, styles and images; a view may set a policy of its own."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add the policy to the response."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        return response


class BodyLimitMiddleware:
    """Refuses a body that is longer than anything that its page takes, before it is read."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 413 where the body is too long, or its length is none."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_length = length.isascii() and length.isdigit() and len(length) <= LONGEST_LENGTH
        if is_length and int(length) <= most_body_bytes(request.path_info):
            return self.get_response(request)
        drain(request)
        if request.path_info.startswith("/api/"):
            return api_error(status=413, code="too_large", detail=BODY_REFUSED["too_large"])
        return HttpResponse(render_to_string("413.html"), status=413)


def most_body_bytes(path: str) -> int:
    """Return how many bytes of a body are taken at an address."""
    limits: dict[str, int] = settings.MAX_BODY_BYTES_BELOW
    found = [limit for prefix, limit in limits.items() if path.startswith(prefix)]
    return max(found, default=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


class HttpsApiMiddleware:
    """Refuses the API over plain http where the site has https.

    A redirect would work, so nobody would notice that a program shows its key to the network.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 403 to what came by http."""
        is_api = request.path_info.startswith("/api/")
        if not (is_api and settings.SECURE_SSL_REDIRECT) or request.is_secure():
            return self.get_response(request)
        drain(request)
        detail = "Call the API over https, and replace a key that was sent over http."
        return api_error(status=403, code="https_required", detail=detail)


class ChunkedBodyMiddleware:
    """Lets programs send their JSON in chunks: Django takes a body without a length for empty."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Put the body, bounded, where Django and Django REST framework look for it."""
        if not (request.path_info.startswith("/api/") and is_chunked(request)):
            return self.get_response(request)
        try:
            body = read_body(request, most_bytes=most_body_bytes(request.path_info))
        except BodyRefused as refused:
            return api_error(
                status=refused.status, code=refused.reason, detail=BODY_REFUSED[refused.reason]
            )
        request.META["CONTENT_LENGTH"] = str(len(body))
        request._stream = io.BytesIO(body)  # what read() reads
        return self.get_response(request)


class ComeBackMiddleware:
    """Leads a user who signs in again to the page where they were, not to a form's address."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Name the page in a redirect to the sign-in that a form got."""
        response = self.get_response(request)
        if request.method == "POST" and isinstance(response, HttpResponseRedirectBase):
            address, _mark, query = response.url.partition("?")
            if address == settings.LOGIN_URL and query:
                return redirect_to_login(self._page(request), login_url=settings.LOGIN_URL)
        return response

    def _page(self, request: HttpRequest) -> str:
        """Return the page that the form names, or stood on."""
        referer = urlsplit(request.headers.get("Referer", ""))
        stood_on = referer.path if referer.netloc == request.get_host() else ""
        for page in (request.POST.get("next", ""), stood_on):
            if page and url_has_allowed_host_and_scheme(page, allowed_hosts=None):
                return page
        return settings.LOGIN_REDIRECT_URL


class DatabaseAwayMiddleware:
    """Answers 503 when a view could not reach the database; the webhook has its own way (spool)."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; the work is in process_exception."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn a database that does not answer into a 503."""
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        return database_away(request, exception)


def database_away(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Log what happened in a line and return the 503 for a page or for the API."""
    why = next(iter(str(exception).splitlines()), "")
    logger.error("The database did not answer: %s: %s", type(exception).__name__, why)
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = api_error(
            status=503,
            code="database_away",
            detail="The database does not answer at the moment. Try again shortly.",
        )
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # or Django adds a trace
    return response


def api_error(*, status: int, code: str, detail: str) -> JsonResponse:
    """Return an error in the form that every error of the API has."""
    body = {"code": code, "detail": detail, "fields": {}, "request_id": named_request.get()}
    return JsonResponse(body, status=status)
