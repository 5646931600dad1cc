"""Wait for what a page does, never for a time."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.processes import until


def painted(page: Page) -> None:
    """Return when the page has painted twice: what follows at once from the last input is done."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def page_until(page: Page, is_true: Callable[[], object], *, what: str) -> None:
    """Wait for a condition outside the page, while routes and listeners of the page are served."""

    def served_and_true() -> object:
        painted(page)
        return is_true()

    until(served_and_true, what=what)


def posts_of(page: Page, ending: str) -> list[str]:
    """Return a list that fills with the addresses posted to from now on that end in `ending`."""
    posted: list[str] = []
    page.on(
        "request",
        lambda request: (
            posted.append(request.url)
            if request.method == "POST" and request.url.endswith(ending)
            else None
        ),
    )
    return posted
