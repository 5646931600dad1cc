"""The two fields that search: both live; one changes the address, the other leads to one."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import StaffSettings
from tests.factories import make_conversation, make_did, make_inbound, make_user
from tests.processes import until

pytestmark = [pytest.mark.nightly, pytest.mark.browser]


@pytest.fixture
def elena(transactional_db):
    """She wrote last, so that hers is the first row."""
    make_did()
    make_conversation(phone="34600000001", name="Jonas", at=timezone.now())
    make_inbound(phone="34600000001", content="A zebra crossing", at=timezone.now())
    conversation = make_conversation(phone="34600000000", name="Elena", at=timezone.now())
    make_inbound(phone="34600000000", content="Are you open today?", at=timezone.now())
    return conversation


@pytest.fixture
def inbox(page, site, sign_in, ana, elena):
    def open_page(path="/inbox/open/"):
        sign_in(ana)
        page.goto(site + path)
        expect(page.locator("[data-live-state]").first).to_have_text("Live")
        return page

    return open_page


def names(page):
    return page.locator("[data-rows] .who")


def palette(page, text):
    """Open the palette and type into it."""
    page.keyboard.press("Control+k")
    page.keyboard.type(text)
    return page.locator("#palette [role=option]:visible .name")


# --- The search of the list ---


def test_list_is_searched_while_typing_and_the_address_follows(inbox, elena):
    page = inbox(f"/inbox/open/{elena.pk}/")
    page.keyboard.press("/")
    field = page.get_by_role("searchbox")

    page.keyboard.type("zebr")
    expect(names(page)).to_have_text(["Jonas"])
    expect(page.locator("[data-rows] mark")).to_have_text("zebr")
    page.keyboard.type("a")
    expect(page).to_have_url(re.compile(rf"/inbox/open/{elena.pk}/\?q=zebra$"))

    expect(field).to_be_focused()
    expect(field).to_have_value("zebra")
    expect(page.locator("#thread-header h1")).to_have_text("Elena")
    page.reload()
    expect(names(page)).to_have_text(["Jonas"])
    expect(page.locator("#thread-header h1")).to_have_text("Elena")


def test_one_step_back_leaves_the_search_however_much_was_typed(inbox):
    page = inbox()
    page.keyboard.press("/")
    page.keyboard.type("ze")
    expect(page).to_have_url(re.compile(r"\?q=ze$"))
    page.keyboard.type("bra")
    expect(page).to_have_url(re.compile(r"\?q=zebra$"))

    page.go_back()

    expect(names(page)).to_have_text(["Elena", "Jonas"])
    assert page.url.endswith("/inbox/open/")


def test_emptied_search_is_the_plain_view(inbox):
    page = inbox("/inbox/open/?q=zebra")
    expect(names(page)).to_have_text(["Jonas"])

    page.get_by_role("searchbox").fill("")

    expect(names(page)).to_have_text(["Elena", "Jonas"])
    expect(page.locator(".narrowed")).to_have_count(0)
    assert page.url.endswith("/inbox/open/")


def test_search_keeps_the_filters(inbox):
    page = inbox("/inbox/open/?needs_reply=1")
    page.get_by_role("searchbox").fill("zebra")

    expect(names(page)).to_have_text(["Jonas"])
    expect(page).to_have_url(re.compile(r"\?(?=.*q=zebra)(?=.*needs_reply=1)"))


# --- The palette ---


def test_escape_closes_the_palette_at_once(inbox):
    page = inbox()
    palette(page, "clo")

    page.keyboard.press("Escape")

    expect(page.locator("#palette")).to_be_hidden()


def test_palette_assigns_by_name(inbox, elena):
    tom = make_user("tom", first_name="Tom", is_staff=True)
    make_user("eva", first_name="Eva", is_staff=True)
    page = inbox(f"/inbox/open/{elena.pk}/")
    found = palette(page, "assign tom")
    expect(found).to_have_text(["Assign to Tom", "Show all results for “assign tom”"])

    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Assigned to Tom.")
    elena.refresh_from_db()
    assert elena.assignee == tom


def test_palette_names_colleagues_only_beside_a_conversation(inbox):
    make_user("tom", first_name="Tom", is_staff=True)
    page = inbox()

    expect(palette(page, "assign tom")).to_have_text(["Show all results for “assign tom”"])


def test_palette_changes_the_theme(inbox, ana):
    page = inbox()
    expect(palette(page, "dark").first).to_have_text("Switch to the dark theme")

    page.keyboard.press("Enter")

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    until(lambda: StaffSettings.objects.filter(user=ana, theme="dark").exists())


def test_palette_signs_out(inbox):
    page = inbox()
    expect(palette(page, "sign out").first).to_have_text("Sign out")

    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_palette_exports_the_open_conversation(inbox, elena):
    page = inbox(f"/inbox/open/{elena.pk}/")
    expect(palette(page, "export").first).to_have_text("Export as CSV")

    with page.expect_download() as download:
        page.keyboard.press("Enter")

    assert download.value.suggested_filename.endswith(".csv")


def test_palette_leads_to_all_that_is_found(inbox):
    page = inbox()
    palette(page, "zebra")
    page.locator("#palette [data-everywhere]").click()

    expect(page).to_have_url(re.compile(r"/inbox/all/\?q=zebra$"))
    expect(names(page)).to_have_text(["Jonas"])


def test_palette_prefers_who_was_found_to_the_list_of_all(inbox, elena):
    page = inbox()
    found = palette(page, "elena")
    expect(found).to_have_text(["Elena", "Show all results for “elena”"])

    page.keyboard.press("Enter")

    expect(page.locator("#thread-header h1")).to_have_text("Elena")


# --- Room ---


def test_close_and_snooze_are_in_sight_on_a_small_laptop(inbox, elena):
    page = inbox(f"/inbox/open/{elena.pk}/")
    page.set_viewport_size({"width": 1280, "height": 720})

    expect(page.locator("#pick-snooze")).to_be_in_viewport()
    expect(page.locator("#thread-header").get_by_role("button", name="Close")).to_be_in_viewport()
    expect(page.locator("#details")).to_be_hidden()
    page.locator("#toggle-details").click()
    expect(page.locator("#details")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#details")).to_be_hidden()
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator("#details")).to_be_visible()
