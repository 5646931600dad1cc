"""Send mails in the background, and tell whether there is a mail server at all."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.mail import send_mail

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

#: They print a mail into the log, where a link to choose a password must never be, or drop it.
_NO_SERVERS: Final = frozenset(
    f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy")
)
_lock = threading.Lock()
_threads: list[ThreadPoolExecutor] = []


@dataclass(frozen=True)
class Mail:
    """One mail to one person; the subject without the prefix that all have."""

    subject: str
    body: str
    to: str


def has_mail_server() -> bool:
    """Tell whether mail reaches people."""
    return settings.EMAIL_BACKEND not in _NO_SERVERS


def can_mail_links() -> bool:
    """Tell whether a link to this site can be mailed: only PUBLIC_BASE_URL says where it is.

    The Host header says it too, but the user who sends the request writes that.
    """
    return has_mail_server() and bool(settings.PUBLIC_BASE_URL)


def mail_in_background(compose: Callable[[], Mail]) -> None:
    """Compose and send one mail in a thread of this process; a failure is logged.

    A request must not wait for a mail server, nor tell by its time whether there was a mail.

    Args:
        compose: makes the mail; it must not use the database.
    """
    _thread().submit(_send, compose)


def _send(compose: Callable[[], Mail]) -> None:
    try:
        mail = compose()
        subject = f"{settings.EMAIL_SUBJECT_PREFIX}{mail.subject}"
        send_mail(subject, mail.body, None, [mail.to])
    except Exception:
        logger.exception("a mail about an account could not be sent")


def _thread() -> ThreadPoolExecutor:
    """Return this process's thread, started when it is first needed: after any fork."""
    with _lock:
        if not _threads:
            _threads.append(ThreadPoolExecutor(1, thread_name_prefix="mail"))
        return _threads[0]
