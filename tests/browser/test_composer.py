"""Writing in Chromium: counting, keys, drafts, undo, and that no text is ever lost or doubled."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import (
    CannedReply,
    Contact,
    Draft,
    Message,
    Note,
    Notification,
    StaffSession,
    StaffSettings,
)
from messaging.services.outbox.cancel import cancel_message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from tests.browser.people import page_of, session_cookie
from tests.browser.waiting import page_until, painted, posts_of
from tests.factories import make_conversation, make_did, make_inbound, make_user
from tests.processes import until

pytestmark = [pytest.mark.browser]


@pytest.fixture
def conversation(transactional_db):
    conversation = make_conversation(name="Elena Martínez", at=timezone.now())
    make_inbound(content="Hello, are you open today?", at=timezone.now())
    return conversation


@pytest.fixture
def open_thread(page, site, sign_in, ana, conversation):
    sign_in(ana)
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    return page


def last_bubble(page):
    return page.locator("#thread-log .bubble").last


@pytest.mark.nightly
def test_counter_names_what_makes_it_unicode_and_replaces_it(open_thread):
    page = open_thread
    page.locator("#reply").fill("“Mañana” a las 9 – sí")

    expect(page.locator("#count")).to_contain_text("21/70 · 1 segment · Unicode")
    expect(page.locator("[data-culprit-list]")).to_have_text("“”–í")
    assert page.locator("#composer .reply-side mark").all_text_contents() == ["“", "”", "–", "í"]

    page.get_by_role("button", name="Replace with plain characters").click()

    expect(page.locator("#reply")).to_have_value('"Mañana" a las 9 - si')
    expect(page.locator("#count")).to_contain_text("21/160 · 1 segment · GSM-7")


@pytest.mark.nightly
def test_more_than_a_thousand_characters_cannot_be_sent(open_thread):
    page = open_thread
    page.locator("#reply").fill("a" * 1003)

    expect(page.locator("#count")).to_have_text("1003/1000 · 3 over the limit")
    expect(page.locator("[data-send]")).to_be_disabled()
    sent = posts_of(page, "/reply/")
    page.locator("#reply").press("Control+Enter")
    painted(page)
    assert sent == []
    assert Message.objects.outbound().count() == 0


def test_sent_text_is_held_for_undo_and_comes_back(open_thread):
    page = open_thread
    page.locator("#reply").fill("Yes, until eight.")
    page.locator("#reply").press("Control+Enter")

    expect(last_bubble(page)).to_have_text("Yes, until eight.")
    expect(page.locator("#reply")).to_have_value("")
    expect(page.locator("[data-countdown]")).to_contain_text("Sending in")
    page.get_by_role("button", name="Undo", exact=True).click()

    expect(page.locator("#reply")).to_have_value("Yes, until eight.")
    message = Message.objects.outbound().get()
    assert message.status == "canceled"
    expect(page.locator(f"#m-{message.pk}")).to_have_count(0)
    expect(page.locator("#thread-log .event")).to_have_count(0)
    conversation = message.conversation
    conversation.refresh_from_db()
    assert (conversation.needs_reply_since is not None, conversation.assignee) == (True, None)


def test_send_now_does_not_wait_for_the_undo_window(open_thread):
    page = open_thread
    page.locator("#reply").fill("At once")
    page.locator("#reply").press("Control+Enter")
    page.get_by_role("button", name="Send now").click()

    expect(page.locator(".msg.out .state")).to_have_text("Queued")
    assert Message.objects.outbound().get().status == "queued"


@pytest.mark.nightly
def test_enter_is_a_new_line_until_the_setting_says_otherwise(open_thread, ana, site, conversation):
    page = open_thread
    page.locator("#reply").press_sequentially("One")
    page.locator("#reply").press("Enter")
    page.locator("#reply").press_sequentially("two")
    expect(page.locator("#reply")).to_have_value("One\ntwo")

    StaffSettings.objects.update_or_create(user=ana, defaults={"send_key": "enter"})
    page.reload()
    page.locator("#reply").press("Shift+Enter")
    assert Message.objects.outbound().count() == 0
    page.locator("#reply").press("Enter")
    expect(page.locator(".msg.out .bubble")).to_have_count(1)


def test_key_that_is_held_down_or_composes_never_sends(open_thread):
    page = open_thread
    sent = posts_of(page, "/reply/")
    page.locator("#reply").fill("Not yet")
    page.locator("#reply").evaluate(
        """field => {
            const keys = {key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true};
            const press = (more) =>
                field.dispatchEvent(new KeyboardEvent('keydown', {...keys, ...more}));
            press({repeat: true});
            press({isComposing: true});
            press({keyCode: 229});
        }"""
    )
    page_until(page, Draft.objects.exists, what="the draft is kept")
    assert sent == []
    assert Message.objects.outbound().count() == 0
    expect(page.locator("#reply")).to_have_value("Not yet")


def test_draft_is_kept_per_conversation(open_thread, site, ana, conversation):
    page = open_thread
    other = make_inbound(phone="34600111222", content="Another one").conversation
    page.locator("#reply").fill("Half a sen")
    page.locator(".modes label", has_text="Note").click()
    page.locator("#note").fill("Half a note")
    page.goto(f"{site}/inbox/open/{other.pk}/")
    expect(page.locator("#reply")).to_have_value("")
    page.goto(f"{site}/inbox/open/{conversation.pk}/")

    expect(page.locator("#reply")).to_have_value("Half a sen")
    expect(page.locator("#note")).to_have_value("Half a note")
    until(lambda: Draft.objects.filter(user=ana, reply="Half a sen").exists(), what="the draft")


def test_session_that_ends_while_writing_loses_nothing(open_thread, site, ana):
    page = open_thread
    page.locator("#reply").fill("A long and thoughtful answer")
    StaffSession.objects.all().delete()
    page.locator("#reply").press("Control+Enter")

    expect(page.locator("[data-error]")).to_contain_text("Your session has ended")
    expect(page.locator("#reply")).to_have_value("A long and thoughtful answer")

    page.context.add_cookies([session_cookie(ana, site)])  # signed in again in another tab
    page.locator("#reply").press("Control+Enter")
    expect(last_bubble(page)).to_have_text("A long and thoughtful answer")
    page.problems[:] = [line for line in page.problems if "403" not in line]


def test_line_that_is_cut_while_sending_loses_nothing_and_doubles_nothing(open_thread):
    page = open_thread
    page.locator("#reply").fill("Sent over a bad line")
    page.route("**/reply/", lambda route: (route.fetch(), route.abort()))  # it arrived, no answer
    page.locator("#reply").press("Control+Enter")
    expect(page.locator("[data-error]")).to_contain_text("You’re offline")
    expect(page.locator("#reply")).to_have_value("Sent over a bad line")

    page.unroute("**/reply/")
    page.locator("#reply").press("Control+Enter")

    expect(page.locator("#reply")).to_have_value("")
    assert Message.objects.outbound().count() == 1
    page.problems[:] = [line for line in page.problems if "ERR_FAILED" not in line]


@pytest.mark.parametrize("reloads", [False, True], ids=["line is back", "page is loaded again"])
def test_text_whose_answer_was_lost_leaves_the_composer_by_itself(open_thread, reloads):
    page = open_thread
    page.locator("#reply").fill("Arrived, but nobody told us")
    page.route("**/reply/", lambda route: (route.fetch(), route.abort()))
    page.route("**/draft/", lambda route: route.abort())
    page.locator("#reply").press("Control+Enter")
    expect(page.locator("[data-error]")).to_contain_text("You’re offline")

    page.unroute_all()
    if reloads:
        page.reload()
    else:
        page.evaluate("document.body.dispatchEvent(new CustomEvent('live:resync'))")

    expect(page.locator("#reply")).to_have_value("")
    expect(page.locator("[data-error]")).to_be_hidden()
    expect(last_bubble(page)).to_have_text("Arrived, but nobody told us")
    assert Message.objects.outbound().count() == 1
    assert not Draft.objects.exists()
    page.problems[:] = [line for line in page.problems if "ERR_FAILED" not in line]


def test_draft_that_is_on_its_way_does_not_arrive_after_the_message(open_thread):
    page = open_thread
    under_way = []
    page.route("**/draft/", lambda route: under_way.append(route))
    page.locator("#reply").fill("Sent while its draft is under way")
    page_until(page, lambda: under_way, what="the draft is under way")
    sent = posts_of(page, "/reply/")
    page.locator("#reply").press("Control+Enter")
    painted(page)
    assert sent == []
    messages_before_the_draft = Message.objects.outbound().count()
    for route in under_way:
        route.continue_()

    expect(page.locator("#reply")).to_have_value("")
    expect(last_bubble(page)).to_have_text("Sent while its draft is under way")
    assert messages_before_the_draft == 0
    assert not Draft.objects.exists()


@pytest.mark.nightly
def test_what_stands_in_the_other_field_stays_kept_when_one_is_sent(open_thread, ana):
    page = open_thread
    page.locator(".modes label", has_text="Note").click()
    page.locator("#note").fill("Ask Tom about it")
    page.locator(".modes label", has_text="Reply").click()
    page.locator("#reply").fill("One moment")
    page.locator("#reply").press("Control+Enter")

    until(lambda: Draft.objects.filter(user=ana, note="Ask Tom about it").exists(), what="a draft")


@pytest.mark.nightly
def test_text_that_is_saved_while_its_page_is_left_stands_on_the_next_one(open_thread):
    page = open_thread
    with page.expect_response("**/draft/"):
        page.locator("#reply").fill("Typed as the page was left")
        page.evaluate("dispatchEvent(new Event('beforeunload'))")
    painted(page)
    Draft.objects.all().delete()  # the next page was made before there was one
    page.reload()

    expect(page.locator("#reply")).to_have_value("Typed as the page was left")


def test_texts_of_two_devices_both_stand_in_the_composer(open_thread, ana, conversation):
    page = open_thread
    page.route("**/draft/", lambda route: route.abort())
    page.locator("#reply").fill("Typed in the train")
    page.wait_for_function("Object.values(localStorage).join().includes('Typed in the train')")
    Draft.objects.create(conversation=conversation, user=ana, reply="Typed at the desk")
    # The server gets it neither now nor while the page is left: the browser alone has it.
    page.reload()

    expect(page.locator("#reply")).to_have_value("Typed at the desk\n\nTyped in the train")
    page.problems[:] = [line for line in page.problems if "ERR_FAILED" not in line]


def test_what_is_typed_while_a_text_is_under_way_stays(open_thread):
    page = open_thread
    under_way = []
    page.route("**/reply/", lambda route: under_way.append(route))
    page.locator("#reply").fill("First.")
    page.locator("#reply").press("Control+Enter")
    page_until(page, lambda: under_way, what="the text is under way")
    page.locator("#reply").press_sequentially(" And second.")
    page.locator("#reply").press("Control+Enter")
    under_way[0].continue_()

    page_until(page, lambda: len(under_way) == 2, what="the second follows")
    under_way[1].continue_()
    expect(page.locator("#reply")).to_have_value("")
    texts = Message.objects.outbound().order_by("id").values_list("content", flat=True)
    assert list(texts) == ["First.", "And second."]


@pytest.mark.nightly
def test_chosen_time_is_kept_by_every_way_to_send(open_thread):
    page = open_thread
    page.locator("#reply").fill("See you tomorrow")
    page.locator(".acts [data-open-later]").first.click()
    button = page.locator("[data-send]")
    expect(button).to_contain_text("Schedule")
    button.click()
    expect(page.locator("#when")).to_be_focused()
    page.locator("#when").fill("tomorrow 9:00")
    button.click()

    expect(page.locator(".msg.scheduled .bubble")).to_have_text("See you tomorrow")
    expect(button).to_contain_text("Send")
    assert Message.objects.outbound().get().status == "scheduled"


@pytest.mark.nightly
def test_what_makes_a_text_unicode_is_said_where_it_helps(open_thread):
    page = open_thread
    for text, is_shown, is_offered in (
        ("您好，请问您几点方便？", False, False),
        ("“Yes”", True, True),
        ("See you 👍", True, False),
        ("Hello “there” – 5 € ok 😀", True, True),
    ):
        page.locator("#reply").fill(text)

        expect(page.locator("#count")).to_contain_text("Unicode")
        expect(page.locator("[data-culprits]")).to_be_visible(visible=is_shown)
        expect(page.locator("#composer [data-plain]")).to_be_visible(visible=is_offered)
    page.locator(".modes label", has_text="Note").click()
    expect(page.locator("[data-culprits]")).to_be_hidden()


@pytest.mark.nightly
def test_saved_reply_is_taken_back_by_ctrl_z(open_thread):
    CannedReply.objects.create(shortcut="hours", content="Open 9-20")
    page = open_thread
    page.reload()
    page.locator("#reply").press_sequentially("We are: /hou")
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_have_value("We are: Open 9-20")
    page.keyboard.press("Control+z")

    expect(page.locator("#reply")).to_have_value("We are: /hou")


@pytest.mark.nightly
def test_long_text_ends_in_sight(open_thread):
    page = open_thread
    page.locator("#reply").fill("\n".join(f"Line {number}" for number in range(30)))

    part = page.locator(".writing.reply-side")
    rest = "part => part.scrollHeight - part.scrollTop - part.clientHeight"
    assert part.evaluate(rest) <= 1


def test_canned_reply_is_searched_filled_and_counted(open_thread):
    CannedReply.objects.create(shortcut="hours", content="Open 9-20")
    CannedReply.objects.create(shortcut="thanks", content="Thank you, {contact_first_name}!")
    page = open_thread
    page.reload()
    page.locator("#reply").press_sequentially("/tha")
    option = page.locator("#picker [role=option]:visible")
    expect(option).to_have_count(1)
    expect(option.locator(".end")).to_have_text("Thank you, Elena!")
    expect(page.locator("#picker [data-picker-preview]")).to_have_text("Thank you, Elena!")
    page.keyboard.press("Enter")

    expect(page.locator("#reply")).to_have_value("Thank you, Elena!")
    expect(page.locator("#count")).to_contain_text("17/160")


@pytest.mark.nightly
def test_variable_that_cannot_be_filled_blocks_sending(open_thread, conversation):
    CannedReply.objects.create(shortcut="thanks", content="Thank you, {contact_name}!")
    Contact.objects.update(name="")
    page = open_thread
    page.reload()
    page.locator("#reply").press_sequentially("/")
    page.keyboard.press("Enter")

    expect(page.locator("#reply")).to_have_value("Thank you, {contact_name}!")
    expect(page.locator("[data-error]")).to_contain_text(
        "{contact_name} has no value for this contact"
    )
    expect(page.locator("[data-send]")).to_be_disabled()


@pytest.mark.nightly
def test_name_in_braces_that_is_no_variable_is_sent_as_it_stands(open_thread):
    page = open_thread
    page.locator("#reply").fill("Only {price} today")

    expect(page.locator("[data-error]")).to_be_hidden()
    page.locator("[data-send]").click()
    expect(page.locator(".bubble").last).to_have_text("Only {price} today")


@pytest.mark.nightly
def test_contact_s_name_is_never_read_as_a_variable(open_thread):
    CannedReply.objects.create(shortcut="thanks", content="Thank you, {contact_name}!")
    Contact.objects.update(name="Anna {my_name} {vip}")
    page = open_thread
    page.reload()
    page.locator("#reply").press_sequentially("/tha")
    expect(page.locator("#picker [role=option]:visible .end")).to_have_text(
        "Thank you, Anna {my_name} {vip}!"
    )
    page.keyboard.press("Enter")
    expect(page.locator("#reply")).to_have_value("Thank you, Anna {{my_name} {vip}!")

    page.locator("[data-send]").click()

    expect(page.locator(".bubble").last).to_have_text("Thank you, Anna {my_name} {vip}!")


@pytest.mark.nightly
def test_note_mentions_a_colleague_who_hears_of_it(open_thread, ana):
    tom = make_user("tom", first_name="Tom", last_name="Hale")
    make_did(members=(tom,))
    page = open_thread
    page.reload()
    page.locator(".modes label", has_text="Note").click()
    page.locator("#note").press_sequentially("Ask @to")
    expect(page.locator("#mentions [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.locator("#note").press_sequentially("please")
    page.locator("#note").press("Control+Enter")

    expect(page.locator(".note .text")).to_have_text("Ask @tom please")
    assert Note.objects.get().mentions.get() == tom
    assert Notification.objects.get().user == tom


def test_schedule_and_cancel(open_thread):
    page = open_thread
    page.locator("#reply").fill("See you tomorrow")
    page.locator("#composer .acts > [data-open-later]").click()
    page.locator("#when").fill("in 3 days")
    expect(page.locator(".later .understood")).to_contain_text("(Europe/Madrid)")
    page.get_by_role("button", name="Schedule", exact=True).click()

    row = page.locator(".scheduled-messages .msg")
    expect(row).to_contain_text("Scheduled for")
    expect(page.locator("#reply")).to_have_value("")
    message = Message.objects.outbound().get()
    assert (message.status, message.cancel_if_they_write) == ("scheduled", True)

    row.get_by_role("button", name="Cancel").click()

    expect(row).to_have_count(0)
    message.refresh_from_db()
    assert message.status == "canceled"


def test_scheduled_message_is_changed(open_thread, conversation, ana):
    at = timezone.now()
    message, _new = queue_message(
        NewMessage(content="See you", send_at=at + timezone.timedelta(days=2)),
        conversation=conversation,
        user=ana,
        at=at,
    )
    page = open_thread
    page.reload()
    page.get_by_role("link", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Message text", exact=True).fill("Nos vemos mañana, María")
    expect(dialog.locator("[data-count]")).to_have_text("23/70 · 1 segment · Unicode")
    dialog.get_by_label("Message text", exact=True).fill("x" * 1001)
    expect(dialog.locator("[data-count]")).to_have_text("1001/1000 · 1 over the limit")
    expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    dialog.get_by_label("Message text", exact=True).fill("See you on Monday, {contact_name}")
    expect(dialog.locator("[data-count]")).to_have_text("33/70 · 1 segment · Unicode")
    dialog.get_by_label("Message text", exact=True).fill("See you on Monday")
    dialog.get_by_label("Send at").fill("in 4 days")
    dialog.get_by_role("button", name="Save").click()

    expect(page.locator(".scheduled-messages .bubble")).to_have_text("See you on Monday")
    message.refresh_from_db()
    assert message.send_at is not None
    assert message.send_at > at + timezone.timedelta(days=3)


@pytest.mark.nightly
def test_change_that_is_refused_stays_as_it_was_typed(open_thread, conversation, ana):
    at = timezone.now()
    send_at = at + timezone.timedelta(days=2)
    queue_message(
        NewMessage(content="Bye", send_at=send_at), conversation=conversation, user=ana, at=at
    )
    page = open_thread
    page.reload()
    page.get_by_role("link", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Message text", exact=True).fill("See you on Monday")
    dialog.get_by_label("Send at").fill("some day")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator("[data-refused]")).to_be_visible()

    page.keyboard.press("Escape")
    page.get_by_role("link", name="Edit", exact=True).click()

    expect(dialog.get_by_label("Message text", exact=True)).to_have_value("See you on Monday")
    expect(dialog.get_by_label("Send at")).to_have_value("some day")
    page.problems[:] = [line for line in page.problems if "422" not in line]


@pytest.mark.nightly
def test_reply_that_does_not_exist_is_not_sent_by_enter(open_thread, ana):
    StaffSettings.objects.update_or_create(user=ana, defaults={"send_key": "enter"})
    CannedReply.objects.create(shortcut="thanks", content="Thank you!")
    page = open_thread
    page.reload()
    page.locator("#reply").press_sequentially("/thnaks")
    expect(page.locator("#picker")).to_contain_text("No matching saved replies")

    page.keyboard.press("Enter")

    expect(page.locator("#picker")).to_be_hidden()
    expect(page.locator("#reply")).to_have_value("/thnaks")
    expect(page.locator("#reply")).to_be_focused()
    assert not Message.objects.outbound().exists()


def test_send_and_close_is_undone_as_one(open_thread, conversation):
    page = open_thread
    page.locator("#reply").fill("All done, goodbye")
    page.get_by_label("More ways to send").click()
    page.get_by_role("button", name="Send and close").click()
    expect(page.locator("#toasts")).to_contain_text("Sent, and the conversation is closed.")
    conversation.refresh_from_db()
    assert conversation.status == "closed"

    page.locator("#toasts").get_by_role("button", name="Undo").click()

    def is_canceled() -> bool:
        return Message.objects.outbound().get().status == "canceled"

    until(is_canceled, what="the message is canceled")
    expect(page.locator(".msg.out")).to_have_count(0)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.needs_reply_since is not None) == ("open", True)


def test_reading_and_answering_work_without_a_script(browser, site, ana, conversation):
    path = f"/inbox/open/{conversation.pk}/"
    with page_of(browser, site, ana, path, java_script_enabled=False) as page:
        page.get_by_label("Reply", exact=True).last.fill("Answered plainly")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".msg.out .bubble")).to_have_text("Answered plainly")
        page.get_by_role("radio", name="Note").check()
        page.get_by_label("Note", exact=True).last.fill("A plain note")
        page.get_by_role("button", name="Add note").click()
        expect(page.locator(".note .text")).to_have_text("A plain note")
        page.get_by_role("button", name="Close", exact=True).click()
        expect(page.locator("#thread-header")).to_contain_text("Closed")
    assert Message.objects.outbound().get().status == "held"


@pytest.mark.nightly
def test_an_answer_can_be_taken_back_without_a_script(browser, site, ana, conversation):
    path = f"/inbox/open/{conversation.pk}/"
    with page_of(browser, site, ana, path, java_script_enabled=False) as page:
        page.get_by_label("Reply", exact=True).last.fill("Sent too soon")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator("#toasts")).to_contain_text("Sending in a few seconds.")
        page.locator("#toasts").get_by_role("button", name="Undo").click()
        expect(page.locator("#toasts")).to_contain_text("Canceled; it wasn’t sent.")
        expect(page.locator("#reply")).to_have_value("Sent too soon")
    assert Message.objects.outbound().get().status == "canceled"


@pytest.mark.nightly
def test_text_that_is_too_long_is_kept_without_a_script(browser, site, ana, conversation):
    path = f"/inbox/open/{conversation.pk}/"
    with page_of(browser, site, ana, path, java_script_enabled=False) as page:
        page.get_by_label("Reply", exact=True).last.fill("b" * 1001)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator("#toasts")).to_contain_text("The message has 1001 characters")
        expect(page.locator("#reply")).to_have_value("b" * 1001)
    assert Message.objects.outbound().count() == 0


@pytest.mark.nightly
def test_canceled_elsewhere_shows_here(open_thread, conversation, ana):
    page = open_thread
    message, _new = queue_message(
        NewMessage(content="Oops"), conversation=conversation, user=ana, at=timezone.now()
    )
    expect(last_bubble(page)).to_have_text("Oops")
    cancel_message(message=message, user=ana, at=timezone.now())
    expect(page.locator(f"#m-{message.pk} .state")).to_have_text("Canceled")


@pytest.mark.nightly
def test_facts_of_the_composer_hold_no_markup(open_thread):
    Contact.objects.update(name='"><script>alert(1)</script>')
    page = open_thread
    page.reload()
    facts = json.loads(page.locator("#composer").get_attribute("data-facts") or "")
    assert facts["values"]["contact_name"] == '"><script>alert(1)</script>'


@pytest.mark.nightly
def test_time_is_picked_or_typed_and_either_field_follows_the_other(open_thread):
    page = open_thread
    page.locator("#reply").fill("See you")
    page.get_by_role("button", name="Send later").first.click()
    later = page.locator(".later")
    typed, native = later.locator("#when"), later.get_by_label("Date and time", exact=True)
    day = (timezone.localdate() + timedelta(days=3)).isoformat()

    native.fill(f"{day}T10:15")

    expect(typed).to_have_value(f"{day} 10:15")
    expect(later.locator(".understood")).to_contain_text("10:15 (Europe/Madrid)")
    typed.fill("tomorrow at half past three")
    expect(native).to_have_value(re.compile("T15:30$"))
    page.locator("[data-send]").click()
    expect(page.locator("#scheduled-messages .msg")).to_have_count(1)


@pytest.mark.nightly
def test_picked_time_survives_what_happens_meanwhile(open_thread, conversation):
    page = open_thread
    page.get_by_role("button", name="Send later").first.click()
    native = page.locator(".later").get_by_label("Date and time", exact=True)
    day = (timezone.localdate() + timedelta(days=3)).isoformat()
    native.fill(f"{day}T10:15")

    make_inbound(content="One more question", at=timezone.now())
    expect(page.locator("#thread-log .bubble").last).to_have_text("One more question")

    expect(native).to_have_value(f"{day}T10:15")
