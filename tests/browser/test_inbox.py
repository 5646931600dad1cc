"""The list, the sidebar and what works on many, in a browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import Conversation, Label, StaffSettings
from messaging.services.conversations import lifecycle
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from tests.browser.people import page_of
from tests.browser.pickers import pick
from tests.factories import make_conversation, make_did, make_inbound, make_user
from tests.processes import until

pytestmark = [pytest.mark.browser]


@pytest.fixture
def inbox(page, site, sign_in, ana):
    """Open a page of the inbox as Ana, and wait until it is live."""

    def open_inbox(path="/inbox/open/"):
        sign_in(ana)
        page.goto(site + path)
        expect(page.locator("[data-live-state]").first).to_have_text("Live")
        return page

    return open_inbox


def write_in(name, content="Hi", *, phone, minutes=0):
    """Somebody writes to us."""
    at = timezone.now() - timedelta(minutes=minutes)
    conversation = make_conversation(phone=phone, name=name, at=at)
    make_inbound(phone=phone, content=content, at=at)
    return conversation


def three_people():
    return [
        write_in(name, phone=f"3460000000{number}", minutes=number + 1)
        for number, name in enumerate(["Elena Martínez", "Jonas Weber", "王小明"])
    ]


def names(page):
    return page.locator("[data-rows] .who").all_inner_texts()


def leave_the_list(page):
    page.mouse.move(1200, 400)


@pytest.mark.nightly
def test_signing_in_shows_the_inbox(page, site, ana, accessible):
    write_in("Elena", phone="34600000000")
    page.goto(site)
    accessible()
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill("a good pass phrase")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="All open")).to_be_visible()
    assert names(page) == ["Elena"]


@pytest.mark.nightly
def test_every_page_before_signing_in_is_accessible(site, accessible_at):
    accessible_at(f"{site}/accounts/login/")
    accessible_at(f"{site}/accounts/password_reset/")


def test_every_page_is_accessible(inbox, accessible_at, site):
    first = three_people()[0]
    Label.objects.create(name="VIP")
    page = inbox()
    for path in (
        "/inbox/open/",
        f"/inbox/open/{first.pk}/",
        "/inbox/mine/",
        "/inbox/all/?q=hi",
        "/settings/",
        *(
            f"/reports/{name}/"
            for name in ("messages", "responses", "delivery", "cost", "opt-outs")
        ),
        "/reports/messages/hours/",
        "/accounts/password_change/",
        "/nothing/here/",
    ):
        accessible_at(site + path)
    page.problems.clear()  # the 404 is on purpose


def test_a_new_text_comes_to_the_top_by_itself(inbox):
    three_people()
    page = inbox()
    leave_the_list(page)

    write_in("Newcomer", "Hello there", phone="447700900123")

    expect(page.locator("[data-rows] .who").first).to_have_text("Newcomer")
    expect(page.locator("[data-count=open]").first).to_have_text("4")
    expect(page).to_have_title(re.compile(r"^\(4\) "))


def test_rows_do_not_move_under_the_pointer(inbox):
    three_people()
    page = inbox()
    page.locator("[data-row]").nth(1).hover()

    make_inbound(phone="34600000002", content="Are you there?", at=timezone.now())

    expect(page.locator("[data-news]")).to_have_text("1 new")
    assert names(page) == ["Elena Martínez", "Jonas Weber", "王小明"]
    expect(page.locator("[data-row]").nth(2)).to_contain_text("Are you there?")
    page.locator("[data-news]").click()
    assert names(page) == ["王小明", "Elena Martínez", "Jonas Weber"]


def test_opening_a_conversation_keeps_the_list_and_back_closes_it(inbox):
    elena, jonas, _wang = three_people()
    page = inbox()
    page.evaluate("window.isSamePage = true")

    page.get_by_role("link", name="Jonas Weber").click()
    expect(page).to_have_url(re.compile(f"/inbox/open/{jonas.pk}/$"))
    expect(page.locator(f"#row-{jonas.pk} a.row")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Elena Martínez").click()
    expect(page).to_have_url(re.compile(f"/inbox/open/{elena.pk}/$"))
    page.go_back()
    expect(page).to_have_url(re.compile(f"/inbox/open/{jonas.pk}/$"))
    page.go_back()
    expect(page.get_by_role("heading", name="No conversation selected")).to_be_visible()
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Unassigned").click()

    expect(page.get_by_role("heading", name="Unassigned")).to_be_visible()
    assert page.evaluate("window.isSamePage") is True


def test_a_phone_shows_one_zone_at_a_time(inbox):
    three_people()
    page = inbox()
    page.set_viewport_size({"width": 390, "height": 844})
    listing, thread = page.locator("#list"), page.locator("#thread")

    expect(listing).to_be_visible()
    page.get_by_role("link", name="Jonas Weber").click()
    expect(thread).to_be_visible()
    expect(listing).to_be_hidden()
    thread.get_by_role("link", name=re.compile("Back")).click()
    expect(listing).to_be_visible()
    page.get_by_role("button", name="Open menu").click()
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Closed").click()
    expect(page.get_by_role("heading", name="Closed", exact=True)).to_be_visible()


def test_searching_marks_the_match_and_leads_to_the_message(inbox):
    three_people()
    found = write_in("Priya", "Thursday works", phone="447700900123")
    page = inbox()

    page.get_by_role("searchbox").fill("thurs")
    page.keyboard.press("Enter")
    expect(page.locator("[data-rows] mark")).to_have_text("Thurs")
    expect(page).to_have_url(re.compile(r"\?.*q=thurs"))
    page.get_by_role("link", name="Priya").click()

    expect(page).to_have_url(re.compile(f"/inbox/open/{found.pk}/.*around="))
    expect(page.get_by_role("log")).to_contain_text("Thursday works")


@pytest.mark.nightly
def test_filters_live_in_the_address(inbox, ana):
    elena, *_others = three_people()
    lifecycle.assign(conversation=elena, to=ana, by=ana, at=timezone.now())
    page = inbox()

    page.locator(".filters summary").click()
    pick(page, "Assigned to", "Me")
    page.get_by_role("button", name="Apply").click()

    expect(page).to_have_url(re.compile("assignee=me"))
    expect(page.locator("[data-row]")).to_have_count(1)


@pytest.mark.nightly
def test_closing_more_than_a_portion_at_once_and_taking_it_back(inbox):
    did = make_did()
    at = timezone.now()
    for number in range(120):
        make_inbound(did, f"3460000{number:04d}", at=at - timedelta(minutes=number))
    page = inbox()

    page.locator("[data-row]").first.hover()
    page.locator(".pick input").first.check()
    page.get_by_role("button", name="Select all 120").click()
    expect(page.locator("[data-bulk-count]")).to_have_text("120 selected")
    page.locator("[data-bulk]").get_by_role("button", name="Close", exact=True).click()

    expect(page.locator(".toast")).to_contain_text("120 changed.", timeout=30000)
    assert Conversation.objects.open().count() == 0
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("120 undone.", timeout=30000)
    assert Conversation.objects.open().count() == 120


@pytest.mark.nightly
def test_selecting_a_stretch_and_labelling_it_by_keys(inbox):
    three_people()
    Label.objects.create(name="VIP")
    page = inbox()

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.locator("[data-row]").nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-bulk-count]")).to_have_text("3 selected")
    page.keyboard.press("l")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("3 changed.")
    expect(page.locator("[data-rows] .label")).to_have_count(3)
    assert Label.objects.get().conversations.count() == 3


@pytest.mark.nightly
def test_snoozing_several_until_a_time_in_words(inbox, accessible):
    three_people()
    page = inbox()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.locator("[data-row]").nth(1).click(modifiers=["Shift"])
    page.keyboard.press("z")
    field = page.locator("#picker [role=combobox]")

    field.fill("when pigs fly")
    expect(page.locator("#picker")).to_contain_text("This time can’t be read")
    field.press("Enter")
    expect(field).to_be_focused()
    assert Conversation.objects.open().count() == 3

    field.fill("in 2 days")
    understood = page.locator("#picker [data-understood]")
    expect(understood).to_have_text(re.compile(r"\d\d:\d\d \(Europe/Madrid\)"))
    accessible("#picker")
    field.press("Enter")

    expect(page.locator(".toast")).to_contain_text("2 changed.")
    expect(field).to_be_hidden()
    snoozed = Conversation.objects.filter(status="snoozed")
    assert len(snoozed) == 2
    assert len({row.snoozed_until for row in snoozed}) == 1
    assert abs(snoozed[0].snoozed_until - timezone.now() - timedelta(days=2)) < timedelta(hours=2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("2 undone.")
    assert Conversation.objects.open().count() == 3


def test_a_day_s_work_by_keys_alone(inbox):
    elena, jonas, wang = three_people()
    page = inbox()

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/{elena.pk}/$"))
    expect(page.locator("#thread")).to_contain_text("Elena")
    page.keyboard.press("i")
    expect(page.locator(".toast")).to_contain_text("Assigned to you")
    page.keyboard.press("Shift+E")
    expect(page).to_have_url(re.compile(f"/{jonas.pk}/$"))
    expect(page.locator("#thread")).to_contain_text("Jonas")
    page.keyboard.press("r")
    page.keyboard.type("See you at five")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(f"/{wang.pk}/$"))
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.get_by_role("heading", name="Mine", exact=True)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")

    elena.refresh_from_db()
    assert elena.status == "closed"


@pytest.mark.nightly
def test_keys_can_be_switched_off(inbox, ana):
    StaffSettings.objects.create(user=ana, has_shortcuts=False)
    three_people()
    page = inbox()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.mark.nightly
def test_the_palette_goes_to_views_and_people(inbox, accessible):
    _elena, jonas, _wang = three_people()
    page = inbox()

    page.keyboard.press("Control+k")
    accessible()
    page.keyboard.type("snoo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Snoozed", exact=True)).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("jonas")
    page.get_by_role("option", name=re.compile("Jonas Weber")).click()

    expect(page).to_have_url(re.compile(f"/inbox/all/{jonas.pk}/"))


@pytest.mark.nightly
def test_the_theme_changes_at_once_and_stays(inbox, ana):
    page = inbox()

    page.get_by_role("button", name="Switch to the light theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Switch to the dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    until(lambda: StaffSettings.objects.filter(user=ana, theme="dark").exists())
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_colleague_sees_what_i_do_without_a_reload(inbox, browser, site):
    elena, *_others = three_people()
    tom = make_user("tom", first_name="Tom", last_name="Hale", is_staff=True)
    page = inbox()
    leave_the_list(page)

    with page_of(browser, site, tom, f"/inbox/open/{elena.pk}/") as his:
        his.keyboard.press("i")
        expect(page.locator(f"#row-{elena.pk}")).to_contain_text("Assigned to Tom Hale")
        his.keyboard.press("e")
        expect(page.locator(f"#row-{elena.pk}")).to_have_count(0)


@pytest.mark.nightly
def test_a_failed_text_shows_in_the_sidebar_at_once(inbox):
    message, _new = queue_message(
        NewMessage(content="Hi"), conversation=three_people()[0], user=None, at=timezone.now()
    )
    page = inbox()
    expect(page.locator("[data-count=failed]")).to_have_text("")

    from messaging.services.history.message_status import change_status
    from messaging.statuses import Status

    change_status(
        message=message, to=Status.SENDING, at=timezone.now(), attempt_started_at=timezone.now()
    )
    change_status(message=message, to=Status.FAILED, at=timezone.now())

    expect(page.locator("[data-count=failed]")).to_have_text("1")


@pytest.mark.nightly
def test_a_notification_says_who_what_and_why(page, site, sign_in, ana):
    make_did(members=(ana,))
    StaffSettings.objects.create(user=ana, has_notifications=True)
    page.context.grant_permissions(["notifications"], origin=site)
    page.add_init_script(
        """window.told = [];
        class Fake { static permission = "granted"; static requestPermission() { return "granted"; }
          constructor(title, options) { window.told.push([title, options.body]); } close() {} }
        window.Notification = Fake;"""
    )
    sign_in(ana)
    with page.expect_response(re.compile("/parts/notices/")):
        page.goto(site + "/settings/")
        page.goto(site + "/inbox/open/")
    expect(page.locator("[data-live-state]").first).to_have_text("Live")

    write_in("Elena", "Are you open?", phone="34600000000")

    until(lambda: page.evaluate("window.told.length"), what="the notification is shown")
    assert page.evaluate("window.told") == [
        [
            "Elena",
            "Are you open?\nYou’re a member of this number, and the conversation is unassigned",
        ]
    ]


def test_reading_works_without_a_script(browser, site, ana):
    elena, *_others = three_people()
    with page_of(browser, site, ana, "/inbox/open/", java_script_enabled=False) as page:
        page.get_by_role("link", name="Elena Martínez").click()
        assert page.url == f"{site}/inbox/open/{elena.pk}/"
        page.get_by_role("searchbox").fill("jonas")
        page.keyboard.press("Enter")
        expect(page.locator("[data-row]")).to_have_count(1)
        page.get_by_role("link", name="Mine").first.click()
        expect(page.get_by_role("heading", name="Mine", exact=True)).to_be_visible()


def test_without_a_connection_the_page_says_so_and_catches_up(inbox):
    three_people()
    page = inbox()
    leave_the_list(page)

    page.context.set_offline(True)
    expect(page.locator("[data-live-state]").first).to_have_text("Offline")
    write_in("Newcomer", phone="447700900123")
    page.context.set_offline(False)

    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    expect(page.locator("[data-rows] .who").first).to_have_text("Newcomer")
    page.problems.clear()  # failed requests while offline


@pytest.mark.nightly
def test_notifications_cannot_be_ticked_while_the_browser_refuses_them(page, site, sign_in, ana):
    page.add_init_script(
        "Object.defineProperty(Notification, 'permission', { get: () => 'denied' });"
    )
    sign_in(ana)
    page.goto(site + "/settings/")

    box = page.get_by_role("checkbox", name="Browser notifications")
    expect(box).to_be_disabled()
    expect(page.locator("[data-test-notification]")).to_be_disabled()
    expect(page.locator("[data-notification-state]")).to_contain_text("set Notifications to Allow")


@pytest.mark.nightly
def test_browser_that_refuses_notifications_leaves_those_of_others(page, site, sign_in, ana):
    StaffSettings.objects.create(user=ana)
    page.add_init_script(
        "Object.defineProperty(Notification, 'permission', { get: () => 'denied' });"
    )
    sign_in(ana)
    for is_ticked_elsewhere in (True, False):
        StaffSettings.objects.update(has_notifications=is_ticked_elsewhere)
        page.goto(site + "/settings/")
        expect(page.get_by_role("checkbox", name="Browser notifications")).to_be_disabled()

        page.get_by_role("button", name="Save", exact=True).click()

        expect(page).to_have_url(site + "/settings/")
        expect(page.locator("#toasts")).to_contain_text("Saved.")
        assert StaffSettings.objects.get(user=ana).has_notifications == is_ticked_elsewhere
