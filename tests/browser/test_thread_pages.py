"""The thread's menus, panel, dialogs and pages: reachable by keyboard and touch, and accessible."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import CannedReply, Label, Memo, Message, StaffSession
from messaging.services.conversations.lifecycle import assign, snooze
from messaging.services.conversations.notes import add_note
from tests.browser.pickers import pick
from tests.browser_fixtures import SIZES
from tests.factories import make_conversation, make_did, make_inbound, make_outbound

pytestmark = [pytest.mark.browser]


@pytest.fixture
def conversation(ana):
    conversation = make_conversation(name="Elena Martínez", at=timezone.now())
    make_inbound(content="Are you open today? https://example.org", at=timezone.now())
    add_note(conversation=conversation, author=ana, content="@ana look", at=timezone.now())
    make_outbound(conversation, "Yes", user=ana, status="delivered", at=timezone.now())
    conversation.labels.add(Label.objects.create(name="VIP", color=2))
    make_inbound(
        make_did("442079460123", label="London"), content="Other number", at=timezone.now()
    )
    CannedReply.objects.create(shortcut="hours", content="Open 9-20")
    return conversation


@pytest.fixture
def thread(page, site, sign_in, ana, conversation):
    sign_in(ana)
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    return page


def test_everything_that_opens_is_accessible(thread, accessible, size, theme):
    page = thread
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(SIZES[size])
    page.reload()
    accessible("#main-pane")
    for menu in ("#more-menu", ".split details"):
        page.locator(f"{menu} > summary").click()
        accessible(f"{menu} > .menu")
        page.keyboard.press("Escape")
        expect(page.locator(f"{menu} > .menu")).to_be_hidden()
    page.locator(".acts > [data-open-later]").click()
    page.locator("#reply").press_sequentially("“/” /")
    expect(page.locator("#picker")).to_be_visible()
    accessible("#composer")
    accessible("#picker")


def test_pages_are_accessible(site, sign_in, accessible_at, ana, conversation):
    sign_in(ana)
    message = conversation.messages.first()
    for path in (
        "/inbox/new/",
        f"/messages/{message.pk}/",
        f"/conversations/{conversation.pk}/print/",
    ):
        accessible_at(site + path)


def test_new_conversation_is_written_and_opens(page, site, sign_in, ana, conversation):
    sign_in(ana)
    page.goto(f"{site}/inbox/new/")
    pick(page, "From", "Front desk")
    page.get_by_label("To", exact=True).fill("+34 600 11 22 33")
    page.get_by_label("Message", exact=True).fill("Good day")
    expect(page.locator(".new-message [data-count]")).to_contain_text("8/160 · 1 segment")
    page.get_by_label("Message", exact=True).press("Control+Enter")

    expect(page.locator("#thread-header h1")).to_have_text("+34 600 11 22 33")
    expect(page.locator(".msg.out .bubble")).to_have_text("Good day")


@pytest.mark.nightly
def test_new_message_goes_out_from_the_number_that_was_worked_with(thread, conversation):
    page = thread
    page.keyboard.press("c")

    expect(page.locator("#id_sender")).to_have_value(str(conversation.did_number_id))


def forget_what_htmx_says(page, expected):
    """Take the failure that the test made, and htmx's word of it, from what the console said."""
    page.problems[:] = [
        line for line in page.problems if expected not in line and "htmx-2" not in line
    ]


def write_to_somebody_new(page, site):
    page.goto(f"{site}/inbox/new/")
    page.get_by_label("To", exact=True).fill("+34 600 11 22 33")
    page.get_by_label("Message", exact=True).fill("A long and thoughtful text")


@pytest.mark.nightly
def test_new_message_outlives_the_session(page, site, sign_in, ana, conversation):
    sign_in(ana)
    write_to_somebody_new(page, site)
    StaffSession.objects.all().delete()
    page.get_by_label("Message", exact=True).press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("session has ended")
    expect(page.get_by_label("Message", exact=True)).to_have_value("A long and thoughtful text")

    sign_in(ana)
    page.goto(f"{site}/inbox/new/")
    expect(page.get_by_label("To", exact=True)).to_have_value("+34 600 11 22 33")
    page.get_by_label("Message", exact=True).press("Control+Enter")

    expect(page.locator(".msg.out .bubble")).to_have_text("A long and thoughtful text")
    page.goto(f"{site}/inbox/new/")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    forget_what_htmx_says(page, "403")


def test_new_message_whose_answer_was_lost_is_sent_once(page, site, sign_in, ana, conversation):
    sign_in(ana)
    write_to_somebody_new(page, site)
    page.route("**/inbox/new/", lambda route: (route.fetch(max_redirects=0), route.abort()))
    page.get_by_label("Message", exact=True).press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("You’re offline")

    page.unroute_all()
    page.goto(f"{site}/inbox/new/")
    page.get_by_label("Message", exact=True).press("Control+Enter")

    expect(page.locator(".msg.out .bubble")).to_have_count(1)
    assert Message.objects.filter(content="A long and thoughtful text").count() == 1
    forget_what_htmx_says(page, "ERR_FAILED")


@pytest.mark.nightly
def test_new_message_to_a_thread_with_news_shows_them_first(page, site, sign_in, ana, conversation):
    make_inbound(phone="34600112233", content="Is it ready?", at=timezone.now())
    sign_in(ana)
    write_to_somebody_new(page, site)
    page.get_by_label("Message", exact=True).press("Control+Enter")
    expect(page.locator(".new-message .moved")).to_contain_text("They replied Is it ready?")
    page.get_by_role("button", name="Send anyway").click()

    expect(page.locator(".msg.out .bubble")).to_have_text("A long and thoughtful text")
    forget_what_htmx_says(page, "409")


@pytest.mark.nightly
def test_panel_is_a_drawer_on_a_phone_and_stays_shut_on_a_large_screen(thread):
    page = thread
    panel = page.locator("#details")
    expect(panel).to_be_visible()
    page.get_by_role("button", name="Close details").click()
    expect(panel).to_be_hidden()
    page.reload()
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Contact details").click()
    expect(panel).to_be_visible()

    page.set_viewport_size(SIZES["mobile"])
    page.reload()
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Contact details").click()
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_whole_answer_with_the_keyboard_alone(thread, conversation):
    page = thread
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("Until eight.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.out .bubble").last).to_have_text("Until eight.")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("Told her")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".note .text").last).to_have_text("Told her")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("Closed.")
    conversation.refresh_from_db()
    assert conversation.status == "closed"


@pytest.mark.nightly
def test_editing_a_contact_is_not_disturbed_by_what_arrives(thread):
    page = thread
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    page.locator("#edit-memo summary").click()
    page.locator("#memo").press_sequentially("Half a mem")

    make_inbound(content="Hello?", at=timezone.now())

    expect(page.locator("#thread-log .bubble").last).to_have_text("Hello?")
    page.keyboard.type("o")
    expect(page.locator("#memo")).to_have_value("Half a memo")
    page.locator("#edit-memo").get_by_role("button", name="Save").click()
    expect(page.locator("#details p.memo")).to_have_text("Half a memo")
    assert Memo.objects.get().content == "Half a memo"


def test_text_is_hidden_from_the_dialog(thread, conversation):
    message = make_inbound(content="4111 1111 1111 1111", at=timezone.now())
    page = thread
    page.locator(f"#m-{message.pk} .bubble").click()
    page.get_by_text("Hide sensitive text…").click()
    page.get_by_role("button", name="Hide text").click()

    expect(page.locator(f"#m-{message.pk} .bubble")).to_have_text("•••• •••• •••• ••••")
    expect(page.locator(f"#m-{message.pk} .foot")).to_contain_text("Hidden by Ana Ruiz")
    assert "4111" not in Message.objects.get(pk=message.pk).content


@pytest.mark.nightly
def test_block_and_undo(thread, conversation):
    page = thread
    page.locator("#more-menu summary").click()
    page.get_by_role("button", name="Block this sender", exact=True).click()
    expect(page.locator("#thread-banners")).to_contain_text("This sender is blocked")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#thread-banners")).not_to_contain_text("This sender is blocked")


@pytest.mark.nightly
def test_on_a_phone_a_conversation_is_snoozed_until_a_time_in_words(thread, conversation):
    page = thread
    page.set_viewport_size(SIZES["mobile"])
    page.locator("#more-menu > summary").click()

    page.get_by_role("button", name="Snooze until…").click()
    page.locator("#picker [role=combobox]").fill("in 2 days")
    page.locator("#picker [data-understood]").click()

    expect(page.locator("#toasts")).to_contain_text("Snoozed until")
    conversation.refresh_from_db()
    assert conversation.status == "snoozed"


@pytest.mark.nightly
def test_nothing_in_the_header_is_cut_off_at_any_width(thread, ana, conversation):
    page, now = thread, timezone.now()
    assign(conversation=conversation, to=ana, by=ana, at=now)
    snooze(conversation=conversation, until=now + timedelta(days=2), by=ana, at=now)
    for width in (390, 768, 1024, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        page.reload()
        header = page.locator("#thread-header").bounding_box()
        last = page.locator("#toggle-details").bounding_box()
        name = page.locator("#thread-header h1").bounding_box()

        assert last["x"] + last["width"] <= header["x"] + header["width"]
        assert name["width"] >= 60
