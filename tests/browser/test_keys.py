"""Single keys: what they do, where the focus goes, and what Escape closes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import ReadMark
from messaging.services.conversations import lifecycle
from tests.browser.waiting import page_until, painted, posts_of
from tests.factories import make_conversation, make_did, make_inbound, make_user

pytestmark = [pytest.mark.browser]


@pytest.fixture
def elena(transactional_db):
    """She wrote last, so that hers is the first row."""
    make_did(members=(make_user("tom", first_name="Tom"),))
    make_inbound(phone="34600000001", content="Good day", at=timezone.now() - timedelta(minutes=9))
    conversation = make_conversation(phone="34600000000", name="Elena", at=timezone.now())
    make_inbound(phone="34600000000", content="Are you open today?", at=timezone.now())
    return conversation


@pytest.fixture
def keys(page, site, sign_in, ana, elena):
    """Open the list alone or with Elena's conversation, wait until it is live, and press keys."""

    def open_page(path="/inbox/open/"):
        sign_in(ana)
        page.goto(site + path)
        expect(page.locator("[data-live-state]").first).to_have_text("Live")
        return page

    return open_page


def thread_of(conversation):
    return f"/inbox/open/{conversation.pk}/"


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


# --- Menus and editors ---
@pytest.mark.nightly
def test_escape_closes_an_editor_alone(keys, elena):
    page = keys(thread_of(elena))
    press(page, "x")
    editor = page.locator("#edit-memo")
    page.locator("#edit-memo summary").click()
    editor.get_by_role("textbox").focus()

    press(page, "Escape")

    expect(editor).not_to_have_attribute("open", "")
    expect(editor.locator("summary")).to_be_focused()
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")


@pytest.mark.nightly
def test_escape_in_a_picker_of_the_selection_keeps_the_selection(keys):
    page = keys()
    press(page, "j", "x", "z")
    expect(page.locator("#picker")).to_be_visible()

    press(page, "Escape")
    expect(page.locator("#picker")).to_be_hidden()
    expect(page.locator("[data-bulk-count]")).to_have_text("1 selected")

    press(page, "Escape")
    expect(page.locator("[data-bulk]")).to_be_hidden()


# --- A new message ---


@pytest.mark.nightly
def test_new_message_is_entered_every_time(keys, elena):
    page = keys()
    field = page.get_by_label("To", exact=True)
    press(page, "c")
    expect(field).to_be_focused()
    press(page, "Escape", "j", "Enter")
    expect(page.locator("#thread-header h1")).to_have_text("Elena")

    press(page, "c")

    expect(field).to_be_focused()
    page.keyboard.type("+34")
    expect(field).to_have_value("+34")


@pytest.mark.nightly
def test_new_message_keeps_the_focus_away_once_it_was_left(keys):
    page = keys()
    field = page.get_by_label("To", exact=True)
    press(page, "c")
    expect(field).to_be_focused()
    press(page, "Escape")

    make_inbound(phone="34600000002", content="The list moves", at=timezone.now())
    expect(page.locator("[data-rows] > [data-row]")).to_have_count(3)

    expect(field).not_to_be_focused()


@pytest.mark.nightly
def test_field_that_was_left_at_once_stays_left(keys):
    page = keys()
    field = page.get_by_label("To", exact=True)
    page.evaluate(
        """addEventListener('focusin', function leave({ target }) {
            if (target.id !== 'id_phone') return;
            removeEventListener('focusin', leave);
            target.blur();
            document.body.dataset.left = '';
        })"""
    )

    press(page, "c")
    expect(page.locator("body[data-left]")).to_have_count(1)
    page.evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
    )

    expect(field).not_to_be_focused()


# --- On a row that is not open ---


def opens(page, elena):
    expect(page).to_have_url(re.compile(f"/{elena.pk}/$"))


def test_row_is_opened_to_write_in_it(keys, elena):
    for key, field in (("r", "#reply"), ("n", "#note")):
        page = keys()

        press(page, "j", key)

        opens(page, elena)
        expect(page.locator(field)).to_be_focused()
        expect(page.locator(field)).to_have_value("")


@pytest.mark.nightly
def test_row_is_opened_to_choose_for_it(keys, elena):
    for key, title in (("a", "Assign"), ("z", "Snooze"), ("l", "Labels")):
        page = keys()

        press(page, "j", key)

        opens(page, elena)
        expect(page.get_by_role("dialog", name=title)).to_be_visible()


@pytest.mark.nightly
def test_row_is_opened_and_changed(keys, elena):
    for key, words in (("i", "Assigned to you."), ("q", "No reply needed."), ("e", "Closed.")):
        page = keys()

        press(page, "j", key)

        opens(page, elena)
        expect(page.locator(".toast")).to_contain_text(words)


@pytest.mark.nightly
def test_row_that_is_marked_unread_stays_unread(keys, elena, ana):
    newest = elena.messages.latest("id").pk
    ReadMark.objects.create(user=ana, conversation=elena, last_read_id=newest)
    page = keys()
    page.clock.install()
    told = posts_of(page, "/read/")

    press(page, "j", "u")

    expect(page.locator(f"#row-{elena.pk} .badge")).to_be_visible()
    painted(page)
    page.clock.run_for(2000)  # longer than it takes to have seen a message and to tell it
    painted(page)
    assert told == []
    assert not ReadMark.objects.filter(user=ana, last_read_id__gte=newest).exists()


@pytest.mark.nightly
def test_letters_that_come_while_a_row_opens_run_nothing(keys, elena):
    page = keys()
    held = []
    page.route("**/inbox/open/*/", lambda route: held.append(route))

    press(page, "j", "r", "e")
    page_until(page, lambda: held, what="the conversation is asked for")
    held.pop().continue_()

    expect(page.locator("#reply")).to_be_focused()
    elena.refresh_from_db()
    assert elena.status == "open"


def test_key_acts_on_the_row_that_is_marked_and_not_on_what_is_open(keys, elena):
    other = make_conversation(phone="34600000001", at=timezone.now())
    page = keys(thread_of(elena))
    page.locator(f"#row-{other.pk} a.row").focus()

    press(page, "e")

    expect(page.locator(".toast")).to_contain_text("Closed.")
    for conversation, status in ((elena, "open"), (other, "closed")):
        conversation.refresh_from_db()
        assert conversation.status == status


@pytest.mark.nightly
def test_keys_are_for_what_was_opened_last_by_whatever_means(keys, elena):
    other = make_conversation(phone="34600000001", at=timezone.now())
    page = keys()
    press(page, "j", "Enter")
    opens(page, elena)
    press(page, "j")
    opens(page, other)
    page.go_back()
    opens(page, elena)

    expect(page.locator(f"#row-{elena.pk} a.row")).to_be_focused()
    press(page, "e")
    expect(page.locator(".toast")).to_contain_text("Closed.")

    opens(page, elena)
    elena.refresh_from_db()
    assert elena.status == "closed"


# --- Nothing to do any more ---


@pytest.mark.nightly
def test_closing_what_is_closed_says_so_and_leaves_it_closed(keys, elena, ana):
    lifecycle.close(conversation=elena, by=ana, at=timezone.now())
    page = keys(thread_of(elena))

    for key in ("e", "Shift+E"):
        press(page, key)
        expect(page.locator(".toast").last).to_have_text("Already closed.")

    opens(page, elena)
    elena.refresh_from_db()
    assert elena.status == "closed"


@pytest.mark.nightly
def test_second_press_does_not_open_it_again(keys, elena):
    page = keys(thread_of(elena))
    press(page, "e")
    expect(page.locator("#thread-header .pill")).to_have_text("Closed")

    press(page, "e")

    expect(page.locator(".toast").last).to_have_text("Already closed.")
    elena.refresh_from_db()
    assert elena.status == "closed"


@pytest.mark.nightly
def test_snoozed_conversation_is_closed_by_its_key(keys, elena, ana):
    until = timezone.now() + timedelta(days=1)
    lifecycle.snooze(conversation=elena, until=until, by=ana, at=timezone.now())
    page = keys(thread_of(elena))

    press(page, "e")

    expect(page.locator("#thread-header .pill")).to_have_text("Closed")


@pytest.mark.nightly
def test_settling_what_waits_for_nothing_says_so(keys, elena):
    page = keys(thread_of(elena))
    press(page, "q")
    expect(page.locator(".toast").last).to_contain_text("No reply needed.")
    expect(page.locator("#more-menu [data-already]")).to_have_count(1)

    press(page, "q")

    expect(page.locator(".toast").last).to_have_text("No reply is needed.")
