"""The devices that somebody is signed in on: each is a session, which they can end.

A session's key is all that it takes to be its person, so pages name a session by a mark made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth import HASH_SESSION_KEY
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from messaging.models import StaffSession
from messaging.services.audit.record import storable

from .browsers import LONGEST_AGENT, Browser, browser_of
from .security_log import record_security_event
from .session_limits import SIGNED_IN_AT, is_over, signed_in_at
from .sessions import SessionStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.base import SessionBase

#: In a session: the browser's User-Agent header, and the address that its person signed in from.
AGENT: Final = "agent"
ADDRESS: Final = "address"


@dataclass(frozen=True)
class Device:
    """A browser that somebody is signed in with.

    Attributes:
        mark: names it on pages; it lets nobody in.
        browser: what it says it is.
        address: where its person signed in from, "" when nobody knows.
        signed_in_at: since when; None for a session of before.
        last_seen_at: when it was last used, to some minutes; None when nobody knows.
        is_current: it is the one that asks.
    """

    mark: str
    browser: Browser
    address: str
    signed_in_at: datetime | None
    last_seen_at: datetime | None
    is_current: bool


def describe_session(session: SessionBase, *, agent: str, address: str, at: datetime) -> None:
    """Note in a session which browser its person signs in with, from where, and when.

    Args:
        session: of somebody who signs in right now.
        agent: the User-Agent header.
        address: the caller's, as `client_address` returns it.
        at: now.
    """
    session[SIGNED_IN_AT] = at.timestamp()
    session[AGENT] = storable(agent)[:LONGEST_AGENT]
    session[ADDRESS] = address


def devices_of(user: User, *, current_key: str | None) -> list[Device]:
    """Return where somebody is signed in, the device that asks first, then the last used.

    Args:
        user: who.
        current_key: of the session that asks.
    """
    devices = [
        _device(row, data, is_current=row.pk == current_key) for row, data in _sessions_of(user)
    ]
    return sorted(
        devices,
        key=lambda each: (
            each.is_current,
            (each.last_seen_at or each.signed_in_at or timezone.now()).timestamp(),
        ),
        reverse=True,
    )


def sign_out_device(user: User, *, mark: str, address: str) -> bool:
    """End the session that a mark names.

    Returns:
        Whether somebody's own session had this mark.
    """
    for row, data in _sessions_of(user):
        if constant_time_compare(mark_of(row.pk), mark):
            device = _device(row, data, is_current=False)
            with transaction.atomic():
                row.delete()
                record_security_event(
                    "device_signed_out",
                    user=user,
                    address=address,
                    browser=device.browser.name,
                    system=device.browser.system,
                    signed_in_from=device.address,
                )
            return True
    return False


def sign_out_others(user: User, *, current_key: str | None, address: str) -> int:
    """End all sessions of somebody but the one that asks.

    Returns:
        How many there were.
    """
    with transaction.atomic():
        others = StaffSession.objects.filter(user=user).exclude(pk=current_key or "")
        count = sum(row.pk != current_key for row, _data in _sessions_of(user))
        others.delete()
        if count:
            record_security_event(
                "other_devices_signed_out", user=user, address=address, count=count
            )
    return count


def mark_of(session_key: str) -> str:
    """Return what names a session on pages."""
    return salted_hmac("didsms.device", session_key, algorithm="sha256").hexdigest()[:32]


def _sessions_of(user: User) -> Iterator[tuple[StaffSession, dict[str, Any]]]:
    """Yield the sessions that still let somebody in, with what they hold."""
    now = timezone.now()
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    for row in StaffSession.objects.filter(user=user, expire_date__gt=now):
        data = SessionStore().decode(row.session_data)
        given = str(data.get(HASH_SESSION_KEY, ""))
        is_of_this_password = any(constant_time_compare(given, each) for each in hashes)
        if is_of_this_password and not is_over(data, last_seen_at=row.last_seen_at, at=now):
            yield row, data


def _device(row: StaffSession, data: dict[str, Any], *, is_current: bool) -> Device:
    return Device(
        mark=mark_of(row.pk),
        browser=browser_of(str(data.get(AGENT, ""))),
        address=str(data.get(ADDRESS, "")),
        signed_in_at=signed_in_at(data),
        last_seen_at=row.last_seen_at,
        is_current=is_current,
    )
