"""The labels of a selection: shown as they are, put on and taken off at once."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import Conversation, Label
from tests.browser.pickers import active, field
from tests.factories import make_inbound

pytestmark = [pytest.mark.nightly, pytest.mark.browser]


@pytest.fixture
def selection(open_page):
    """Select three conversations; VIP is on all, Late on one, New on none."""
    others = [
        make_inbound(phone=f"3460000000{number}", content="Hi", at=timezone.now()).conversation
        for number in (1, 2)
    ]
    everybody = [*others, Conversation.objects.get(contact__name="Elena")]
    for name, carriers in (("VIP", everybody), ("Late", others[:1]), ("New", [])):
        Label.objects.create(name=name).conversations.set(carriers)
    page = open_page("/inbox/open/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.locator("[data-row]").nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("3 selected")
    return page


def states(page):
    return page.locator("#picker [data-state]").evaluate_all(
        "options => options.map(each => [each.dataset.text, each.getAttribute('aria-checked')])"
    )


def wait_for_states(page, expected):
    for name, state in expected:
        option = page.locator("#picker").get_by_role("option", name=name)
        expect(option).to_have_attribute("aria-checked", state)
    assert states(page) == expected


def count_with(name):
    return Label.objects.get(name=name).conversations.count()


def test_picker_shows_which_labels_all_some_and_none_carry(selection, accessible):
    selection.keyboard.press("l")

    wait_for_states(selection, [["VIP", "true"], ["Late", "mixed"], ["New", "false"]])
    accessible("#picker")


def test_labels_of_a_selection_go_on_and_off_at_once(selection):
    page = selection
    page.keyboard.press("l")
    page.keyboard.type("late")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("2 changed.")
    assert count_with("Late") == 3

    page.keyboard.type("vip")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("3 changed.")
    assert (count_with("Late"), count_with("VIP")) == (3, 0)
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    wait_for_states(page, [["VIP", "false"], ["Late", "true"], ["New", "false"]])
    expect(field(page)).to_be_focused()
    expect(page.locator("[data-bulk-count]")).to_have_text("3 selected")
    expect(page.locator("[data-rows] .label")).to_have_count(3)

    page.locator("#toasts").get_by_role("button", name="Undo").last.click()

    expect(page.locator("[data-rows] .label")).to_have_count(6)
    assert (count_with("Late"), count_with("VIP")) == (3, 3)


def test_label_that_does_not_exist_is_created_for_a_selection(selection):
    page = selection
    page.keyboard.press("l")
    page.keyboard.type("Guests")
    expect(active(page)).to_have_text("New label “Guests”")

    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("3 changed.")
    wait_for_states(
        page, [["Guests", "true"], ["VIP", "true"], ["Late", "mixed"], ["New", "false"]]
    )
    assert count_with("Guests") == 3
    expect(active(page)).to_have_text("Guests")


def test_label_that_could_not_be_put_on_shows_so(selection):
    page = selection
    page.keyboard.press("l")
    wait_for_states(page, [["VIP", "true"], ["Late", "mixed"], ["New", "false"]])
    page.route("**/inbox/bulk/", lambda route: route.abort())

    page.keyboard.type("new")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Connection lost after 0.")
    expect(page.locator("#picker [data-active]")).to_have_attribute("aria-checked", "false")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    wait_for_states(page, [["VIP", "true"], ["Late", "mixed"], ["New", "false"]])
    page.problems.clear()
