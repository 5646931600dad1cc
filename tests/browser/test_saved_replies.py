"""A reply is saved where it was written, and is there at once."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import CannedReply
from tests.browser_fixtures import SIZES
from tests.factories import make_conversation, make_did, make_inbound, make_user

pytestmark = [pytest.mark.nightly, pytest.mark.browser]


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
    page.get_by_text("Save as a saved reply…").click()
    dialog = page.get_by_role("dialog", name="New saved reply")
    expect(dialog).to_be_visible()
    return dialog


def test_text_of_the_composer_becomes_a_reply(thread):
    page = thread
    CannedReply.objects.create(shortcut="hours", content="9 to 18")
    page.locator("#reply").fill("We are open until six.")
    dialog = open_dialog(page)
    expect(dialog.get_by_label("Message text")).to_have_value("We are open until six.")

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


# --- The picker in the composer ---


def replies(page):
    return page.locator("#picker .reply:visible .name")


@pytest.fixture
def many(thread):
    CannedReply.objects.create(shortcut="r10", content="Ten")
    CannedReply.objects.create(shortcut="r2", content="Two for {contact_first_name}\nand more")
    CannedReply.objects.create(shortcut="hours", content="Open 9 to 18", owner=get_tom())
    thread.reload()
    return thread


def get_tom():
    return User.objects.get(username="tom")


def test_slash_opens_the_picker_with_its_field(many):
    page = many
    page.locator("#reply").press_sequentially("/")

    field = page.get_by_role("combobox", name="Saved replies")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(replies(page)).to_have_text(["/hours", "/r2", "/r10"])
    expect(page.locator("#picker .reply", has_text="/hours")).to_contain_text("Only for me")
    page.keyboard.press("ArrowDown")
    active = page.locator("#picker [data-active]")
    expect(active).to_contain_text("/r2")
    expect(field).to_have_attribute("aria-activedescendant", active.get_attribute("id"))
    expect(page.locator("[data-picker-preview]")).to_have_text("Two for Elena and more")
    page.keyboard.press("Enter")

    expect(page.locator("#reply")).to_have_value("Two for Elena\nand more")
    expect(page.locator("#reply")).to_be_focused()


def test_what_is_typed_after_the_slash_is_text_of_the_message(many):
    page = many
    for keys, text in (
        (["Escape"], "Hi /r1"),
        (["Tab"], "Hi Ten"),
        (["Backspace", "Backspace", "Backspace"], "Hi "),
        (["x", " "], "Hi /r1x "),  # A space in what has no match.
    ):
        page.locator("#reply").fill("")
        page.locator("#reply").press_sequentially("Hi /r1")
        expect(replies(page)).to_have_text(["/r10"])

        for key in keys:
            page.keyboard.press(key)

        expect(page.locator("#picker")).to_be_hidden()
        expect(page.locator("#reply")).to_have_value(text)
        page.keyboard.type("!")
        expect(page.locator("#reply")).to_have_value(f"{text}!")
        expect(page.locator("#picker")).to_be_hidden()


def test_slash_between_words_stays_text(many):
    page = many
    page.locator("#reply").press_sequentially("Tea / coffee and/or milk")

    expect(page.locator("#reply")).to_have_value("Tea / coffee and/or milk")
    expect(page.locator("#picker")).to_be_hidden()


def test_keys_in_the_message_itself_choose_too(many):
    page = many
    page.locator("#reply").press_sequentially("/r")
    expect(replies(page)).to_have_text(["/r2", "/r10", "/hours"])
    page.locator("#reply").press("ArrowDown")
    page.locator("#reply").press("Enter")

    expect(page.locator("#reply")).to_have_value("Ten")
    expect(page.locator("#picker")).to_be_hidden()


def test_button_puts_a_reply_where_the_caret_is(many):
    page = many
    page.locator("#reply").fill("Hello.")
    page.locator("[data-open-canned]").click()
    page.keyboard.type("/r10")
    expect(replies(page)).to_have_text(["/r10"])
    page.keyboard.press("Enter")

    expect(page.locator("#reply")).to_have_value("Hello. Ten")


def test_text_is_saved_as_a_reply_from_the_picker(many):
    page = many
    page.locator("#reply").press_sequentially("/")
    expect(
        page.locator("#picker").get_by_role("option", name="Save as a saved reply")
    ).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator("#reply").fill("")
    page.locator("#reply").press_sequentially("We are open. /")

    page.locator("#picker").get_by_role("option", name="Save as a saved reply").click()

    dialog = page.get_by_role("dialog", name="New saved reply")
    expect(dialog.get_by_label("Message text")).to_have_value("We are open. ")
    expect(page.locator("#reply")).to_have_value("We are open. ")


def test_where_there_are_no_replies_the_picker_says_so(thread):
    page = thread
    page.locator("#reply").press_sequentially("/")

    expect(page.locator("#picker")).to_contain_text("No saved replies yet")
    page.locator("#picker").get_by_role("option", name="Manage saved replies").click()
    expect(page).to_have_url(re.compile("/inbox/replies/$"))


def test_picker_of_replies_is_accessible(many, accessible, size, theme):
    page = many
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(SIZES[size])
    page.locator("#reply").press_sequentially("Hello /")
    expect(replies(page)).to_have_count(3)

    accessible("#picker")
