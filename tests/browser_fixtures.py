"""Fixtures for tests in Chromium: strict pages, signing in, accessibility, screenshots."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from messaging.services.access.sessions import SessionStore

# The first is Chromium without its window, which takes half of the time.
CHROMIUM_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
SIZES = {"desktop": {"width": 1440, "height": 900}, "mobile": {"width": 390, "height": 844}}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Playwright gives up after 5 s, which a machine that does other work too may need.
LONGEST_WAIT_MS = 60_000
expect.set_options(timeout=LONGEST_WAIT_MS)


def chromium_path() -> str | None:
    """Return the browser's path: CHROMIUM, else the first that PATH has."""
    found = (shutil.which(name) for name in CHROMIUM_NAMES)
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium, without background traffic."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium: run scripts/install_browser.sh, or set CHROMIUM")
    return {
        **browser_type_launch_args,
        "executable_path": path,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    """A desktop in Madrid, in English, with less motion."""
    return {
        **browser_context_args,
        "viewport": SIZES["desktop"],
        "locale": "en-GB",
        "timezone_id": "Europe/Madrid",
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def shared_context(
    browser: Browser, browser_context_args: dict[str, Any]
) -> Iterator[BrowserContext]:
    """What all tests of a process share: Chromium fetches our scripts and styles once."""
    with closing(browser.new_context(**browser_context_args)) as context:
        yield context


@pytest.fixture
def context(shared_context: BrowserContext) -> Iterator[BrowserContext]:
    """The shared context, as good as new: what a test leaves in it goes with the test."""
    origins: set[str] = set()

    def note(page: Page) -> None:
        page.on("domcontentloaded", lambda page: origins.add(origin_of(page.url)))

    shared_context.on("page", note)
    yield shared_context
    shared_context.remove_listener("page", note)
    for page in shared_context.pages:
        page.close()
    shared_context.set_offline(False)
    shared_context.clear_permissions()
    shared_context.clear_cookies()
    forget_storage(shared_context, origins)


def origin_of(address: str) -> str:
    """Return the part of a page's address that its storage belongs to."""
    return urlsplit(address)._replace(path="", query="", fragment="").geturl()


def forget_storage(context: BrowserContext, origins: Iterable[str]) -> None:
    """Empty what pages keep in the browser, but not the cache of what they fetched."""
    with closing(context.new_page()) as page:
        session = context.new_cdp_session(page)
        for origin in origins:
            session.send(
                "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"}
            )


@pytest.fixture
def page(transactional_db: None, page: Page) -> Iterator[Page]:
    """A page that fails the test on script errors, console errors and CSP violations.

    A test that expects one removes it from `page.problems`. The page is closed before the database
    is emptied, or what it asks for by itself would find nothing there.
    """
    page.set_default_timeout(LONGEST_WAIT_MS)
    problems: list[str] = []
    page.problems = problems  # type: ignore[attr-defined]

    def note(line: ConsoleMessage) -> None:
        problems.append(f"{line.text} ({line.location.get('url', '')})")

    page.on("console", lambda line: note(line) if line.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    found = list(problems)
    page.close()
    assert found == []


@pytest.fixture
def sign_in(page: Page, site: str) -> Callable[[User], None]:
    """Give the browser a session of a user, without the login page."""

    def sign_in(user: User) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "messaging.services.access.auth_backend.StaffBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": site}]
        )

    return sign_in


@pytest.fixture
def accessible(page: Page) -> Callable[..., None]:
    """Check the page (or a part, by selector) with axe against WCAG 2.2 AA."""

    def check(context: str | None = None) -> None:
        # Without "preload": axe would copy @import-ed styles inline, which our policy forbids.
        # What passes is not listed node by node: only that takes long on a large page.
        options = {"runOnly": WCAG, "preload": False, "resultTypes": ["violations"]}
        results = Axe().run(page, context=context, options=options)
        assert results.violations_count == 0, results.generate_report()

    return check


@pytest.fixture(params=["light", pytest.param("dark", marks=pytest.mark.nightly)])
def theme(request: pytest.FixtureRequest) -> str:
    """A color scheme; `make test` takes the light one only."""
    return str(request.param)


@pytest.fixture(params=["desktop", pytest.param("mobile", marks=pytest.mark.nightly)])
def size(request: pytest.FixtureRequest) -> str:
    """A name in SIZES; `make test` takes the desktop only."""
    return str(request.param)


@pytest.fixture
def accessible_at(
    page: Page, accessible: Callable[..., None], theme: str, size: str
) -> Callable[[str], None]:
    """Check a page, by its address, in each theme and size."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(SIZES[size])

    def check(address: str) -> None:
        page.goto(address)
        accessible()

    return check


@pytest.fixture
def shots(page: Page) -> Callable[..., None]:
    """Take a screenshot in each size and theme, into the folder that SHOTS names."""
    folder = Path(os.environ.get("SHOTS", "shots"))

    def take(name: str, *, full_page: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for size, viewport in SIZES.items():
            for theme in ("light", "dark"):
                page.set_viewport_size(viewport)
                page.emulate_media(color_scheme=theme)
                page.screenshot(
                    path=folder / f"{name}-{size}-{theme}.png",
                    full_page=full_page,
                    animations="disabled",
                )

    return take
