"""The security log: who signed in, from where, and what they exported or changed.

One line per event, on the logger `didsms.security`, whatever LOG_LEVEL says. A line holds names and
addresses, never a password, a token, a link or a text.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final

from messaging.services.audit.record import Subject, record

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

logger = logging.getLogger("didsms.security")

NOBODY: Final = "-"
#: Nobody can fill the audit log with guesses that were refused unseen, or learn from the time that
#: a row takes whether an email address has an account.
IN_THIS_LOG_ALONE: Final = (
    "_locked_out",
    "_unavailable",
    "_refused_again",
    "password_link_mailed",
)


def record_security_event(
    event: str,
    *,
    user: AbstractBaseUser | AnonymousUser | None,
    address: str,
    is_refusal: bool = False,
    **facts: str | int,
) -> None:
    """Write a line, and a row of the audit log.

    Args:
        event: what happened, a stable word such as ``sign_in``.
        user: who did it, or whose account was tried; None for an account that does not exist. What
            was typed for it is left out: people type passwords into the wrong field.
        address: the caller's, as `client_address` returns it.
        is_refusal: somebody was refused; written as a warning.
        **facts: what else there is to say, by name; never a secret.
    """
    pairs: dict[str, str | int] = {
        "user": (user.get_username() if user is not None else "") or NOBODY,
        "user_id": (user.pk if user is not None else None) or NOBODY,
        "address": address or NOBODY,
        **facts,
    }
    words = " ".join(f"{name}={_quoted(value)}" for name, value in pairs.items())
    logger.log(logging.WARNING if is_refusal else logging.INFO, "%s %s", event, words)
    if not event.endswith(IN_THIS_LOG_ALONE):
        about = str(facts.get("about") or facts.get("token_of") or "")
        record(event, actor=user, about=Subject(name=about), changes=facts, remote_addr=address)


def _quoted(value: str | int) -> str:
    """Return a value that cannot end its line or look like the next pair."""
    text = str(value)
    is_plain = text.isascii() and text.isprintable() and not set(text) & set(' "=\\')
    return text if is_plain and text else json.dumps(text, ensure_ascii=not text.isprintable())
