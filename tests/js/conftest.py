"""Run functions of our modules in Chromium, all cases of a table at once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.processes import ROOT

SCRIPTS = ROOT / "messaging" / "static" / "messaging" / "js"
ORIGIN = "http://scripts.test"


def serve(route: Route) -> None:
    path = SCRIPTS / route.request.url.removeprefix(f"{ORIGIN}/")
    if path.suffix == ".js":
        route.fulfill(path=path, content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


@pytest.fixture(scope="session")
def script_page(browser: Browser) -> Iterator[Page]:
    """An empty page that can import every module of ours."""
    page = browser.new_page()
    page.route(f"{ORIGIN}/**", serve)
    page.goto(f"{ORIGIN}/")
    yield page
    page.close()


@pytest.fixture
def answers(script_page: Page) -> Callable[..., dict[str, Any]]:
    """Call a function of a module once for each case.

    `call` is a JavaScript expression that uses `module` and `given`. Cases and answers are named:
    {name: given} becomes {name: answer}.
    """

    def answers(module: str, call: str, cases: Mapping[str, Any]) -> dict[str, Any]:
        found: list[Any] = script_page.evaluate(
            f"""async (cases) => {{
                const module = await import('/{module}');
                return cases.map((given) => {call});
            }}""",
            list(cases.values()),
        )
        return dict(zip(cases, found, strict=True))

    return answers
