"""The pickers that stand for a select: the list's filters, and the sender of a new message."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from messaging.models import Label
from tests.browser.pickers import LONG, active, shown
from tests.factories import make_did, make_user

pytestmark = [pytest.mark.nightly, pytest.mark.browser]


def test_filters_and_sender_are_pickers_that_hold_many(open_page, site, accessible):
    for number in (10, 2, 1):
        make_did(f"4420794600{number:02}", label=f"L{number}")
        make_user(f"agent{number}", first_name=f"Agent {number} {LONG}", is_staff=True)
        Label.objects.create(name=f"Label {number}")
    page = open_page("/inbox/open/")
    page.locator(".filters > summary").click()
    menu = page.locator(".filter-menu")

    menu.get_by_role("button", name="Number Any number").click()
    expect(shown(page)).to_have_text(["Any number", "Front desk", "L1", "L2", "L10"])
    expect(active(page)).to_have_text("Any number")
    accessible("#picker")
    page.keyboard.type("20 7946 0002")
    page.keyboard.press("Enter")
    expect(menu.get_by_role("button", name="Number L2")).to_be_focused()
    menu.get_by_role("button", name="Label Any label").click()
    expect(shown(page)).to_have_text(["Any label", "Label 1", "Label 2", "Label 10"])
    page.keyboard.press("Escape")
    expect(menu).to_be_visible()
    menu.get_by_text("Assigned to").click()
    page.keyboard.press("Enter")
    page.keyboard.type("agent 10")
    option = page.locator("#picker").get_by_role("option", name="Agent 10")
    expect(option).to_have_attribute("title", f"Agent 10 {LONG.strip()}")
    page.keyboard.press("Enter")
    menu.get_by_role("button", name="Apply").click()

    expect(page).to_have_url(re.compile(r"assignee=agent10&number=\d+"))
    page.locator(".filters > summary").click()
    expect(menu.get_by_role("button", name="Number L2")).to_be_visible()
    number = menu.get_by_role("button", name="Number L2").bounding_box()
    person = menu.get_by_role("button", name="Assigned to Agent 10").bounding_box()
    assert (number["width"], number["height"]) == (person["width"], person["height"])

    page.goto(f"{site}/inbox/new/")
    page.get_by_role("button", name="From Front desk").click()
    expect(shown(page)).to_have_text(["Front desk", "L1", "L2", "L10"])
    page.keyboard.type("l10")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="From L10")).to_be_focused()
    page.reload()
    expect(page.get_by_role("button", name="From Front desk")).to_be_visible()


def test_selects_are_themselves_without_a_script(browser, site, open_page):
    make_did("34910000000", label="Billing")
    page = open_page("/inbox/open/")
    context = browser.new_context(
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(f"{site}/inbox/new/")
    plain.locator("#id_sender").select_option(label="Billing +34 910 00 00 00")
    plain.goto(f"{site}/inbox/open/")
    plain.locator(".filters > summary").click()
    plain.locator("#filter-number").select_option("Billing")
    plain.get_by_role("button", name="Apply").click()

    expect(plain.locator("[data-row]")).to_have_count(0)
    assert plain.locator(".pick-one:visible").count() == 0
    context.close()
