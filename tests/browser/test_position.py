"""Where one is: in the list, in the history of a phone, in a text that is half written."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import Conversation
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from tests.browser.people import page_of, session_cookie
from tests.browser.waiting import page_until, painted
from tests.browser_fixtures import SIZES
from tests.factories import make_inbound, make_user
from tests.processes import until

pytestmark = [pytest.mark.browser]


@pytest.fixture
def inbox(page, site, sign_in, ana):
    """Open a page of the inbox, with so many people in it, and wait until it is live."""

    def open_inbox(people=3, path="/inbox/open/", size="desktop"):
        now = timezone.now()
        threads = [
            make_inbound(
                phone=f"3460000{number:04}", content="Hi", at=now - timedelta(minutes=number)
            ).conversation
            for number in range(people)
        ]
        page.set_viewport_size(SIZES[size])
        sign_in(ana)
        page.goto(site + path.format(first=threads[0].pk))
        expect(page.locator("html")).to_have_attribute("data-live", "live")
        return threads

    return open_inbox


# --- In the list ---


@pytest.mark.nightly
@pytest.mark.parametrize("has_focus_elsewhere", [False, True])
def test_row_that_changes_while_it_is_pressed_still_opens(page, inbox, has_focus_elsewhere):
    held = []
    page.route("**/inbox/parts/list/**", lambda route: held.append(route))
    inbox(2, size="mobile")
    page_until(page, lambda: held, what="the list is asked for again when the page is live")
    row = page.locator("[data-rows] a.row").first
    if has_focus_elsewhere:  # the press takes the focus away from there
        page.locator("[data-rows] a.row").last.focus()
    box = row.bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 12)
    page.mouse.down()
    make_inbound(phone="34600000000", content="And one more thing", at=timezone.now())
    with page.expect_response("**/inbox/parts/list/**"):
        held.pop().continue_()
    painted(page)
    page.mouse.up()

    expect(page.locator("#thread-header")).to_be_visible()


@pytest.mark.nightly
def test_next_is_beside_what_has_just_left_the_list(page, inbox):
    threads = inbox(4)
    page.locator("[data-rows] a.row").nth(1).click()
    expect(page.locator("#reply")).to_be_visible()
    page.keyboard.press("e")
    page.mouse.move(1000, 300)
    page.locator("body").evaluate("() => document.activeElement.blur()")
    expect(page.locator(f"#row-{threads[1].pk}")).to_have_count(0)

    page.keyboard.press("j")

    expect(page.locator(f"#row-{threads[2].pk} a[aria-current]")).to_have_count(1)


@pytest.mark.nightly
def test_keys_and_scrolling_bring_the_next_page(page, inbox):
    inbox(45)
    rows = page.locator("[data-rows] > [data-row]")
    expect(rows).to_have_count(40)
    page.locator("[data-rows] a.row").nth(39).focus()
    page.keyboard.press("j")
    expect(rows).to_have_count(45)
    expect(rows.nth(40).locator("a.row")).to_be_focused()

    page.reload()
    expect(rows).to_have_count(40)
    page.locator("[data-list-scroll]").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(rows).to_have_count(45)


@pytest.mark.nightly
def test_count_beside_the_title_follows(page, inbox):
    inbox(2)
    expect(page.locator("[data-list-count]")).to_have_text("2")
    make_inbound(phone="34611111111", content="New here", at=timezone.now())

    expect(page.locator("[data-list-count]")).to_have_text("3")


@pytest.mark.nightly
def test_first_escape_leaves_the_search_with_what_it_found(page, inbox):
    inbox(3)
    make_inbound(phone="34611111111", content="About the zebra", at=timezone.now())
    page.keyboard.press("/")
    page.keyboard.type("zebra")
    page.keyboard.press("Enter")
    rows = page.locator("[data-rows] > [data-row]")
    expect(rows).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")

    expect(rows.locator("a.row")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("zebra")


@pytest.mark.nightly
def test_ctrl_z_takes_one_change_after_the_other_back(page, inbox):
    threads = inbox(3, path="/inbox/open/{first}/")
    page.keyboard.press("Shift+E")
    expect(page).to_have_url(re.compile(f"/{threads[1].pk}/$"))
    page.keyboard.press("Shift+E")
    expect(page).to_have_url(re.compile(f"/{threads[2].pk}/$"))
    expect(page.locator("#toasts .toast")).to_have_count(2)

    def statuses():
        return [Conversation.objects.get(pk=one.pk).status for one in threads]

    until(lambda: statuses() == ["closed", "closed", "open"])
    page.keyboard.press("Control+z")
    until(lambda: statuses() == ["closed", "open", "open"])
    page.keyboard.press("Control+z")
    until(lambda: statuses() == ["open", "open", "open"])


@pytest.mark.nightly
def test_skip_link_leaves_the_conversation_as_it_is(page, inbox):
    inbox(2, path="/inbox/open/{first}/")
    page.locator("#reply").evaluate("field => { field.dataset.same = ''; }")
    page.locator(".skip").focus()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("Enter")

    expect(page.locator("#main-pane")).to_be_focused()
    painted(page)
    assert not [url for url in asked if "/inbox/open/" in url]
    expect(page.locator("#reply[data-same]")).to_have_count(1)


# --- On a phone ---


def test_back_closes_what_is_open_and_then_leaves(page, inbox):
    inbox(2, path="/inbox/open/", size="mobile")
    page.locator("[data-rows] a.row").first.click()
    page.get_by_role("button", name="Contact details").click()
    expect(page.locator("#details")).to_be_visible()
    page.go_back()
    expect(page.locator("#details")).to_be_hidden()
    expect(page.locator("#thread-header")).to_be_visible()
    page.locator("a.when").first.click()
    expect(page.locator("#message-dialog")).to_be_visible()
    page.go_back()
    expect(page.locator("#message-dialog")).to_be_hidden()
    expect(page.locator("#thread-header")).to_be_visible()
    page.go_back()

    expect(page.locator("[data-rows]")).to_be_visible()
    expect(page.locator("[data-rows] a.row").first).to_be_focused()


@pytest.mark.nightly
def test_link_in_the_drawer_takes_its_place_in_the_history(page, inbox):
    inbox(2, size="mobile")
    page.get_by_role("button", name="Open menu").click()
    page.locator("#sidebar").get_by_role("link", name="Snoozed").click()
    expect(page.locator("#list h1")).to_have_text("Snoozed")
    page.go_back()

    expect(page.locator("#list h1")).to_have_text("All open")


@pytest.mark.nightly
def test_list_behind_a_conversation_needs_no_network(page, inbox):
    inbox(2, size="mobile")
    page.locator("[data-rows] a.row").first.click()
    expect(page.locator("#thread-header")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("link", name="Back to conversations").click()

    expect(page.locator("[data-rows]")).to_be_visible()
    page.context.set_offline(False)
    page.problems[:] = [line for line in page.problems if "ERR_INTERNET" not in line]


# --- Half written ---
@pytest.mark.nightly
def test_memo_that_is_half_written_outlives_another_conversation(page, inbox):
    inbox(2, path="/inbox/open/{first}/")
    page.locator("#edit-memo summary").click()
    page.locator("#memo").fill("Allergic to penicillin")
    page.locator("[data-rows] a.row").nth(1).click()
    expect(page.locator("#memo")).to_have_value("")
    page.locator("[data-rows] a.row").nth(0).click()
    expect(page.locator("#memo")).to_be_visible()
    expect(page.locator("#memo")).to_have_value("Allergic to penicillin")
    page.locator("#edit-memo").get_by_role("button", name="Save").click()
    expect(page.locator(".memo")).to_have_text("Allergic to penicillin")
    page.reload()

    expect(page.locator("#memo")).to_be_hidden()


# --- Several people ---


def test_undo_is_its_writers(page, browser, site, inbox, ana):
    threads = inbox(1, path="/inbox/open/{first}/")
    tom = make_user("tom", first_name="Tom", is_staff=True)
    with page_of(browser, site, tom, f"/inbox/open/{threads[0].pk}/") as his:
        queue_message(
            NewMessage(content="On it", is_held=True),
            conversation=threads[0],
            user=ana,
            at=timezone.now(),
        )
        expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
        expect(his.locator(".msg.held .bubble")).to_have_text("On it")

        expect(his.get_by_role("button", name="Undo", exact=True)).to_have_count(0)


def test_tab_of_who_was_signed_in_before_sends_nothing_for_the_next(page, site, inbox):
    inbox(1, path="/inbox/open/{first}/")
    tom = make_user("tom", first_name="Tom", is_staff=True)
    page.context.add_cookies([session_cookie(tom, site)])
    page.locator("#reply").fill("Written by Ana")
    page.locator("#reply").press("Control+Enter")

    expect(page.locator("[data-error]")).to_contain_text("Tom is now signed in on this browser.")
    expect(page.locator("#reply")).to_have_value("Written by Ana")
    expect(page.locator("[data-live-state]").first).to_have_text("Signed out")
    page.problems[:] = [line for line in page.problems if "409" not in line]
