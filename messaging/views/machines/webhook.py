"""The one address that NXCloud pushes to.

Inbound messages and delivery receipts, signed JSON or form.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import time
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from didsms_site.http.client_address import client_address
from didsms_site.server.bodies import BodyRefused, drain, read_body
from messaging.nxcloud.errors import NotAuthentic
from messaging.nxcloud.push import PushEnvelope
from messaging.nxcloud.signing import carries_signature, verify
from messaging.services.errors import CannotKeepPush
from messaging.services.operations.probe import LONGEST, PROBE_HEADER, probe_answer
from messaging.services.receiving.receive import receive_push
from messaging.services.receiving.rejected_requests import count_rejected_request
from messaging.services.sending.provider import credentials

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger(__name__)

WEBHOOK_BODY_LIMIT_BYTES: Final = 256 * 1024
#: A push has a few hundred bytes; a sender that is so slow holds a thread.
MOST_SECONDS_FOR_BODY: Final = 4.0
FAR_FROM_OUR_CLOCK_SECONDS: Final = 60
#: By their names in a request's META.
SIGNED_HEADERS: Final = {
    f"HTTP_{name.upper()}": name
    for name in ("accesskey", "ts", "biztype", "action", "sign", "algorithm")
}


class _Refused(Exception):
    """The request is not taken; carries the answer's status and the word that is counted."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@csrf_exempt
def webhook(request: HttpRequest, token: str | None = None) -> HttpResponse:
    """Take one push.

    Args:
        request: POST carries a push; GET and HEAD are a console's check of the address.
        token: the secret path part; None on the bare path, where only signed pushes are taken.

    Returns:
        200 ``success`` when the push is durable, 503 ``error`` where nothing can keep it; what is
        refused gets ``error`` with the status that says why.
    """
    try:
        _check_path(token)
        if request.method in {"GET", "HEAD"}:
            return _answer_to_look(request)
        if request.method != "POST":
            raise _Refused(405, "method")
        envelope = _authentic_push(request, has_secret_path=token is not None)
    except _Refused as refused:
        count_rejected_request(refused.reason)
        return _answer(refused.status, "error")
    try:
        receive_push(envelope=envelope)
    except CannotKeepPush:
        return _answer(503, "error")
    return _answer(200, "success")


@csrf_exempt
def nowhere(request: HttpRequest) -> HttpResponse:
    """Answer for an address near the right one, as for a wrong secret."""
    count_rejected_request("wrong_path_secret")
    return _answer(404, "error")


def _answer(status: int, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="text/plain; charset=utf-8")


def _answer_to_look(request: HttpRequest) -> HttpResponse:
    """Answer a console's check of the address, or our own (services/operations/probe.py)."""
    response = _answer(200, "ok")
    nonce = request.headers.get(PROBE_HEADER, "")
    if 0 < len(nonce) <= LONGEST:
        scheme = "https" if request.is_secure() else "http"
        response.headers[PROBE_HEADER] = f"{probe_answer(nonce)}.{scheme}"
    return response


def _check_path(token: str | None) -> None:
    if token is None:
        return
    expected = settings.WEBHOOK_TOKEN
    if not expected or not hmac.compare_digest(token.encode(), expected.encode()):
        raise _Refused(404, "wrong_path_secret")


def _authentic_push(request: HttpRequest, *, has_secret_path: bool) -> PushEnvelope:
    """Read the body and prove that the push is NXCloud's, before anything of it is parsed."""
    meta = request.META
    if "HTTP_CONTENT_ENCODING" in meta:
        drain(request)
        raise _Refused(415, "content_encoding")
    try:
        raw_body = read_body(
            request, most_bytes=WEBHOOK_BODY_LIMIT_BYTES, most_seconds=MOST_SECONDS_FOR_BODY
        )
    except BodyRefused as error:
        raise _Refused(error.status, error.reason) from error
    headers = {name: meta[key] for key, name in SIGNED_HEADERS.items() if key in meta}
    now = timezone.now()
    flags: tuple[str, ...] = ()
    action = ""
    is_signed = carries_signature(headers)
    if is_signed:
        action, flags = _verify_signed(headers, raw_body)
    else:
        _check_unsigned(request, raw_body, has_secret_path=has_secret_path)
    if not raw_body:
        raise _Refused(400, "empty")
    return PushEnvelope(
        raw_body=raw_body,
        content_type=meta.get("CONTENT_TYPE", "")[:200],
        is_signed=is_signed,
        action=action,
        remote_addr=client_address(request)[:45],
        received_at=now,
        flags=flags,
    )


def _verify_signed(headers: dict[str, str], raw_body: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        verified = verify(
            headers=headers,
            body=raw_body,
            credentials=credentials(),
            now_ms=time.time_ns() // 1_000_000,
            max_age_seconds=settings.WEBHOOK_MAX_AGE,
        )
    except NotAuthentic as error:
        raise _Refused(403, error.reason) from error
    flags = []
    if abs(verified.skew_seconds) > FAR_FROM_OUR_CLOCK_SECONDS:
        flags.append("far_from_our_clock")
    if verified.used_previous_secret:
        flags.append("previous_secret")
    return verified.action, tuple(flags)


def _check_unsigned(request: HttpRequest, raw_body: bytes, *, has_secret_path: bool) -> None:
    """Let an unsigned push pass only as a form, on the secret path, from an allowed network."""
    if not has_secret_path:
        raise _Refused(403, "unsigned_on_bare_path")
    if not settings.WEBHOOK_ACCEPT_UNSIGNED:
        raise _Refused(403, "unsigned_not_accepted")
    kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].lower()
    if "json" in kind or raw_body.lstrip(b"\xef\xbb\xbf\x00 \t\r\n")[:1] in {b"{", b"["}:
        raise _Refused(403, "unsigned_json")
    allowed = settings.WEBHOOK_ALLOWED_NETWORKS
    if allowed and not _is_in(client_address(request), allowed):
        raise _Refused(403, "address_not_allowed")


def _is_in(address: str, networks: list[str]) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return any(ip in ipaddress.ip_network(network, strict=False) for network in networks)
