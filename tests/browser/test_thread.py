"""The thread in Chromium: what arrives, what is seen, what stays where it is."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import Label, Message, ReadMark
from messaging.services.conversations.notes import add_note
from messaging.services.history.message_status import change_status
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.team.presence import note_presence
from messaging.statuses import Status
from tests.browser.people import page_of
from tests.browser.waiting import page_until, painted, posts_of
from tests.factories import make_conversation, make_did, make_inbound, make_outbound, make_user
from tests.processes import until

pytestmark = [pytest.mark.browser]


@pytest.fixture
def conversation(transactional_db):
    conversation = make_conversation(name="Elena Martínez", at=timezone.now())
    make_inbound(content="Hello, are you open today?", at=timezone.now() - timedelta(minutes=5))
    return conversation


def address(conversation, query: str = "") -> str:
    return f"/inbox/open/{conversation.pk}/{query}"


def test_thread_is_accessible(page, site, sign_in, accessible, ana, conversation, theme):
    make_outbound(conversation, "A failed one", user=ana, status="failed", at=timezone.now())
    make_outbound(conversation, "Perhaps", user=ana, status="unconfirmed", at=timezone.now())
    make_outbound(conversation, "Lost", user=ana, status="undelivered", at=timezone.now())
    make_outbound(conversation, "Gone", user=ana, status="canceled", at=timezone.now())
    sign_in(ana)
    page.emulate_media(color_scheme=theme)
    page.goto(site + address(conversation))
    accessible("#main-pane")


@pytest.mark.nightly
def test_reader_whose_day_is_another_than_the_server_s(browser, site, ana, conversation):
    """Their first page does not know their zone yet; what follows it does."""
    early = timezone.now().hour < 11
    zone = "Pacific/Pago_Pago" if early else "Pacific/Kiritimati"
    with page_of(browser, site, ana, address(conversation), timezone_id=zone) as page:
        expect(page.locator("[data-live-state]").first).to_have_text("Live")

        make_inbound(content="One more question", at=timezone.now())

        expect(page.locator("#thread-log .bubble")).to_have_text(
            ["Hello, are you open today?", "One more question"]
        )
        here, there = timezone.localdate(), timezone.localdate(timezone=ZoneInfo(zone))
        assert page.locator(".day").last.get_attribute("data-day") == str(there) != str(here)
        assert page.locator(".day h2").all_inner_texts() == ["Today"]


def test_message_that_arrives_appears_by_itself(page, site, sign_in, ana, conversation):
    sign_in(ana)
    page.goto(site + address(conversation))
    expect(page.locator("[data-live-state]").first).to_have_text("Live")

    make_inbound(content="One more question", at=timezone.now())

    expect(page.locator("#thread-log .bubble").last).to_have_text("One more question")


def test_ticks_follow_the_message(page, site, sign_in, ana, conversation):
    message = make_outbound(
        conversation, "On its way", user=ana, status="sending", at=timezone.now()
    )
    sign_in(ana)
    page.goto(site + address(conversation))
    state = page.locator(f"#m-{message.pk} .state")
    expect(state).to_have_text("Sending")
    expect(page.locator("[data-live-state]").first).to_have_text("Live")

    change_status(message=message, to=Status.SENT, at=timezone.now())
    expect(state).to_have_text("Sent")

    change_status(message=message, to=Status.DELIVERED, at=timezone.now())
    expect(state).to_have_text("Delivered")


def test_what_was_seen_is_read(page, site, sign_in, ana, conversation):
    sign_in(ana)
    page.goto(site + address(conversation))

    until(
        lambda: ReadMark.objects.filter(
            user=ana, last_read_id=conversation.messages.latest("id").pk
        ).exists(),
        what="the read mark",
    )


def test_new_message_does_not_move_somebody_who_reads_further_up(
    page, site, sign_in, ana, conversation
):
    for number in range(40):
        make_outbound(
            conversation, f"Line {number}", user=ana, status="delivered", at=timezone.now()
        )
    ReadMark.objects.create(user=ana, conversation=conversation, last_read_id=10**9)
    sign_in(ana)
    page.clock.install()
    page.goto(site + address(conversation))
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    log = page.locator("#thread-log")
    log.evaluate("log => { log.scrollTop = 300 }")
    ReadMark.objects.filter(user=ana).update(last_read_id=0)
    told = posts_of(page, "/read/")

    message = make_inbound(content="Are you there?", at=timezone.now())

    jump = page.get_by_role("button", name="New message")
    expect(jump).to_be_visible()
    assert log.evaluate("log => log.scrollTop") == 300
    page.clock.run_for(2000)  # longer than it takes to have seen a message and to tell it
    painted(page)
    assert told == []
    assert not ReadMark.objects.filter(user=ana, last_read_id__gte=message.pk).exists()
    jump.click()
    expect(jump).to_be_hidden()
    until(
        lambda: ReadMark.objects.filter(user=ana, last_read_id=message.pk).exists(),
        what="read after the jump",
    )


@pytest.mark.nightly
def test_older_messages_come_on_scrolling_up(page, site, sign_in, ana, conversation):
    for number in range(120):
        make_outbound(
            conversation, f"Line {number}", user=ana, status="delivered", at=timezone.now()
        )
    sign_in(ana)
    page.goto(site + address(conversation))
    expect(page.locator(".msg")).to_have_count(50)
    log = page.locator("#thread-log")

    log.evaluate("log => { log.scrollTop = 90 }")
    expect(page.locator(".msg")).to_have_count(100)
    log.evaluate("log => { log.scrollTop = 90 }")
    expect(page.locator(".msg")).to_have_count(121)

    expect(page.locator("#more-older")).to_have_text("The conversation begins here.")
    shown = page.locator(".msg.out .bubble").all_text_contents()
    assert shown == [f"Line {number}" for number in range(120)]


def test_colleague_is_shown_while_writing_and_gone_when_they_leave(
    page, browser, site, sign_in, ana, conversation
):
    tom = make_user("tom", first_name="Tom")
    make_did(members=(tom,))
    sign_in(ana)
    page.goto(site + address(conversation))
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    present = page.locator("#present")
    with page_of(browser, site, tom, address(conversation)) as his:
        expect(present).to_contain_text("Tom is viewing")
        his.locator("#reply").press_sequentially("I will")
        expect(present).to_contain_text("Tom is replying")
        his.goto(f"{site}/inbox/open/")
        expect(present).to_have_text(re.compile(r"^\s*$"))


@pytest.mark.nightly
def test_details_of_a_message_open_in_a_dialog(page, site, sign_in, accessible, ana, conversation):
    message = conversation.messages.get()
    sign_in(ana)
    page.goto(site + address(conversation))

    page.locator(f"#m-{message.pk} .bubble").click()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Received message")
    expect(dialog).to_contain_text(message.provider_message_id)
    expect(dialog).to_contain_text("Raw pushes")
    accessible("#message-dialog")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.nightly
def test_message_that_was_looked_for_stays_marked_while_things_arrive(
    page, site, sign_in, ana, conversation
):
    found = conversation.messages.get()
    sign_in(ana)
    page.goto(site + address(conversation, f"?around={found.pk}"))
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    make_inbound(content="Something else", at=timezone.now())

    expect(page.locator("#thread-log .bubble").last).to_have_text("Something else")
    expect(page.locator(f"#m-{found.pk}")).to_have_class(re.compile(r"\bfound\b"))


@pytest.mark.nightly
def test_links_are_plain_anchors_and_markup_is_text(page, site, sign_in, ana, conversation):
    make_inbound(
        content='<img src=x onerror=alert(1)> https://example.org/a?b=1&c="2".', at=timezone.now()
    )
    sign_in(ana)
    page.goto(site + address(conversation))

    bubble = page.locator("#thread-log .bubble").last
    expect(bubble).to_have_text('<img src=x onerror=alert(1)> https://example.org/a?b=1&c="2".')
    link = bubble.get_by_role("link")
    expect(link).to_have_attribute("href", "https://example.org/a?b=1&c=")
    expect(link).to_have_attribute("rel", "noopener nofollow noreferrer")


@pytest.mark.nightly
def test_failed_message_is_sent_again_with_one_click(page, site, sign_in, ana, conversation):
    failed = make_outbound(
        conversation,
        "Please call us",
        user=ana,
        status="failed",
        provider_code="9007",
        error_code="9007",
        at=timezone.now(),
    )
    sign_in(ana)
    page.goto(site + address(conversation))
    row = page.locator(f"#m-{failed.pk}")
    expect(row.locator(".state")).to_have_text(
        re.compile(
            r"Failed\. NXCloud does not serve the country of this number\.\s+"
            r"Check the number and the message\."
        )
    )

    row.get_by_role("button", name="Resend").click()

    expect(row.get_by_role("link", name="Resent")).to_be_visible()
    repeat = Message.objects.get(resend_of=failed)
    expect(page.locator(f"#m-{repeat.pk} .bubble")).to_have_text("Please call us")


def long_thread(conversation, ana, length=130):
    """Messages of which only the newest hundred come with every refresh; returns the first."""
    at = timezone.now()
    rows = [
        make_outbound(conversation, f"Line {number}", user=ana, status="sent", at=at)
        for number in range(length)
    ]
    return rows[0]


def becomes_delivered(message):
    change_status(
        message=Message.objects.get(pk=message.pk), to=Status.DELIVERED, at=timezone.now()
    )


@pytest.mark.nightly
def test_an_old_message_that_changes_shows_it_where_it_is_read(
    page, site, sign_in, ana, conversation
):
    first = long_thread(conversation, ana)
    sign_in(ana)
    page.goto(site + address(conversation))
    log = page.locator("#thread-log")
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    while page.locator(f"#m-{first.pk}").count() == 0:
        shown = page.locator(".msg").count()
        log.evaluate("(node) => node.scrollTo(0, 1)")
        log.evaluate("(node) => node.scrollTo(0, 0)")
        expect(page.locator(".msg")).not_to_have_count(shown)
    row = page.locator(f"#m-{first.pk}")
    expect(row).to_have_count(1)
    row.scroll_into_view_if_needed()
    expect(row.locator(".state")).to_have_text("Sent")
    stood = log.evaluate("(node) => node.scrollTop")

    becomes_delivered(first)

    expect(row.locator(".state")).to_have_text("Delivered")
    assert abs(log.evaluate("(node) => node.scrollTop") - stood) <= 2
    assert page.locator(".msg").count() == 131


@pytest.mark.nightly
def test_an_old_message_that_changed_meanwhile_shows_it_once_it_is_scrolled_to(
    page, site, sign_in, ana, conversation
):
    first = long_thread(conversation, ana)
    sign_in(ana)
    page.goto(site + address(conversation, f"?around={first.pk}"))
    log, row = page.locator("#thread-log"), page.locator(f"#m-{first.pk}")
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    log.evaluate("(node) => node.scrollTo(0, node.scrollHeight)")
    painted(page)
    expect(row).not_to_be_in_viewport()
    part = page.locator("[data-thread]").get_attribute("data-part")
    with page.expect_response(lambda answer: part in answer.url):
        becomes_delivered(first)
    painted(page)
    expect(row.locator(".state")).to_have_text("Sent")  # nobody looks at it

    row.scroll_into_view_if_needed()

    expect(row.locator(".state")).to_have_text("Delivered")


@pytest.mark.nightly
def test_what_is_read_by_being_on_a_screen_says_so(page, site, sign_in, ana, conversation):
    sign_in(ana)

    with page.expect_request("**/read/") as told:
        page.goto(site + address(conversation))

    assert told.value.headers["x-asked-by"] == "page"


@pytest.mark.nightly
def test_older_page_without_a_script(browser, site, ana, conversation):
    for number in range(60):
        queue_message(
            NewMessage(content=f"Line {number}"),
            conversation=conversation,
            user=ana,
            at=timezone.now(),
        )
    with page_of(browser, site, ana, address(conversation), java_script_enabled=False) as page:
        page.get_by_role("link", name="Older messages").click()
        expect(page.locator(".msg").first).to_contain_text("Hello, are you open today?")
        page.get_by_role("link", name="Jump to latest").click()
        expect(page.locator(".msg").last).to_contain_text("Line 59")


@pytest.mark.nightly
def test_everything_is_brought_up_to_date_though_a_menu_loses_a_form(
    page, site, sign_in, ana, conversation
):
    """A form with a button named "remove" is in the menu: it hides the method of that name."""
    conversation.labels.add(Label.objects.create(name="VIP", color=2))
    sign_in(ana)
    page.goto(site + address(conversation))
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    expect(page.locator("#more-menu button[data-key=q]")).to_have_count(1)

    make_outbound(conversation, "Yes, until eight", user=ana, at=timezone.now())

    expect(page.locator("#more-menu button[data-key=q]")).to_have_count(0)
    expect(page.locator("#thread-log .bubble").last).to_have_text("Yes, until eight")


@pytest.mark.nightly
def test_own_note_is_edited_in_its_place_and_outlives_what_happens_meanwhile(
    page, site, sign_in, ana, conversation
):
    note, _new = add_note(conversation=conversation, author=ana, content="Call", at=timezone.now())
    sign_in(ana)
    page.goto(site + address(conversation))
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    box = page.locator(f"#n-{note.pk}")
    box.get_by_title("Edit note").click()
    box.get_by_label("Note", exact=True).fill("Call at nine")

    make_inbound(content="One more question", at=timezone.now())
    expect(page.locator("#thread-log .bubble").last).to_have_text("One more question")

    expect(box.get_by_label("Note", exact=True)).to_have_value("Call at nine")
    box.get_by_role("button", name="Save").click()
    expect(box.locator(".text")).to_have_text("Call at nine")
    expect(box.locator(".edited")).to_have_text("edited")

    box.get_by_title("Edit note").click()
    box.get_by_text("Delete note…").click()
    box.get_by_role("button", name="Delete note", exact=True).click()
    expect(box.locator(".text")).to_contain_text("Ana Ruiz deleted this note on")


@pytest.mark.nightly
def test_preview_that_reads_from_the_right_keeps_its_beginning(
    page, site, sign_in, ana, conversation
):
    text = "שלום " + "אני רוצה לשאול על ההזמנה שלי " * 6
    make_inbound(content=text, phone="972521234567", at=timezone.now())
    sign_in(ana)
    page.goto(site + "/inbox/open/")

    snippet = page.locator(".row .snip > :last-child").filter(has_text="שלום")
    # The list may be rendered again at this moment, and a node that has left it has no size.
    edges = """(node) => {
            const range = document.createRange();
            range.setStart(node.firstChild, 0);
            range.setEnd(node.firstChild, 4);
            const word = range.getBoundingClientRect();
            const box = node.parentElement.getBoundingClientRect();
            return node.isConnected
                && { isInside: word.left >= box.left - 1 && word.right <= box.right + 1,
                     isCut: node.scrollWidth > node.clientWidth };
        }"""
    page_until(
        page,
        lambda: snippet.evaluate(edges) == {"isInside": True, "isCut": True},
        what="the preview begins inside its box and is cut at its end",
    )


@pytest.mark.nightly
def test_who_is_replying_is_named_in_full_on_a_phone(page, site, sign_in, ana, conversation):
    name = "Maximiliana Konstantinopoulou-Featherstonehaugh"
    tom = make_user("tom", first_name=name, is_staff=True)
    note_presence(conversation=conversation, user=tom, is_replying=True, at=timezone.now())
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(ana)
    page.goto(site + address(conversation))

    line = page.locator("#thread-replying")
    expect(line).to_contain_text(f"{name} is replying")
    assert line.evaluate("(node) => node.scrollWidth <= node.clientWidth")


@pytest.mark.nightly
def test_a_reaction_appears_at_its_text_and_leads_to_it(
    page, site, sign_in, accessible, ana, conversation
):
    target = make_outbound(
        conversation, "Yes, until 8 pm", user=ana, status="delivered", at=timezone.now()
    )
    sign_in(ana)
    page.goto(site + address(conversation))
    expect(page.locator("[data-live-state]").first).to_have_text("Live")

    message = make_inbound(content="Loved “Yes, until 8 pm”", at=timezone.now())

    expect(page.locator(f"#m-{target.pk} .sign")).to_have_text("Reaction: ❤️")
    expect(page.locator(f"#m-{message.pk} .reacted")).to_have_text("❤️ to “Yes, until 8 pm”")
    accessible("#main-pane")
    page.locator(f"#m-{message.pk} .reacted a").click()
    expect(page.locator(f"#m-{target.pk}")).to_have_class(re.compile("found"))


@pytest.mark.nightly
def test_searched_word_is_marked_in_the_thread_and_in_what_comes(
    page, site, sign_in, ana, conversation
):
    make_inbound(content="My parcel is lost", at=timezone.now())
    sign_in(ana)
    page.goto(site + "/inbox/all/?q=parcel")
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    page.locator(f"#row-{conversation.pk} .row").click()
    marks = page.locator("#thread-log mark")
    expect(marks).to_have_text(["parcel"])

    make_inbound(content="Another parcel came", at=timezone.now())

    expect(marks).to_have_text(["parcel", "parcel"])
