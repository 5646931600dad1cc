"""Two people in one conversation: no double answer, no interruption, nothing typed is lost."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import Draft, Message
from tests.browser.people import page_of
from tests.browser.waiting import painted
from tests.factories import make_conversation, make_did, make_inbound, make_user
from tests.processes import until

pytestmark = [pytest.mark.browser]


@pytest.fixture
def people(transactional_db):
    ana = make_user("ana", first_name="Ana", is_staff=True)
    tom = make_user("tom", first_name="Tom")
    make_did(members=(tom,))
    return ana, tom


@pytest.fixture
def conversation(transactional_db):
    conversation = make_conversation(name="Elena Martínez", at=timezone.now())
    make_inbound(content="Can I come at five?", at=timezone.now())
    return conversation


def is_live(page):
    expect(page.locator("[data-live-state]").first).to_have_text("Live")


def test_both_answer_and_the_second_is_stopped(page, browser, site, sign_in, people, conversation):
    ana, tom = people
    path = f"/inbox/open/{conversation.pk}/"
    sign_in(ana)
    page.goto(site + path)
    is_live(page)
    with page_of(browser, site, tom, path) as his:
        is_live(his)
        page.locator("#reply").fill("Yes, five is fine.")
        his.locator("#reply").fill("Sorry, five is taken.")
        # Ana's browser hears nothing of it in time.
        page.route("**/inbox/parts/thread/**", lambda route: route.abort())
        his.locator("#reply").press("Control+Enter")
        expect(his.locator(".msg.out .bubble")).to_have_text("Sorry, five is taken.")
        page.locator("#reply").press("Control+Enter")

        moved = page.locator("#moved")
        expect(moved).to_contain_text("Not sent: there’s new activity.")
        expect(moved).to_contain_text("Tom replied Sorry, five is taken.")
        expect(page.locator("#reply")).to_have_value("Yes, five is fine.")
        # Whoever goes on typing has not read it: neither a letter nor the same key again sends.
        with page.expect_response("**/reply/"):
            page.keyboard.press("Control+Enter")
        page.keyboard.press("e")
        expect(page.locator("#reply")).to_have_value("Yes, five is fine.e")
        page.keyboard.press("Backspace")
        assert Message.objects.outbound().count() == 1

        page.unroute("**/inbox/parts/thread/**")
        page.get_by_role("button", name="Send anyway").click()
        expect(page.locator(".msg.out .bubble").last).to_have_text("Yes, five is fine.")
    assert Message.objects.outbound().count() == 2
    page.problems[:] = [
        line for line in page.problems if "ERR_FAILED" not in line and "409" not in line
    ]


def test_message_that_arrives_while_i_type_leaves_text_and_focus(
    page, site, sign_in, people, conversation
):
    sign_in(people[0])
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    is_live(page)
    page.locator("#reply").press_sequentially("I am just wri")

    make_inbound(content="Or at six?", at=timezone.now())

    expect(page.locator("#thread-log .bubble").last).to_have_text("Or at six?")
    page.keyboard.type("ting")
    expect(page.locator("#reply")).to_have_value("I am just writing")


def test_stop_that_arrives_while_i_write_closes_the_reply_box_and_keeps_the_text(
    page, site, sign_in, accessible, people, conversation
):
    sign_in(people[0])
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    is_live(page)
    text, note = page.locator("#reply"), page.locator("#note")
    text.fill("We look forward to seeing you")

    make_inbound(content="STOP", at=timezone.now())

    notice = page.locator("#composer-notice")
    expect(notice).to_contain_text("This contact has opted out of messages from this number.")
    expect(notice).to_contain_text("STOP")
    expect(page.locator("#composer")).to_contain_text("Your draft is saved.")
    expect(page.locator("[data-send]")).to_be_hidden()
    expect(page.get_by_role("radio", name="Reply")).to_be_disabled()
    page.keyboard.type("again ez")
    page.keyboard.press("Control+Enter")
    expect(text).to_be_focused()
    expect(text).to_have_value("We look forward to seeing you")
    expect(note).to_have_value("")
    expect(page.locator("#picker")).to_be_hidden()
    accessible("#main-pane")

    page.reload()
    expect(text).to_be_visible()
    expect(text).to_have_value("We look forward to seeing you")
    note.fill("Ring her instead")
    note.press("Control+Enter")
    expect(page.locator(".note .text")).to_have_text("Ring her instead")

    notice.get_by_text("Opt back in…").click()
    notice.get_by_label("How do you know?").fill("They rang us")
    notice.get_by_role("button", name="Opt back in").click()

    expect(page.locator("[data-send]")).to_be_visible()
    expect(text).to_be_editable()
    expect(text).to_have_value("We look forward to seeing you")
    conversation.refresh_from_db()
    assert (conversation.status, conversation.assignee) == ("open", None)


@pytest.mark.nightly
def test_text_that_a_stop_overtook_is_copied(page, site, sign_in, people, conversation):
    sign_in(people[0])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    is_live(page)
    page.locator("#reply").fill("We look forward to seeing you")
    make_inbound(content="STOP", at=timezone.now())

    page.get_by_role("button", name="Copy message").click()

    expect(page.locator(".toast")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "We look forward to seeing you"


@pytest.mark.nightly
def test_stop_and_its_end_leave_who_writes_a_note_alone(page, site, sign_in, people, conversation):
    sign_in(people[0])
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    is_live(page)
    page.locator(".modes label", has_text="Note").click()
    page.keyboard.type("She ra")

    make_inbound(content="STOP", at=timezone.now())
    expect(page.locator("#composer-notice")).to_contain_text("has opted out")
    page.keyboard.type("ng, a")
    make_inbound(content="START", at=timezone.now())
    expect(page.locator("#composer-notice")).not_to_contain_text("has opted out")
    page.keyboard.type("ll is well")

    expect(page.locator("#note")).to_have_value("She rang, all is well")


@pytest.mark.nightly
def test_stop_before_the_first_letter_lets_letters_run_nothing(
    page, site, sign_in, people, conversation
):
    sign_in(people[0])
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    is_live(page)
    page.locator("#reply").focus()

    make_inbound(content="STOP", at=timezone.now())
    expect(page.locator("#composer-notice")).to_contain_text("has opted out")
    painted(page)  # a focus falls when the page is painted
    page.keyboard.type("ie")

    expect(page.locator("#reply")).to_be_focused()
    expect(page.locator("#note")).to_have_value("")
    page.locator("#note").focus()
    expect(page.locator("#reply")).to_be_hidden()
    conversation.refresh_from_db()
    assert (conversation.status, conversation.assignee) == ("open", None)


def test_handing_over_with_a_note_is_seen_by_both(
    page, browser, site, sign_in, people, conversation
):
    ana, tom = people
    path = f"/inbox/open/{conversation.pk}/"
    sign_in(ana)
    page.goto(site + path)
    is_live(page)
    with page_of(browser, site, tom, path) as his:
        is_live(his)
        page.locator("#pick-assignee").click()
        page.get_by_text("Handover note (optional)").click()
        page.get_by_label("Handover note (optional)").fill("She prefers Friday")
        page.locator("#picker").get_by_role("option", name="Tom").click()

        expect(his.locator(".event").last).to_contain_text("Ana assigned this conversation to you")
        expect(his.locator(".note .text")).to_have_text("She prefers Friday")
    expect(page.locator("#pick-assignee")).to_contain_text("Tom")
    expect(page.locator("#toasts")).to_contain_text("Assigned to Tom.")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#pick-assignee")).to_contain_text("Assign")
    conversation.refresh_from_db()
    assert conversation.assignee is None


def test_offline_and_back_catches_up(page, site, sign_in, people, conversation):
    sign_in(people[0])
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    is_live(page)
    page.context.set_offline(True)
    expect(page.locator("[data-live-state]").first).not_to_have_text("Live")
    make_inbound(content="While you were away", at=timezone.now())
    page.context.set_offline(False)

    expect(page.locator("#thread-log .bubble").last).to_have_text("While you were away")
    page.problems[:] = [line for line in page.problems if "net::ERR_" not in line]


@pytest.mark.nightly
def test_near_intent_is_offered_and_one_click_opts_out(page, site, sign_in, people, conversation):
    message = make_inbound(content="please stop texting me", at=timezone.now())
    sign_in(people[0])
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    banner = page.locator("#thread-banners")
    expect(banner).to_contain_text("please stop texting me")

    banner.get_by_role("button", name="Record opt-out").click()

    expect(page.locator("#composer-notice")).to_contain_text("has opted out")
    opt_out = conversation.contact.opt_outs.get()
    assert (opt_out.message, opt_out.created_by) == (message, people[0])


@pytest.mark.nightly
def test_contact_is_named_in_place(page, site, sign_in, people, conversation):
    sign_in(people[0])
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    page.locator("#edit-contact summary").click()
    page.get_by_label("Name", exact=True).fill("Elena M.")
    page.locator("#edit-contact").get_by_role("button", name="Save").click()

    expect(page.locator("#thread-header h1")).to_have_text("Elena M.")
    expect(page.locator("#details .who h2")).to_have_text("Elena M.")


@pytest.mark.nightly
def test_snooze_in_words_and_undo(page, site, sign_in, people, conversation):
    sign_in(people[0])
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    page.locator("#pick-snooze").click()
    page.locator("#picker [role=combobox]").fill("in 2 days")
    page.locator("#picker [data-understood]").click()

    expect(page.locator("#toasts")).to_contain_text("Snoozed until")
    expect(page.locator(".event").last).to_contain_text("You snoozed this conversation until")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator(".event")).to_have_count(0)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.needs_reply_since is not None) == ("open", True)


def test_one_person_on_two_devices_loses_nothing(browser, site, people, conversation):
    ana, _tom = people
    path = f"/inbox/open/{conversation.pk}/"

    def kept():
        draft = Draft.objects.filter(conversation=conversation, user=ana).first()
        return draft.reply if draft else ""

    with page_of(browser, site, ana, path) as desk, page_of(browser, site, ana, path) as phone:
        desk.locator("#reply").fill("From the desk")
        until(lambda: kept() == "From the desk")
        phone.locator("#reply").press_sequentially("From the phone")
        expect(phone.locator("#reply")).to_have_value("From the desk\n\nFrom the phone")
        until(lambda: kept() == "From the desk\n\nFrom the phone")

        desk.locator("#reply").press("Control+Enter")

        expect(desk.locator(".msg.out .bubble")).to_have_text("From the desk")
        expect(desk.locator("#reply")).to_have_value("")
        until(lambda: kept() == "From the phone")
