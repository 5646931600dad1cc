"""What tests do with the picker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page


def pick(page: Page, label: str, name: str) -> None:
    """Choose from the picker that stands for a select."""
    opener = page.get_by_role("button", name=re.compile(f"^{label} "))
    opener.click()
    page.locator("#picker").get_by_role("option", name=name).first.click()
    expect(opener).to_contain_text(name)
