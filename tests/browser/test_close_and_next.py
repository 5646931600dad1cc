"""Close and next, and any key pressed before an answer has come: it is told and can be undone."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import Conversation
from tests.factories import make_conversation, make_did, make_inbound
from tests.processes import until

pytestmark = [pytest.mark.browser]


@pytest.fixture
def two(transactional_db):
    """Jonas wrote last, so that his is the first row; Elena's is the next."""
    make_did()
    rows = []
    for phone, name in (("34600000000", "Elena"), ("34600000001", "Jonas")):
        rows.append(make_conversation(phone=phone, name=name, at=timezone.now()))
        make_inbound(phone=phone, content="Good day", at=timezone.now())
    return rows[::-1]


@pytest.fixture
def held(page):
    """Hold every answer to a close until it is let go."""
    requests = []
    page.route("**/conversations/*/close/", lambda route: requests.append(route))
    return requests


def waits(page, held):
    """Let the page go on until a request is held."""
    # Routes are handed over while the page is asked something.
    until(lambda: page.evaluate("0") or held, what="a request is held")


def status_of(conversation):
    return Conversation.objects.values_list("status", flat=True).get(pk=conversation.pk)


@pytest.mark.nightly
def test_slow_close_is_told_and_undone_where_the_next_is_open(page, site, sign_in, ana, two, held):
    """The next conversation once came first: with the old one went the words and the way back."""
    jonas, _elena = two
    sign_in(ana)
    page.goto(f"{site}/inbox/open/{jonas.pk}/")
    page.keyboard.press("Shift+E")
    waits(page, held)
    expect(page.locator("#thread-header h1")).to_have_text("Jonas")

    held[0].continue_()

    expect(page.locator("#thread-header h1")).to_have_text("Elena")
    expect(page.locator(".toast")).to_contain_text("Closed.")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    until(lambda: status_of(jonas) == "open")


@pytest.mark.nightly
def test_answer_that_comes_when_its_conversation_was_left_is_told(
    page, site, sign_in, ana, two, held
):
    jonas, _elena = two
    sign_in(ana)
    page.goto(f"{site}/inbox/open/{jonas.pk}/")
    page.keyboard.press("e")
    waits(page, held)
    page.locator("a.row").nth(1).click()
    expect(page.locator("#thread-header h1")).to_have_text("Elena")

    held[0].continue_()

    expect(page.locator(".toast")).to_contain_text("Closed.")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    until(lambda: status_of(jonas) == "open")


@pytest.mark.nightly
def test_close_that_is_refused_stays_where_it_is(page, site, sign_in, ana, two, held):
    jonas, _elena = two
    sign_in(ana)
    page.goto(f"{site}/inbox/open/{jonas.pk}/")
    page.keyboard.press("Shift+E")
    waits(page, held)
    make_inbound(phone="34600000001", content="One more thing", at=timezone.now())

    held[0].continue_()

    expect(page.locator(".toast.error")).to_be_visible()
    expect(page.locator("#thread-header h1")).to_have_text("Jonas")
    assert status_of(jonas) == "open"
    page.problems[:] = [line for line in page.problems if "409" not in line]


def test_second_press_before_the_answer_closes_nothing_else(page, site, sign_in, ana, two, held):
    jonas, elena = two
    sign_in(ana)
    page.goto(f"{site}/inbox/open/{jonas.pk}/")
    page.keyboard.press("Shift+E")
    waits(page, held)
    page.keyboard.press("Shift+E")
    held[0].continue_()

    expect(page.locator("#thread-header h1")).to_have_text("Elena")
    assert (len(held), status_of(elena)) == (1, "open")


@pytest.mark.nightly
def test_keys_wait_until_the_page_is_ready(page, site, sign_in, ana, two):
    """A form that htmx has not taken up yet would leave the page, and its words with it."""
    jonas, _elena = two
    sign_in(ana)
    late = []
    page.route(re.compile(r"/js/thread/thread(\.\w+)?\.js$"), lambda route: late.append(route))
    page.goto(f"{site}/inbox/open/{jonas.pk}/", wait_until="commit")
    waits(page, late)
    expect(page).to_have_title(re.compile(r"^\(2\)"))  # the script that hears keys has run
    page.keyboard.press("Shift+E")
    for request in late:
        request.continue_()
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    expect(page.locator("#thread-header h1")).to_have_text("Jonas")
    assert status_of(jonas) == "open"

    page.keyboard.press("Shift+E")

    expect(page.locator("#thread-header h1")).to_have_text("Elena")
    expect(page.locator(".toast")).to_contain_text("Closed.")


@pytest.mark.nightly
def test_row_under_the_pointer_that_was_closed_is_whole_again_when_it_is_undone(
    page, site, sign_in, ana, two
):
    jonas, _elena = two
    sign_in(ana)
    page.goto(f"{site}/inbox/open/{jonas.pk}/")
    row = page.locator(f"#row-{jonas.pk}")
    row.hover()
    page.keyboard.press("Shift+E")
    expect(row).to_have_class("gone")

    page.locator(".toast").get_by_role("button", name="Undo").press("Enter")

    until(lambda: status_of(jonas) == "open")
    expect(row).not_to_have_class("gone")


@pytest.mark.nightly
def test_closed_row_is_faded_also_where_the_longest_wait_comes_first(page, site, sign_in, ana, two):
    """By its age it was taken for a row of a further page, which the answer does not hold."""
    _jonas, elena = two
    sign_in(ana)
    page.goto(f"{site}/inbox/needs-reply/{elena.pk}/")
    rows = page.locator("#list [data-row]")
    expect(rows.first).to_have_id(f"row-{elena.pk}")
    rows.first.hover()

    page.keyboard.press("e")

    until(lambda: status_of(elena) == "closed")
    expect(rows.first).to_have_class("gone")
