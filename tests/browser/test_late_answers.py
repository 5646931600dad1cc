"""An answer that comes when the page has moved on changes nothing."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.waiting import page_until
from tests.factories import make_conversation, make_inbound, make_user
from tests.processes import until

pytestmark = [pytest.mark.browser]

HOLD_BACK = """part => {
    const text = Response.prototype.text;
    const gate = new Promise(open => { window.letPass = open; });
    Response.prototype.text = async function () {
        const words = await text.call(this);
        if (this.url.includes(part)) { window.holdsBack = true; await gate; }
        return words;
    };
}"""


@pytest.fixture
def inbox(page, site, sign_in, transactional_db):
    """Open a page of the inbox with two people in it, and wait until it is live."""
    people = [
        make_conversation(phone=f"3460000000{number}", name=name, at=timezone.now())
        for number, name in enumerate(["Elena", "Jonas"])
    ]
    for number, text in enumerate(["Thursday works", "Good day"]):
        make_inbound(phone=f"3460000000{number}", content=text, at=timezone.now())

    def open_inbox(path):
        sign_in(make_user("ana", is_staff=True))
        page.goto(site + path.format(elena=people[0].pk))
        expect(page.locator("[data-live-state]").first).to_have_text("Live")
        return page, *people

    return open_inbox


def hold_back_what_comes_next(page, part):
    """Let something happen, and keep the answer about it in the air."""
    page.evaluate(HOLD_BACK, part)
    make_inbound(phone="34600000000", content="Are you there?", at=timezone.now())
    until(lambda: page.evaluate("window.holdsBack"), what="an answer is held back")


@pytest.mark.nightly
def test_rows_of_the_list_before_do_not_replace_what_was_found(inbox):
    page, elena, _jonas = inbox("/inbox/open/")
    hold_back_what_comes_next(page, "/inbox/parts/list/")
    page.get_by_role("searchbox").fill("thurs")
    page.keyboard.press("Enter")
    expect(page.locator("[data-rows] mark")).to_have_text("Thurs")

    page.evaluate("window.letPass()")

    assert page.locator("[data-rows] .who").all_inner_texts() == ["Elena"]
    link = page.get_by_role("link", name="Elena").get_attribute("href")
    assert re.search(rf"/{elena.pk}/\?.*q=thurs.*around=", link)


def forms(page):
    """Where the forms about the conversation lead."""
    return page.locator("#thread form").evaluate_all("forms => forms.map(form => form.action)")


@pytest.mark.nightly
def test_parts_of_the_conversation_before_do_not_show_in_the_next(inbox):
    page = inbox("/inbox/open/{elena}/")[0]
    of_elena = forms(page)
    hold_back_what_comes_next(page, "/inbox/parts/thread/")
    page.get_by_role("link", name="Jonas").click()
    expect(page.locator("#thread-header h1")).to_have_text("Jonas")

    page.evaluate("window.letPass()")

    assert page.locator("#thread-header h1").inner_text() == "Jonas"
    assert of_elena
    assert set(of_elena).isdisjoint(forms(page))


@pytest.mark.nightly
def test_a_mistake_of_our_own_is_not_taken_for_a_lost_line(inbox):
    page = inbox("/inbox/open/{elena}/")[0]
    for needed in ("#scheduled-messages", "[data-news]", "[data-theme-switch]"):
        page.evaluate("part => document.querySelector(part).remove()", needed)

        make_inbound(phone="34600000000", content="Are you there?", at=timezone.now())
        page.evaluate(
            "document.body.dispatchEvent("
            "new CustomEvent('sidebar:refresh', {detail: {whole: true}}))"
        )

        page_until(page, lambda: page.problems, what="the mistake is seen")
        assert all("null" in line for line in page.problems)
        page.reload()
        expect(page.locator("[data-live-state]").first).to_have_text("Live")
        page.problems.clear()
