"""Checks that need the network: the webhook from outside, NXCloud, the mail server, versions.

Each takes a few seconds at most. `manage.py doctor` and the page System health run them; /readyz,
which others ask often, does not.
"""

from __future__ import annotations

import http.client
import platform
import secrets
import smtplib
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import django
from django.conf import settings
from django.core.mail import get_connection
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from didsms_site import __version__
from messaging.services.mail.background import has_mail_server
from messaging.services.single_sign_on.errors import SignOnFailed
from messaging.services.single_sign_on.provider import discover

from .backup.engines import check_tools
from .backup.problems import BackupProblem
from .health_checks import CLOCK_LIMIT_SECONDS, Check
from .probe import PROBE_HEADER, probe_answer
from .upgrades import database_name, upgrade_refusal

if TYPE_CHECKING:
    from datetime import datetime

SECONDS: Final = 5.0
#: A certificate that ends sooner should have been renewed by now.
CERTIFICATE_DAYS: Final = 14


@dataclass(frozen=True)
class Answer:
    """What an address answered.

    Attributes:
        status: HTTP.
        headers: of the answer.
        certificate_days: how long its certificate holds; None without TLS.
    """

    status: int
    headers: http.client.HTTPMessage
    certificate_days: float | None


def get(url: str, *, headers: dict[str, str]) -> Answer:
    """Ask an address once, without following where it leads.

    Raises:
        OSError, http.client.HTTPException: nothing answers, or TLS fails.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    link: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        link = http.client.HTTPSConnection(host, parts.port, timeout=SECONDS, context=context)
    else:
        link = http.client.HTTPConnection(host, parts.port, timeout=SECONDS)
    try:
        link.connect()
        days = _certificate_days(link.sock)
        link.request("GET", parts.path or "/", headers=headers)
        answer = link.getresponse()
        return Answer(answer.status, answer.headers, days)
    finally:
        link.close()


def _certificate_days(socket: object) -> float | None:
    if not isinstance(socket, ssl.SSLSocket):
        return None
    ends = (socket.getpeercert() or {}).get("notAfter")
    return (ssl.cert_time_to_seconds(str(ends)) - time.time()) / 86_400 if ends else None


def check_webhook() -> Check:
    """Go to the webhook as NXCloud does, from outside, and see whether it is ours."""
    if not settings.PUBLIC_BASE_URL:
        message = _("PUBLIC_BASE_URL isn’t set, so nobody knows whether NXCloud reaches us.")
        return Check("webhook", True, "unset", message)
    token = f"{quote(settings.WEBHOOK_TOKEN, safe='/')}/" if settings.WEBHOOK_TOKEN else ""
    nonce = secrets.token_hex(16)
    address = settings.PUBLIC_BASE_URL
    try:
        answer = get(f"{address}/webhooks/nxcloud/{token}", headers={PROBE_HEADER: nonce})
    except ssl.SSLCertVerificationError as error:
        message = _("The certificate of %(address)s isn’t valid: %(why)s.")
        return _webhook("certificate", message, address, why=error.verify_message)
    except (OSError, http.client.HTTPException) as error:
        message = _("%(address)s can’t be reached from this server: %(why)s.")
        return _webhook("unreachable", message, address, why=_why(error))
    digest, _dot, scheme = answer.headers.get(PROBE_HEADER, "").partition(".")
    if not constant_time_compare(digest, probe_answer(nonce)):
        message = _(
            "Something else answers at %(address)s, or not this installation (HTTP %(why)s)."
        )
        return _webhook("elsewhere", message, address, why=answer.status)
    if scheme != urlsplit(address).scheme:
        message = _("The webhook is reached, but the proxy doesn’t tell that it was by HTTPS.")
        return _webhook("proxy", message, address)
    if answer.certificate_days is not None and answer.certificate_days < CERTIFICATE_DAYS:
        message = _("The certificate of %(address)s ends in %(why)d days.")
        return _webhook("expires", message, address, why=answer.certificate_days)
    return Check("webhook", True, "ok", _("The webhook is reached at %(to)s.") % {"to": address})


def _webhook(state: str, message: str, address: str, *, why: object = "") -> Check:
    fixes = {
        "certificate": _("Server admin: install a valid certificate in the proxy."),
        "expires": _("Server admin: renew the certificate in the proxy."),
        "unreachable": _("Server admin: check DNS, firewall and proxy, or PUBLIC_BASE_URL."),
        "elsewhere": _(
            "Server admin: let the proxy pass every path to web. PUBLIC_BASE_URL, SECRET_KEY and"
            " WEBHOOK_TOKEN must be the same for every process."
        ),
        "proxy": _(
            "Server admin: let the proxy set X-Forwarded-Proto, and set TRUSTED_PROXY_COUNT to the"
            " number of proxies."
        ),
    }
    return Check("webhook", False, state, message % {"address": address, "why": why}, fixes[state])


def check_provider(*, at: datetime) -> Check:
    """See whether NXCloud answers, and what time it is there.

    Args:
        at: now, aware UTC.
    """
    address = settings.NXCLOUD_BASE_URL
    try:
        answer = get(address, headers={})
    except (OSError, http.client.HTTPException) as error:
        return Check(
            "nxcloud",
            False,
            "unreachable",
            _("%(address)s can’t be reached from this server: %(why)s.")
            % {"address": address, "why": _why(error)},
            _("Server admin: check the network, the firewall, and NXCLOUD_BASE_URL."),
        )
    offset = _offset_seconds(answer, at=at)
    if offset is not None and abs(offset) >= CLOCK_LIMIT_SECONDS:
        return Check(
            "nxcloud",
            False,
            "clock",
            _("Our clock and NXCloud’s differ by %(seconds).1f s.") % {"seconds": abs(offset)},
            _("Server admin: set its clock (NTP)."),
        )
    return Check("nxcloud", True, "ok", _("NXCloud is reached at %(to)s.") % {"to": address})


def _offset_seconds(answer: Answer, *, at: datetime) -> float | None:
    try:
        there = parsedate_to_datetime(answer.headers["Date"])
        return (there - at).total_seconds()
    except (TypeError, ValueError):  # None, or without a zone.
        return None


def check_mail() -> Check:
    """See whether the mail server lets us in; nothing is sent."""
    if not has_mail_server():
        return Check("mail", True, "unset", _("No mail server is set: no one gets email."))
    link = get_connection(timeout=SECONDS)
    try:
        link.open()
        link.close()
    except (OSError, smtplib.SMTPException) as error:
        return Check(
            "mail",
            False,
            "unreachable",
            _("The mail server doesn’t let us in: %(why)s.") % {"why": _why(error)},
            _("Server admin: check EMAIL_URL and the mail server."),
        )
    return Check("mail", True, "ok", _("The mail server is reached."))


def check_sign_on() -> Check:
    """See whether the provider of single sign-on says where it is."""
    if not settings.OIDC_ISSUER:
        return Check("single_sign_on", True, "unset", _("Single sign-on isn’t set up."))
    try:
        discover(is_fresh=True)
    except SignOnFailed as error:
        message = (
            _("The provider of single sign-on can’t be reached: %(why)s.")
            if error.code == "away"
            else _("The provider of single sign-on answers something unexpected: %(why)s.")
        )
        return Check(
            "single_sign_on",
            False,
            "unreachable" if error.code == "away" else "wrong_answer",
            message % {"why": error.why},
            _("Server admin: check OIDC_ISSUER, and whether this server may reach it."),
        )
    return Check("single_sign_on", True, "ok", _("The provider of single sign-on is reached."))


def check_versions() -> Check:
    """Say which versions run, and whether they go together."""
    names = [
        f"didsms {__version__}",
        f"Python {platform.python_version()}",
        f"Django {django.get_version()}",
        database_name(),
    ]
    message = ", ".join(names)
    refusal = upgrade_refusal()
    if refusal:
        return Check("versions", False, "refused", f"{message}.", refusal)
    try:
        check_tools()
    except BackupProblem as problem:
        fix = _("Server admin: without it there are no backups.")
        return Check("versions", False, "tools", f"{message}. {problem}", fix)
    return Check("versions", True, "ok", f"{message}.")


def _why(error: Exception) -> str:
    """Return what an error says, in a line without a last full stop."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split()).rstrip(".")[:200]
