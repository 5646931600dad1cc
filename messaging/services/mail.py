"""Whether there is a mail server, and mails that no request waits for."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.conf import settings
from django.core.mail import send_mail

logger = logging.getLogger(__name__)

#: They print a mail into the log, where a link to choose a password must never be, or drop it.
_NO_SERVERS: Final = frozenset(
    f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy")
)
_lock = threading.Lock()
_threads: list[ThreadPoolExecutor] = []


def has_mail_server() -> bool:
    """Tell whether mail reaches people."""
    return settings.EMAIL_BACKEND not in _NO_SERVERS


def can_mail_links() -> bool:
    """Tell whether a link to this site can be mailed: only PUBLIC_BASE_URL says where it is.

    The Host header says it too, but whoever sends the request writes that.
    """
    return has_mail_server() and bool(settings.PUBLIC_BASE_URL)


def mail_in_background(*, subject: str, body: str, to: str) -> None:
    """Send one mail from a thread of this process; a failure is logged.

    A request must not wait for a mail server, nor tell by its time whether there was a mail.
    """
    _thread().submit(_send, subject=subject, body=body, to=to)


def _send(*, subject: str, body: str, to: str) -> None:
    try:
        send_mail(f"{settings.EMAIL_SUBJECT_PREFIX}{subject}", body, None, [to])
    except Exception:
        logger.exception("a mail about an account could not be sent")


def _thread() -> ThreadPoolExecutor:
    """Return this process's thread, started when it is first needed: after any fork."""
    with _lock:
        if not _threads:
            _threads.append(ThreadPoolExecutor(1, thread_name_prefix="mail"))
        return _threads[0]
