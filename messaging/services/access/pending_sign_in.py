"""Between the password and the second factor: a session that says who waits, and is nobody's.

Nothing is signed in until the factor has passed. The session only remembers whose password was
right, for a short time, and no longer than that password holds.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import User
from django.utils.crypto import constant_time_compare

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.sessions.backends.base import SessionBase

PENDING_FOR: Final = timedelta(minutes=10)
#: How long after signing in, or typing the password again, somebody may change their factors.
PROOF_LASTS: Final = timedelta(minutes=15)
PENDING: Final = "pending_sign_in"
PROVED_AT: Final = "proved_at"


def await_factor(
    session: SessionBase,
    *,
    user: User,
    next_page: str,
    at: datetime,
    sign_on: dict[str, Any] | None = None,
) -> None:
    """Remember that a person's password was right; the session gets another key.

    Args:
        session: of the browser.
        user: who.
        next_page: where they want to go, checked already.
        at: now.
        sign_on: what single sign-on adds to the session, where it was that instead of a password.
    """
    session.cycle_key()
    session[PENDING] = {
        "user": user.pk,
        "password": user.get_session_auth_hash(),
        "at": at.timestamp(),
        "next": next_page,
        "sign_on": sign_on,
    }


def who_waits(session: SessionBase, *, at: datetime) -> tuple[User, str] | None:
    """Return who has given their password in this session, and where they want to go.

    Returns:
        None for nobody, after PENDING_FOR, or when the password or the account has changed.
    """
    pending = session.get(PENDING)
    if not pending or not 0 <= at.timestamp() - pending["at"] < PENDING_FOR.total_seconds():
        return None
    user = (
        User.objects.select_related("second_factor", "staff_settings")
        .filter(pk=pending["user"], is_active=True)
        .first()
    )
    if user is None or not constant_time_compare(pending["password"], user.get_session_auth_hash()):
        return None
    return user, pending["next"]


def sign_on_of(session: SessionBase) -> dict[str, Any] | None:
    """Return what single sign-on adds to the session of the user who waits; None for a password."""
    pending = session.get(PENDING) or {}
    found: dict[str, Any] | None = pending.get("sign_on")
    return found


def stop_waiting(session: SessionBase, *, at: datetime) -> None:
    """Note that the person is signed in, and has just shown who they are."""
    session.pop(PENDING, None)
    prove(session, at=at)


def prove(session: SessionBase, *, at: datetime) -> None:
    """Note that the person has just shown who they are."""
    session[PROVED_AT] = at.timestamp()


def disprove(session: SessionBase) -> None:
    """Note that nothing says when the person last showed who they are."""
    session.pop(PROVED_AT, None)


def is_proved(session: SessionBase, *, at: datetime) -> bool:
    """Tell whether the person has lately shown who they are: an open screen is not enough."""
    proved_at = session.get(PROVED_AT)
    return proved_at is not None and at.timestamp() - proved_at < PROOF_LASTS.total_seconds()
