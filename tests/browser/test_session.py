"""The session ends while the page is open, or begins again in another tab."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import get_random_string
from playwright.sync_api import expect

from messaging.models import StaffSession
from messaging.services.conversations.lifecycle import close
from tests.browser.people import session_cookie
from tests.factories import make_conversation, make_inbound
from tests.processes import until

pytestmark = [pytest.mark.browser]

ENDED = "Your session has ended. Sign in again in another tab, then try again."


@pytest.fixture
def conversation(transactional_db):
    conversation = make_conversation(name="Elena Martínez", at=timezone.now())
    make_inbound(content="Are you open today?", at=timezone.now())
    return conversation


@pytest.fixture
def inbox(page, site, sign_in, ana, conversation):
    sign_in(ana)
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    says(page, "Live")
    yield page
    page.problems[:] = [
        line for line in page.problems if "403" not in line and "Error Code" not in line
    ]


def says(page, state):
    expect(page.locator("[data-live-state]").first).to_have_text(state)


def sign_out():
    StaffSession.objects.all().delete()


def sign_in_elsewhere(page, site, ana):
    """What signing in again in another tab does to this one: a new session, a new token."""
    token = {"name": settings.CSRF_COOKIE_NAME, "value": get_random_string(32), "url": site}
    page.context.add_cookies([session_cookie(ana, site), token])


def close_by_hand(page):
    page.locator("#thread-header").get_by_role("button", name="Close", exact=True).click()


def undo(page):
    page.locator("#toasts").get_by_role("button", name="Undo").click()


def status_of(conversation):
    conversation.refresh_from_db()
    return conversation.status


@pytest.mark.nightly
def test_undo_works_after_signing_in_again_in_another_tab(inbox, site, ana, conversation):
    close_by_hand(inbox)
    expect(inbox.locator(".toast")).to_contain_text("Closed.")
    expect(inbox.locator("#thread-header .pill")).to_have_text("Closed")
    sign_in_elsewhere(inbox, site, ana)

    undo(inbox)

    expect(inbox.locator(".toast")).to_have_text("Undone.")
    assert status_of(conversation) == "open"


@pytest.mark.nightly
def test_undo_without_a_session_says_so_and_stays(inbox, site, ana, conversation):
    close_by_hand(inbox)
    expect(inbox.locator(".toast")).to_contain_text("Closed.")
    expect(inbox.locator("#thread-header .pill")).to_have_text("Closed")
    sign_out()

    undo(inbox)

    expect(inbox.locator(".toast")).to_contain_text(ENDED)
    assert status_of(conversation) == "closed"
    sign_in_elsewhere(inbox, site, ana)
    undo(inbox)
    expect(inbox.locator(".toast")).to_have_text("Undone.")
    assert status_of(conversation) == "open"


@pytest.mark.nightly
def test_bulk_works_after_signing_in_again_in_another_tab(inbox, site, ana, conversation):
    inbox.keyboard.press("x")
    sign_in_elsewhere(inbox, site, ana)

    inbox.locator("[data-bulk]").get_by_role("button", name="Close", exact=True).click()

    expect(inbox.locator(".toast")).to_contain_text("1 changed.")
    assert status_of(conversation) == "closed"


def test_bulk_without_a_session_says_so_alone_and_keeps_the_selection(inbox, conversation):
    inbox.keyboard.press("x")
    sign_out()

    inbox.locator("[data-bulk]").get_by_role("button", name="Close", exact=True).click()

    expect(inbox.locator(".toast")).to_have_text(ENDED)
    expect(inbox.locator("[data-bulk-count]")).to_have_text("1 selected")
    assert status_of(conversation) == "open"


@pytest.mark.nightly
def test_button_without_a_session_says_so(inbox, conversation):
    sign_out()

    close_by_hand(inbox)

    expect(inbox.locator(".toast")).to_have_text(ENDED)
    assert status_of(conversation) == "open"


@pytest.mark.nightly
def test_what_is_typed_into_a_form_stays_when_the_session_has_ended(inbox):
    inbox.locator("#edit-memo summary").click()
    inbox.locator("#memo").fill("Rings on Fridays")
    sign_out()

    inbox.locator("#edit-memo").get_by_role("button", name="Save").click()

    expect(inbox.locator(".toast")).to_have_text(ENDED)
    expect(inbox.locator("#memo")).to_have_value("Rings on Fridays")
    expect(inbox.locator("#memo")).to_be_visible()


def test_page_says_signed_out_until_a_request_succeeds(inbox, site, ana, conversation):
    sign_out()
    close_by_hand(inbox)
    says(inbox, "Signed out")

    sign_in_elsewhere(inbox, site, ana)
    close_by_hand(inbox)

    says(inbox, "Live")
    until(lambda: status_of(conversation) == "closed", what="the second request is done")


@pytest.mark.nightly
def test_what_is_fetched_by_itself_finds_the_session_ended(inbox, ana, conversation):
    sign_out()

    close(conversation=conversation, by=ana, at=timezone.now())

    says(inbox, "Signed out")


def test_signing_in_in_another_tab_makes_this_one_live_again(inbox, site, ana, conversation):
    sign_out()
    close_by_hand(inbox)
    says(inbox, "Signed out")

    sign_in_elsewhere(inbox, site, ana)
    other = inbox.context.new_page()
    other.goto(f"{site}/inbox/open/")

    says(inbox, "Live")
    make_inbound(content="Anybody there?", at=timezone.now())
    expect(inbox.locator("#thread-log .bubble").last).to_have_text("Anybody there?")
