"""What tests do with the picker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LONG: Final = "Wolfeschlegelsteinhausenbergerdorff " * 3  # 108 characters


def pick(page: Page, label: str, name: str) -> None:
    """Choose from the picker that stands for a select."""
    opener = page.get_by_role("button", name=re.compile(f"^{label} "))
    opener.click()
    page.locator("#picker").get_by_role("option", name=name).first.click()
    expect(opener).to_contain_text(name)


def picker(page: Page) -> Locator:
    """Return the picker."""
    return page.locator("#picker")


def field(page: Page) -> Locator:
    """Return the field that one types in."""
    return page.locator("#picker [role=combobox]")


def shown(page: Page) -> Locator:
    """Return the names of the options that fit."""
    return page.locator("#picker [role=option]:visible .name")


def active(page: Page) -> Locator:
    """Return the name of the option that Enter would choose."""
    return page.locator("#picker [data-active] .name")
