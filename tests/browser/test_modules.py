"""The inbox's modules in Chromium: all are asked for at once, and each once."""

from urllib.parse import urlsplit

import pytest

from tests.browser.people import page_of  # noqa: F401
from tests.factories import make_user

pytestmark = [pytest.mark.browser]
IS_MODULE = "/static/messaging/js/"


def test_page_hints_at_every_module_and_loads_it_once(page, site, sign_in):
    sign_in(make_user("ana", is_staff=True))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(f"{site}/inbox/", wait_until="load")

    hinted = page.eval_on_selector_all(
        "link[rel=modulepreload], head script[src]",
        "(nodes) => nodes.map((node) => new URL(node.href ?? node.src).pathname)",
    )

    modules = [path for path in asked if path.startswith(IS_MODULE)]
    assert sorted(modules) == sorted(path for path in hinted if path.startswith(IS_MODULE))
    assert len(modules) == len(set(modules))
    assert len(modules) > 40
