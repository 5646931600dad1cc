"""The inbox in one hand: swipes, the compose button, and what a phone has no use for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from messaging.models import Conversation, StaffSettings
from messaging.services.conversations.lifecycle import close
from messaging.services.reading.read_marks import mark_read
from tests.browser.people import page_of
from tests.factories import make_did, make_inbound
from tests.processes import until

pytestmark = [pytest.mark.browser]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def conversation(transactional_db):
    return make_inbound(make_did(), content="Are you open?", at=timezone.now()).conversation


@contextmanager
def phone(browser, site, user, path) -> Iterator[Page]:
    with page_of(browser, site, user, "/settings/", has_touch=True, is_mobile=True) as page:
        page.set_viewport_size(PHONE)
        page.goto(site + path)
        yield page


def swipe(page: Page, conversation: Conversation, *, by: int, down: int = 0) -> None:
    """Draw a finger over a conversation's row and rest it there: nothing flies on from it."""
    box = page.locator(f"#row-{conversation.pk}").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    begin = time.time()

    def point(kind: str, step: int) -> None:
        at = min(step, 10) / 10
        points = [] if kind == "touchEnd" else [{"x": x + by * at, "y": y + down * at}]
        event = {"type": kind, "touchPoints": points, "timestamp": begin + step / 20}
        touch.send("Input.dispatchTouchEvent", event)

    point("touchStart", 0)
    for step in range(1, 21):
        point("touchMove", step)
    point("touchEnd", 21)
    touch.detach()


def status_of(conversation: Conversation) -> str:
    return Conversation.objects.get(pk=conversation.pk).status


@pytest.mark.nightly
def test_swipe_to_the_left_closes_and_can_be_undone(browser, site, ana, conversation):
    with phone(browser, site, ana, "/inbox/open/") as page:
        swipe(page, conversation, by=-180)

        expect(page.locator("#toasts")).to_contain_text("Closed.")
        assert status_of(conversation) == "closed"
        expect(page.locator(f"#row-{conversation.pk}")).to_have_count(0)
        assert page.url == site + "/inbox/open/"
        page.locator("#toasts").get_by_role("button", name="Undo").click()
        until(lambda: status_of(conversation) == "open", what="the conversation is open again")


@pytest.mark.nightly
def test_swipe_to_the_left_reopens_what_is_closed(browser, site, ana, conversation):
    close(conversation=conversation, by=ana, at=timezone.now())
    with phone(browser, site, ana, "/inbox/closed/") as page:
        swipe(page, conversation, by=-180)

        until(lambda: status_of(conversation) == "open", what="the conversation is open again")


def test_swipe_to_the_right_marks_read_and_unread(browser, site, ana, conversation):
    with phone(browser, site, ana, "/inbox/open/") as page:
        row = page.locator(f"#row-{conversation.pk} .row")
        swipe(page, conversation, by=180)
        expect(row).not_to_have_class("row unread")

        swipe(page, conversation, by=180)
        expect(row).to_have_class("row unread")


@pytest.mark.nightly
def test_what_is_no_swipe_changes_nothing(browser, site, ana, conversation):
    mark_read(conversation=conversation, user=ana, up_to_id=conversation.last_message_id)
    with phone(browser, site, ana, "/inbox/open/") as page:
        for by, down in ((-60, 0), (-120, 200), (40, 300)):  # Too short, slanted, scrolling.
            swipe(page, conversation, by=by, down=down)
            # A tap afterwards opens it, as ever.
            page.locator(f"#row-{conversation.pk} .row").tap()

            expect(page.locator("#reply")).to_be_visible()
            assert status_of(conversation) == "open"
            page.go_back()
            expect(page.locator("#reply")).to_be_hidden()


@pytest.mark.nightly
def test_compose_button_is_in_the_thumb_s_reach(browser, site, ana, conversation):
    with phone(browser, site, ana, "/inbox/open/") as page:
        button = page.locator(".compose-button")
        box = button.bounding_box()
        assert box is not None
        assert box["y"] > PHONE["height"] * 2 / 3
        assert min(box["width"], box["height"]) >= 44

        button.tap()

        expect(page.get_by_role("heading", name="New")).to_be_visible()
        expect(button).to_be_hidden()


@pytest.mark.nightly
def test_phone_offers_no_keyboard_settings_and_keeps_those_of_the_computer(browser, site, ana):
    StaffSettings.objects.create(user=ana, send_key="enter", has_shortcuts=False)
    with phone(browser, site, ana, "/settings/") as page:
        expect(page.get_by_text("Single-key shortcuts")).to_be_hidden()
        page.get_by_role("button", name="Save", exact=True).tap()
        expect(page.locator("#toasts")).to_contain_text("Saved.")

    own = StaffSettings.objects.get(user=ana)
    assert (own.send_key, own.has_shortcuts) == ("enter", False)


@pytest.mark.nightly
def test_conversation_is_closed_with_one_tap(browser, site, ana, conversation):
    with phone(browser, site, ana, f"/inbox/open/{conversation.pk}/") as page:
        page.get_by_role("button", name="Close", exact=True).tap()

        expect(page.locator("#toasts")).to_contain_text("Closed.")
        assert status_of(conversation) == "closed"
