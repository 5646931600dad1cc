"""A reply is saved where it was written, and is there at once."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import CannedReply
from tests.browser_fixtures import SIZES
from tests.factories import make_conversation, make_did, make_inbound, make_user

pytestmark = [pytest.mark.browser]


@pytest.fixture
def thread(page, site, sign_in, transactional_db):
    did = make_did()
    tom = make_user("tom", first_name="Tom")
    did.members.add(tom)
    conversation = make_conversation(phone="34600000000", name="Elena", at=timezone.now())
    make_inbound(phone="34600000000", content="Are you open today?", at=timezone.now())
    sign_in(tom)
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    return page


def open_dialog(page):
    page.locator(".split details > summary").click()
    page.get_by_text("Save this text as a reply…").click()
    dialog = page.get_by_role("dialog", name="New saved reply")
    expect(dialog).to_be_visible()
    return dialog


def test_text_of_the_composer_becomes_a_reply(thread):
    page = thread
    CannedReply.objects.create(shortcut="hours", content="9 to 18")
    page.locator("#reply").fill("We are open until six.")
    dialog = open_dialog(page)
    expect(dialog.get_by_label("Text")).to_have_value("We are open until six.")

    dialog.get_by_label("Shortcut").fill("Hours")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_have_text("There is already a saved reply /Hours.")
    dialog.get_by_label("Shortcut").fill("until_six")
    dialog.get_by_label("Only for me").check()
    dialog.get_by_role("button", name="Save").click()

    expect(dialog).to_be_hidden()
    expect(page.locator(".toast")).to_contain_text("Saved as /until_six.")
    expect(page.locator("#reply")).to_have_value("We are open until six.")
    page.locator("#reply").fill("")
    page.locator("#reply").press_sequentially("/UNTIL")
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_have_value("We are open until six.")
    reply = CannedReply.objects.get(shortcut="until_six")
    assert (reply.content, reply.owner.username) == ("We are open until six.", "tom")
    page.problems[:] = [line for line in page.problems if "422" not in line]


def test_dialog_is_accessible(thread, accessible, size, theme):
    page = thread
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(SIZES[size])
    open_dialog(page)
    accessible("#reply-dialog")


def test_list_is_accessible(thread, accessible, site, size, theme):
    page = thread
    CannedReply.objects.create(shortcut="hours", content="9 to 18 " * 100)
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(SIZES[size])

    page.goto(f"{site}/inbox/replies/")
    accessible()
    page.get_by_text("/hours").click()
    expect(page.get_by_role("heading", name="Edit saved reply")).to_be_visible()
    accessible()
