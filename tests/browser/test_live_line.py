"""The line to the server: what the page says of it, and that nothing is missed when it changes."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.waiting import page_until
from tests.factories import make_conversation, make_did, make_inbound, make_user
from tests.processes import until

pytestmark = [pytest.mark.browser]

#: Streams that the test speaks through; the clock is the test's too.
STREAMS = """
window.streams = [];
window.EventSource = class extends EventTarget {
  static CLOSED = 2;
  readyState = 1;
  constructor(url) { super(); streams.push(this); }
  close() { this.readyState = 2; }
  say(data) { this.onmessage(new MessageEvent("message", { data: JSON.stringify(data) })); }
  isHere() { this.dispatchEvent(new Event("here")); }
};
"""


@pytest.fixture
def conversation(transactional_db):
    make_did(members=(make_user("tom"),))
    return make_conversation(name="Elena Martínez", at=timezone.now())


@pytest.fixture
def inbox(page, site, sign_in, conversation):
    """Tom's inbox on streams of the test."""
    sign_in(make_user("ana", is_staff=True))
    page.add_init_script(STREAMS)
    page.clock.install()
    page.goto(f"{site}/inbox/open/")
    # Asked from here: what waits in the page is evaluated there, which the content policy forbids.
    until(lambda: count_of_streams(page) == 1)
    page.evaluate("streams[0].say({ kind: 'hello', id: 1 })")
    says(page, "Live")
    return page


def says(page, state):
    expect(page.locator("[data-live-state]").first).to_have_text(state)


def count_of_streams(page):
    return page.evaluate("streams.length")


@pytest.mark.nightly
def test_a_quiet_day_is_not_taken_for_a_dead_line(inbox):
    for _quarter in range(8):
        inbox.clock.run_for(15_000)
        inbox.evaluate("streams[0].isHere()")

    says(inbox, "Live")
    assert count_of_streams(inbox) == 1


@pytest.mark.nightly
def test_a_line_that_is_silent_too_long_is_begun_again(inbox):
    inbox.clock.run_for(41_000)

    says(inbox, "Catching up")
    assert count_of_streams(inbox) == 2
    inbox.evaluate("streams[1].say({ kind: 'hello', id: 1 })")
    says(inbox, "Live")


@pytest.mark.nightly
def test_after_sleep_the_line_is_begun_again(inbox):
    inbox.clock.fast_forward(3_600_000)

    says(inbox, "Catching up")
    assert inbox.evaluate("streams[0].readyState") == 2


def test_a_network_that_is_gone_ends_the_stream_and_only_a_new_one_says_live(inbox):
    inbox.evaluate("dispatchEvent(new Event('offline'))")

    says(inbox, "Offline")
    assert inbox.evaluate("streams.map((stream) => stream.readyState)") == [2, 1]
    inbox.evaluate("streams[1].say({ kind: 'hello', id: 1 })")
    says(inbox, "Live")


def test_a_tab_that_takes_the_line_over_misses_nothing(page, site, sign_in, conversation):
    sign_in(make_user("ana", is_staff=True))
    page.goto(f"{site}/inbox/open/")
    says(page, "Live")
    other = page.context.new_page()
    held = []
    other.route("**/live/stream*", lambda route: held.append(route))
    other.goto(f"{site}/inbox/open/{conversation.pk}/")
    says(other, "Live")

    page.close()
    page_until(other, lambda: held, what="the other tab asks for the stream")
    make_inbound(content="Anybody there?", at=timezone.now())
    held.pop().continue_()

    expect(other.locator("#thread-log .bubble").last).to_have_text("Anybody there?")


def test_a_new_version_is_told_once_and_what_is_typed_outlives_the_reload(
    inbox, site, conversation
):
    inbox.goto(f"{site}/inbox/open/{conversation.pk}/")
    until(lambda: count_of_streams(inbox) == 1)
    own = inbox.locator("[data-live-words]").get_attribute("data-release")
    inbox.evaluate(f"streams[0].say({{ kind: 'hello', id: 1, release: '{own}' }})")
    says(inbox, "Live")
    told = inbox.get_by_text("A new version of didsms is here")
    expect(told).to_have_count(0)
    inbox.locator("#reply").fill("Half a sen")

    for _node in range(2):
        inbox.evaluate("streams[0].say({ kind: 'hello', id: 1, release: 'another' })")
    expect(told).to_have_count(1)
    expect(inbox.locator("#reply")).to_have_value("Half a sen")
    inbox.get_by_role("button", name="Reload").click()

    until(lambda: count_of_streams(inbox) == 1)
    expect(told).to_have_count(0)
    expect(inbox.locator("#reply")).to_have_value("Half a sen")
