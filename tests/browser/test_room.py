"""Room: nothing is cut off, covered or too small to touch, whatever the screen and the names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import CannedReply, Label, Presence
from messaging.services.conversations.lifecycle import assign, snooze
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from tests.browser.people import page_of
from tests.factories import make_conversation, make_did, make_inbound, make_user

pytestmark = [pytest.mark.nightly, pytest.mark.browser]

PHONE = {"width": 390, "height": 844}
KEYBOARD = {"width": 390, "height": 430}
TABLET = {"width": 1024, "height": 768}
LONG = "Waiting for the insurance company to send the referral form"
# What a finger has to meet and where it is; a link inside running text is no target of its own.
TARGETS = """(scope) => [...document.querySelectorAll(scope)].flatMap((part) =>
  [...part.querySelectorAll('a, button, summary, select, textarea, input:not([type=hidden])')])
  .filter((node) => node.checkVisibility({visibilityProperty: true}) && !node.closest('.bubble'))
  .map((node) => [node, (node.closest('label') ?? node).getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && box.height > 1)
  .map(([node, box]) => ({
    name: (node.getAttribute('aria-label') || node.textContent || node.name).trim(),
    left: box.left, right: box.right, top: box.top, bottom: box.bottom,
  }))"""


@pytest.fixture
def conversation(ana):
    conversation = make_conversation(name="Elena Martínez", at=timezone.now())
    make_inbound(content="Are you open today?", at=timezone.now())
    return conversation


@pytest.fixture
def open_page(page, site, sign_in, ana):
    """Open a page as Ana in a window of a size, and wait until it is live."""

    def open_page(path, size):
        sign_in(ana)
        page.set_viewport_size(size)
        page.goto(site + path)
        expect(page.locator("[data-live-state]").first).to_have_text("Live")
        return page

    return open_page


def targets(page, scope):
    return page.evaluate(TARGETS, scope)


def small(page, scope):
    """The names of what is less than 44 px wide or high."""
    return [
        target["name"]
        for target in targets(page, scope)
        if min(target["right"] - target["left"], target["bottom"] - target["top"]) < 43.9
    ]


def overlapping(boxes):
    """The names of the pairs that lie on each other."""
    return [
        (one["name"], other["name"])
        for index, one in enumerate(boxes)
        for other in boxes[index + 1 :]
        if min(one["right"], other["right"]) - max(one["left"], other["left"]) > 0.5
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 0.5
    ]


def box_of(page, selector):
    box = page.locator(selector).first.bounding_box()
    return {
        "name": selector,
        "left": box["x"],
        "right": box["x"] + box["width"],
        "top": box["y"],
        "bottom": box["y"] + box["height"],
    }


def test_counts_stay_visible_beside_a_long_label(open_page, conversation):
    Label.objects.create(name=LONG)
    make_did("442079460123", label=LONG)
    page = open_page("/inbox/open/", {"width": 1440, "height": 900})

    sidebar = box_of(page, "#sidebar")
    counts = page.locator("#sidebar [data-count]")

    assert {
        counts.nth(at).bounding_box()["x"] + 4 < sidebar["right"] for at in range(counts.count())
    } == {True}
    scroll = page.locator("#sidebar .scroll")
    assert scroll.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_header_has_room_for_everything_while_a_colleague_replies(open_page, ana, conversation):
    now = timezone.now()
    tom = make_user("tom", first_name="Bartholomew Maximilian", last_name="Featherstonehaugh")
    make_did(members=(tom,))
    Presence.objects.create(user=tom, conversation=conversation, seen_at=now, replying_at=now)
    conversation.labels.add(Label.objects.create(name=LONG), Label.objects.create(name="VIP"))
    assign(conversation=conversation, to=tom, by=ana, at=now)
    snooze(conversation=conversation, until=now + timedelta(days=2), by=ana, at=now)
    page = open_page(f"/inbox/open/{conversation.pk}/", {"width": 320, "height": 844})
    expect(page.locator("#present")).to_contain_text("is replying")

    for width in (320, 390, 900, 1100, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        header = box_of(page, "#thread-header")
        shown = targets(page, "#thread-header")
        outside = [
            target["name"]
            for target in shown
            if target["right"] > header["right"] or target["bottom"] > header["bottom"]
        ]
        number = page.locator("#thread-header .theirs")

        assert (width, outside) == (width, [])
        assert (width, overlapping(shown)) == (width, [])
        assert number.evaluate("node => node.scrollWidth <= node.clientWidth"), width
        assert box_of(page, "#thread-header .theirs")["right"] <= header["right"], width
        expect(page.locator("#thread-header .pill.warn")).to_contain_text("Snoozed until")
        assert box_of(page, "#thread-header .pill.warn")["right"] <= header["right"], width
        assert page.locator("#toggle-details").bounding_box()["y"] < header["top"] + 44, width


def test_sending_stays_in_sight_with_a_keyboard_on_the_screen(open_page, conversation):
    page = open_page(f"/inbox/open/{conversation.pk}/", KEYBOARD)
    page.locator("#reply").fill("A text “of” some lines\n" * 8)
    page.locator(".acts > [data-open-later]").click()

    for part in (".modes", "[data-send]"):
        box = box_of(page, part)
        assert box["top"] >= 0
        assert box["bottom"] <= KEYBOARD["height"]
    page.locator("#when").fill("tomorrow 9")
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(page.locator("#scheduled-messages")).to_contain_text("Scheduled for")


def test_sending_stays_in_sight_on_a_phone_on_its_side_with_its_keyboard(open_page, conversation):
    size = {"width": 844, "height": 200}
    page = open_page(f"/inbox/open/{conversation.pk}/", size)
    page.locator("#reply").fill("A text\n" * 8)

    assert box_of(page, ".modes")["top"] >= 0
    assert box_of(page, "[data-send]")["bottom"] <= size["height"]
    assert page.locator(".middle").bounding_box()["height"] > 40


def test_saved_replies_begin_on_the_screen_with_a_keyboard_on_it(open_page, conversation):
    for number in range(12):
        CannedReply.objects.create(shortcut=f"reply{number:02}", content="A long text " * 9)
    page = open_page(f"/inbox/open/{conversation.pk}/", KEYBOARD)
    page.locator("[data-open-canned]").click()

    first = page.locator("#picker [role=option]").first
    expect(first).to_be_in_viewport(ratio=1)
    assert box_of(page, "#picker")["top"] >= 0
    first.click()
    expect(page.locator("#reply")).to_have_value("A long text " * 9)


def test_what_is_touched_in_a_message_never_overlaps(browser, site, ana, conversation):
    at = timezone.now() + timedelta(days=1)
    queue_message(
        NewMessage(content="Later", send_at=at),
        conversation=conversation,
        user=ana,
        at=timezone.now(),
    )
    path = f"/inbox/open/{conversation.pk}/"
    with page_of(browser, site, ana, path, has_touch=True, is_mobile=True) as page:
        for width in (320, 360, 390, 768):
            page.set_viewport_size({"width": width, "height": 740})
            assert overlapping(targets(page, ".msg.scheduled .foot")) == []
            assert small(page, ".msg.scheduled .foot") == []


@pytest.mark.parametrize(
    "size",
    [pytest.param(PHONE, id="phone"), pytest.param(TABLET, id="tablet", marks=pytest.mark.nightly)],
)
def test_what_is_touched_is_large_enough(browser, site, ana, conversation, size):
    Label.objects.create(name="VIP")
    with page_of(browser, site, ana, "/inbox/open/", has_touch=True, is_mobile=True) as page:
        page.set_viewport_size(size)
        page.reload()
        assert small(page, "#list") == []
        page.locator(".filters > summary").click()
        assert small(page, ".filter-menu") == []
        page.goto(f"{site}/inbox/open/{conversation.pk}/")
        assert small(page, "#thread") == []
        for opener in ("#more-menu > summary", "#pick-number", ".acts > [data-open-later]"):
            page.locator(opener).click()
            assert small(page, "#thread") == []
            page.keyboard.press("Escape")
        page.locator("#toggle-details").click()
        assert small(page, "#details") == []
        page.goto(f"{site}/settings/")
        assert small(page, "form.panels") == []


def test_bulk_bar_says_in_words_what_it_does(open_page, conversation):
    Label.objects.create(name=LONG)
    page = open_page("/inbox/open/", PHONE)
    page.locator(".pick input").first.check(force=True)

    expect(page.locator(".bulk .act:visible > span")).to_have_text(
        ["Close", "Mark as read", "No reply needed", "Assign", "Label", "Snooze"]
    )
    page.locator("[data-bulk-picker=label]").click()
    expect(page.locator("#picker [role=option]:visible").first).to_be_visible()
    menu = box_of(page, "#picker")
    assert (menu["left"] >= 0, menu["right"] <= PHONE["width"], menu["top"] >= 0) == (
        True,
        True,
        True,
    )


def test_menu_ends_on_the_screen_of_a_phone_on_its_side(open_page, conversation):
    for number in range(9):
        make_user(f"colleague{number}", is_staff=True)
        make_did(f"44207946012{number}", label=LONG)
    page = open_page(f"/inbox/open/{conversation.pk}/", {"width": 844, "height": 390})
    for menu in (".filters", "#more-menu"):
        page.locator(f"{menu} > summary").click()

        box = box_of(page, f"{menu} > .menu")
        assert (box["top"] >= 0, box["bottom"] <= 390, box["right"] <= 844) == (True, True, True)
        assert box["bottom"] - box["top"] > 90
        page.keyboard.press("Escape")


def test_picker_ends_on_the_screen_of_a_phone_on_its_side(open_page, conversation):
    for number in range(9):
        make_user(f"colleague{number}", is_staff=True)
        make_did(f"44207946012{number}", label=LONG)
    page = open_page(f"/inbox/open/{conversation.pk}/", {"width": 844, "height": 390})
    for opener in ("#pick-assignee", "#pick-number"):
        page.locator(opener).click()
        expect(page.locator("#picker [role=option]:visible").first).to_be_visible()

        box = box_of(page, "#picker")
        assert (box["top"] >= 0, box["bottom"] <= 390, box["right"] <= 844) == (True, True, True)
        assert box["bottom"] - box["top"] > 90
        page.keyboard.press("Escape")
        expect(page.locator("#picker")).to_be_hidden()


def test_phone_says_that_the_line_is_cut_without_covering_anything(open_page, conversation):
    page = open_page(f"/inbox/open/{conversation.pk}/", PHONE)
    assert box_of(page, ".line-state")["bottom"] == 0

    page.context.set_offline(True)
    expect(page.locator(".line-state")).to_contain_text("Offline")
    strip = box_of(page, ".line-state")
    assert strip["bottom"] > 20
    assert box_of(page, "#thread-header")["top"] >= strip["bottom"]
    assert box_of(page, "[data-send]")["bottom"] <= PHONE["height"]

    page.context.set_offline(False)
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    assert box_of(page, ".line-state")["bottom"] == 0
    page.problems.clear()  # failed requests while offline


def test_who_is_signed_out_is_led_to_signing_in(open_page, ana, conversation):
    page = open_page("/inbox/open/", {"width": 1440, "height": 900})
    page.context.clear_cookies()
    page.locator(f"#row-{conversation.pk} a").hover()
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('session', {detail: {isOver: true}}))"
    )

    link = page.locator(".line-state a")
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", "/accounts/login/?next=/inbox/open/")


def test_notices_cover_neither_the_list_nor_what_is_written(open_page, conversation):
    page = open_page(f"/inbox/open/{conversation.pk}/", {"width": 1440, "height": 900})
    page.locator("#thread-header [data-key=e]").click()
    expect(page.locator("#toasts")).to_contain_text("Closed")

    notice = box_of(page, "#toasts .toast")
    parts = [box_of(page, part) for part in ("#sidebar", "#list", "#composer", "#thread-header")]
    assert overlapping([notice, *parts]) == []


def test_new_rows_are_offered_beside_the_rows(open_page, conversation):
    page = open_page("/inbox/open/", {"width": 1440, "height": 900})
    page.locator(f"#row-{conversation.pk}").hover()
    before = box_of(page, "[data-rows]")["top"]
    make_conversation(phone="447700900123", name="Newcomer", at=timezone.now())
    make_inbound(phone="447700900123", content="Hello", at=timezone.now())
    expect(page.locator("[data-news]")).to_have_text("1 new")

    assert box_of(page, "[data-rows]")["top"] == before
    assert box_of(page, "[data-news]")["bottom"] <= before
