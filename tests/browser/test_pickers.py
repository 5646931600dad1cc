"""The picker: opened, filtered, chosen from and left by keys, by a pointer and on a phone."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import Conversation, Label
from messaging.services.conversations.lifecycle import assign
from tests.browser.pickers import LONG, active, field, picker, shown
from tests.browser_fixtures import SIZES
from tests.factories import make_conversation, make_did, make_inbound, make_user

pytestmark = [pytest.mark.browser]


@pytest.fixture
def elena(transactional_db):
    make_did()
    conversation = make_conversation(phone="34600000000", name="Elena", at=timezone.now())
    make_inbound(phone="34600000000", content="Are you open today?", at=timezone.now())
    return conversation


@pytest.fixture
def thread(page, site, sign_in, ana, elena):
    """Open Elena's conversation and wait until it is live."""

    def open_page(path=""):
        sign_in(ana)
        page.goto(site + (path or f"/inbox/open/{elena.pk}/"))
        expect(page.locator("[data-live-state]").first).to_have_text("Live")
        return page

    return open_page


# --- Colleagues ---


@pytest.mark.nightly
def test_what_is_typed_at_once_chooses_a_colleague(thread, elena):
    """The letters come before the list does; "e" once closed the conversation."""
    make_user("stevan", first_name="Stevan", is_staff=True)
    eva = make_user("eva", first_name="Eva", is_staff=True)
    page = thread()

    page.keyboard.press("a")
    page.keyboard.type("eva")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Assigned to Eva.")
    expect(picker(page)).to_be_hidden()
    expect(page.locator("#pick-assignee")).to_contain_text("Eva")
    elena.refresh_from_db()
    assert (elena.status, elena.assignee) == ("open", eva)


FOUND_BY = {
    "lukasz": ["Łukasz"],
    "zoe": ["Zoë"],
    "مريم": ["مريم"],
    "伟": ["王伟"],
    "USER-E": ["Zoë"],
    "e": ["Eva", "Zoë", "Assign to me", "Unassigned", "Stevan"],
    "nobody of this name": [],
}


@pytest.mark.nightly
def test_colleagues_are_found_whatever_their_letters(thread):
    for username, name in (("u1", "Łukasz"), ("user-e", "Zoë"), ("u3", "مريم")):
        make_user(username, first_name=name, is_staff=True)
    make_user("u4", first_name="伟", last_name="王", is_staff=True)
    for name in ("Eva", "Stevan"):
        make_user(name.lower(), first_name=name, is_staff=True)
    page = thread()
    page.keyboard.press("a")
    expect(shown(page)).to_have_count(8)

    for typed, names in FOUND_BY.items():
        page.keyboard.press("Control+a")
        page.keyboard.type(typed)

        expect(shown(page)).to_have_text(names)
        expect(page.locator("#picker [data-picker-none]")).to_be_visible(visible=not names)


@pytest.mark.nightly
def test_escape_and_arrows_and_where_the_focus_goes(thread):
    page = thread()
    row = page.locator("a.row")
    row.focus()

    page.keyboard.press("a")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_attribute("aria-activedescendant", "picker-0")
    expect(active(page)).to_have_text("Assign to me")
    page.keyboard.press("ArrowDown")
    expect(active(page)).to_have_text("Unassigned")
    page.keyboard.press("ArrowDown")
    expect(active(page)).to_have_text("Assign to me")
    page.keyboard.press("Escape")

    expect(picker(page)).to_be_hidden()
    expect(row).to_be_focused()
    page.locator("#pick-assignee").click()
    page.keyboard.press("Escape")
    expect(page.locator("#pick-assignee")).to_be_focused()


@pytest.mark.nightly
def test_note_for_the_next_one_goes_along_and_survives_a_refusal(thread, elena):
    tom = make_user("tom", first_name="Tom", is_staff=True)
    page = thread()
    page.keyboard.press("a")
    expect(shown(page)).to_have_count(3)
    tom.is_active = False
    tom.save()
    page.get_by_text("Handover note").click()
    note = page.locator("#picker textarea")
    note.fill("She prefers Friday")
    page.locator("#picker").get_by_role("option", name="Tom").click()
    expect(page.locator("#picker [role=alert]")).to_be_visible()
    expect(note).to_have_value("She prefers Friday")

    tom.is_active = True
    tom.save()
    page.locator("#picker").get_by_role("option", name="Tom").click()

    expect(picker(page)).to_be_hidden()
    assert [note.content for note in elena.notes.all()] == ["She prefers Friday"]
    elena.refresh_from_db()
    assert elena.assignee == tom
    page.problems[:] = [line for line in page.problems if "422" not in line]


@pytest.mark.nightly
def test_choice_is_undone(thread, elena, ana):
    assign(conversation=elena, to=ana, by=ana, at=timezone.now())
    page = thread()
    page.keyboard.press("a")
    page.keyboard.type("unassigned")
    page.keyboard.press("Enter")
    expect(page.locator("#pick-assignee")).to_contain_text("Assign")

    page.locator("#toasts").get_by_role("button", name="Undo").click()

    expect(page.locator("#pick-assignee")).to_contain_text("Ana")


# --- Labels ---


def test_labels_go_on_and_off_without_a_save(thread, elena):
    vip, late = Label.objects.create(name="VIP"), Label.objects.create(name="Pays late")
    elena.labels.add(late)
    page = thread()

    page.keyboard.press("l")
    expect(shown(page)).to_have_text(["Pays late", "VIP"])
    page.keyboard.type("vip")
    page.keyboard.press("Enter")
    expect(page.locator("#thread-header .label")).to_have_text(["Pays late", "VIP"])
    page.keyboard.type("late")
    page.keyboard.press("Enter")

    expect(page.locator("#thread-header .label")).to_have_text(["VIP"])
    expect(field(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(picker(page)).to_be_hidden()
    assert list(elena.labels.all()) == [vip]


@pytest.mark.nightly
def test_where_there_are_no_labels_the_picker_says_so(thread):
    page = thread()

    page.keyboard.press("l")

    expect(picker(page)).to_contain_text("No labels yet. Type a name to create one.")


@pytest.mark.nightly
def test_label_that_does_not_exist_is_created_where_it_is_wanted(thread, elena):
    Label.objects.create(name="VIP")
    page = thread()
    page.keyboard.press("l")
    page.keyboard.type("vi")
    expect(shown(page)).to_have_text(["VIP", "New label “vi”"])
    page.keyboard.type("p")
    expect(shown(page)).to_have_text(["VIP"])
    page.keyboard.type(" guests")
    expect(active(page)).to_have_text("New label “vip guests”")

    page.keyboard.press("Enter")

    expect(page.locator("#thread-header .label")).to_have_text(["vip guests"])
    expect(field(page)).to_have_value("")
    expect(page.get_by_role("option", name="vip guests")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#sidebar [data-fold=labels]")).to_contain_text("vip guests")


# --- Times ---


@pytest.mark.parametrize(
    ("typed", "words"),
    [("tomorrow m", "Tomorrow morning"), ("in 2 days", re.compile(r"\d\d:\d\d \(Europe/Madrid\)"))],
    ids=["one that is offered", "one in words"],
)
def test_time_is_chosen_or_written(thread, elena, typed, words):
    page = thread()
    page.keyboard.press("z")
    page.keyboard.type(typed)
    expect(active(page)).to_have_text(words)

    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Snoozed until")
    elena.refresh_from_db()
    assert elena.status == "snoozed"


@pytest.mark.nightly
def test_time_in_words_is_waited_for(thread, elena):
    page = thread()
    page.keyboard.press("z")
    page.keyboard.type("in 2 days")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("Snoozed until")
    elena.refresh_from_db()
    left = elena.snoozed_until - timezone.now()
    assert timedelta(days=1, hours=22) < left < timedelta(days=2, hours=2)


@pytest.mark.nightly
def test_time_that_is_not_understood_says_so_and_changes_nothing(thread, elena):
    page = thread()
    page.keyboard.press("z")
    page.keyboard.type("when pigs fly")
    expect(picker(page)).to_contain_text("This time can’t be read")

    page.keyboard.press("Enter")

    expect(field(page)).to_be_focused()
    elena.refresh_from_db()
    assert elena.status == "open"


@pytest.mark.nightly
def test_time_is_picked_from_the_calendar(thread, elena):
    page = thread()
    page.keyboard.press("z")
    later = (timezone.now() + timedelta(days=30)).astimezone(ZoneInfo("Europe/Madrid"))
    page.locator("#picker [data-picker-time]").fill(f"{later:%Y-%m-%dT09:30}")
    expect(active(page)).to_have_text(re.compile(r"09:30 \(Europe/Madrid\)"))

    page.locator("#picker [data-understood]").click()

    expect(page.locator(".toast")).to_contain_text("Snoozed until")
    elena.refresh_from_db()
    assert elena.snoozed_until == later.replace(hour=9, minute=30, second=0, microsecond=0)


# --- Numbers ---
@pytest.mark.nightly
def test_another_number_opens_its_own_conversation(thread, site):
    for number in range(40):
        make_did(f"4420794600{number:02}", label=f"L{number}")
    page = thread()
    page.locator("#pick-number").click()
    expect(shown(page)).to_have_count(40)

    page.keyboard.type("l7")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/inbox/new/\?sender=\d+&phone="))


# --- Many of everything ---


@pytest.mark.nightly
def test_two_hundred_with_long_names_have_one_line_each(thread):
    for number in range(200):
        make_user(f"user{number}", first_name=LONG, last_name=str(number), is_staff=True)
    page = thread()
    page.keyboard.press("a")
    expect(shown(page)).to_have_count(202)

    heights = page.locator("#picker [role=option]").evaluate_all(
        "options => [...new Set(options.map(option => Math.round(option.offsetHeight)))]"
    )
    assert len(heights) == 1
    last = page.locator("#picker [role=option]").last
    expect(last).to_have_attribute("title", f"{LONG.strip()} 199")
    page.keyboard.press("ArrowUp")
    expect(last).to_be_in_viewport()


# --- Menus and shortcuts ---


@pytest.mark.nightly
def test_single_keys_sleep_while_a_menu_is_open(thread, elena):
    page = thread()
    for summary in ("#more-menu > summary", ".filters > summary"):
        page.locator(summary).click()

        for key in "equixj":
            page.keyboard.press(key)

        expect(page.locator(".toast")).to_have_count(0)
        expect(page.locator("[data-bulk]")).to_be_hidden()
        page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.locator(".toast")).to_have_text(re.compile("Closed."))


@pytest.mark.nightly
def test_picker_opens_and_closes_by_its_button_and_by_a_click_beside_it(thread):
    page = thread()
    opener = page.locator("#pick-assignee")
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    opener.click()
    expect(picker(page)).to_be_hidden()
    opener.click()
    expect(shown(page)).to_have_count(2)

    page.locator("#thread-log").click(position={"x": 5, "y": 5})

    expect(picker(page)).to_be_hidden()
    expect(opener).to_have_attribute("aria-expanded", "false")


@pytest.mark.nightly
def test_picker_stays_while_the_page_is_brought_up_to_date(thread):
    page = thread()
    page.keyboard.press("a")
    page.keyboard.type("assign")

    make_inbound(phone="34600000000", content="Still there?", at=timezone.now())
    expect(page.locator("#thread-log .bubble").last).to_have_text("Still there?")
    page.keyboard.type(" to")

    expect(field(page)).to_have_value("assign to")


@pytest.mark.nightly
def test_picker_of_a_selection_changes_all_of_it(thread):
    make_inbound(phone="34600000001", content="Good day", at=timezone.now())
    eva = make_user("eva", first_name="Eva", is_staff=True)
    page = thread("/inbox/open/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.locator("[data-row]").nth(1).click(modifiers=["Shift"])

    page.keyboard.press("a")
    page.keyboard.type("eva")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_contain_text("2 changed.")
    assert {row.assignee for row in Conversation.objects.all()} == {eva}


# --- Everywhere ---


def test_open_picker_is_accessible(thread, accessible, size, theme):
    Label.objects.create(name="VIP")
    page = thread()
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(SIZES[size])
    for key in "alz":
        page.keyboard.press(key)
        expect(active(page)).to_be_visible()
        accessible("#picker")
        page.keyboard.press("Escape")
        expect(picker(page)).to_be_hidden()


@pytest.mark.nightly
def test_on_a_phone_it_is_a_sheet_that_back_closes(thread, elena):
    page = thread()
    page.set_viewport_size(SIZES["mobile"])
    page.locator("#pick-assignee").click()
    box = picker(page).bounding_box()
    assert (box["x"], box["width"]) == (8, 374)
    assert box["y"] + box["height"] == 836

    page.go_back()

    expect(picker(page)).to_be_hidden()
    expect(page.locator("#thread-header")).to_be_visible()
    assert page.url.endswith(f"/inbox/open/{elena.pk}/")


@pytest.mark.nightly
def test_groups_of_the_sidebar_stay_folded(thread):
    Label.objects.create(name="VIP")
    page = thread()
    label = page.locator("#sidebar").get_by_role("link", name="VIP")
    expect(label).to_be_visible()
    page.locator("#sidebar [data-fold=labels] summary").click()
    expect(label).to_be_hidden()

    page.reload()

    expect(page.locator("#sidebar").get_by_role("link", name="Front desk")).to_be_visible()
    expect(label).to_be_hidden()
