"""Several people at once: a browser context of its own for each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page

from messaging.services.access.sessions import SessionStore


def session_cookie(user: User, site: str) -> dict[str, str]:
    """The cookie of a new session of a user."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "messaging.services.access.auth_backend.StaffBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": session.session_key or "",
        "url": site,
    }


@contextmanager
def page_of(
    browser: Browser,
    site: str,
    user: User,
    path: str = "/",
    *,
    timezone_id: str = "Europe/Madrid",
    **context,
) -> Iterator[Page]:
    """A page of somebody else, in a browser of their own; it fails on script errors."""
    own = browser.new_context(
        viewport={"width": 1440, "height": 900},
        locale="en-GB",
        timezone_id=timezone_id,
        reduced_motion="reduce",
        **context,
    )
    own.add_cookies([session_cookie(user, site)])
    page = own.new_page()
    problems: list[str] = []
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(site + path)
    yield page
    own.close()
    assert problems == []
