"""The form for a new message: it shows whom it will dial, and offers what else may be meant."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import CannedReply, Message
from tests.browser.pickers import pick
from tests.browser_fixtures import SIZES
from tests.factories import make_did, make_inbound

pytestmark = [pytest.mark.browser]


@pytest.fixture
def us(ana):
    return make_did("14155550100", label="San Francisco")


@pytest.fixture
def form(page, site, sign_in, ana, us):
    make_did("442079460018", label="London")
    sign_in(ana)
    page.goto(f"{site}/inbox/new/")
    pick(page, "From", "San Francisco")
    return page


def type_number(page, text):
    field = page.get_by_label("To", exact=True)
    field.fill("")
    field.press_sequentially(text)


@pytest.mark.nightly
def test_number_is_shown_as_it_will_be_dialed_while_one_types(form):
    page = form
    type_number(page, "310 555 0123")
    expect(page.locator("#dialed .will")).to_contain_text("Will send to +1 310-555-0123 · United S")

    pick(page, "From", "London")
    type_number(page, "020 7946 0123")
    expect(page.locator("#dialed .will")).to_contain_text(
        "Will send to +44 20 7946 0123 · United K"
    )
    page.get_by_label("Message", exact=True).fill("Good day")
    page.get_by_label("Message", exact=True).press("Control+Enter")

    expect(page.locator("#thread-header h1")).to_have_text("+44 20 7946 0123")
    assert Message.objects.get().conversation.contact.phone == "442079460123"


@pytest.mark.nightly
def test_one_click_decides_which_number_is_meant(form):
    page = form
    type_number(page, "(479) 555-0123")
    page.get_by_label("Message", exact=True).fill("Good day")
    choices = page.get_by_role("group", name="Which number do you mean?").get_by_role("button")
    expect(choices).to_contain_text(["+1 479-555-0123", "+47 95 55 01 23"])
    choices.first.click()

    expect(page.get_by_label("To", exact=True)).to_have_value("+1 479-555-0123")
    expect(page.locator("#dialed .will")).to_contain_text("Will send to +1 479-555-0123 · United S")
    expect(choices).to_have_count(0)
    expect(page.get_by_role("button", name="Send", exact=False).last).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#thread-header h1")).to_have_text("+1 479-555-0123")


@pytest.mark.nightly
def test_sending_before_the_choice_asks_and_keeps_everything(form):
    page = form
    page.route("**/inbox/parts/dialed/**", lambda route: route.abort())
    type_number(page, "(479) 555-0123")
    page.get_by_label("Message", exact=True).fill("Good day")
    page.get_by_label("To", exact=True).press("Enter")
    choices = page.get_by_role("group", name="Which number do you mean?").get_by_role("button")
    expect(choices).to_have_count(2)
    page.unroute_all()

    # Enter chooses nothing: the same is asked again.
    page.locator("[data-new-message]").evaluate("form => form.setAttribute('data-before', '')")
    page.get_by_label("To", exact=True).press("Enter")
    expect(page.locator("[data-new-message]:not([data-before])")).to_be_visible()
    expect(choices).to_have_count(2)
    expect(page.get_by_label("Message", exact=True)).to_have_value("Good day")
    assert not Message.objects.exists()
    choices.last.click()
    expect(page.locator("#dialed .will")).to_contain_text("Norway")
    page.get_by_label("Message", exact=True).press("Control+Enter")

    expect(page.locator("#thread-header h1")).to_have_text("+47 95 55 01 23")
    page.problems[:] = [
        line for line in page.problems if "422" not in line and "ERR_FAILED" not in line
    ]


@pytest.mark.nightly
def test_what_is_no_number_is_said_while_one_types(form):
    page = form
    type_number(page, "+49 30 123456 #78")

    expect(page.locator("#dialed")).to_have_text(
        "“#78” can’t be part of a phone number. Enter one number, without an extension."
    )


@pytest.mark.nightly
def test_choice_is_accessible(form, accessible, size, theme):
    page = form
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(SIZES[size])
    type_number(page, "(479) 555-0123")
    expect(page.locator("#dialed button")).to_have_count(2)
    accessible(".new-message")
    type_number(page, "+1 200 555 0123")
    expect(page.locator("#dialed .unlikely")).to_be_visible()
    accessible(".new-message")


@pytest.mark.nightly
def test_sender_with_an_old_number_is_answered_by_one_click(page, site, sign_in, ana, us):
    conversation = make_inbound(us, phone="5215512345678", at=timezone.now()).conversation
    sign_in(ana)
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    page.locator("#composer-notice").get_by_role("link", name="Message +52 55 1234 5678").click()

    expect(page.get_by_label("To", exact=True)).to_have_value("+52 55 1234 5678")
    expect(page.locator("#id_sender")).to_have_value(str(us.pk))
    expect(page.locator("#dialed .will")).to_contain_text("Mexico")


@pytest.mark.nightly
def test_saved_reply_is_put_in_and_its_variables_are_filled_when_it_is_sent(form):
    CannedReply.objects.create(shortcut="welcome", content="Hi {contact_name}, {my_name} here")
    page = form
    page.reload()
    page.get_by_label("To", exact=True).fill("+34 600 11 22 33")
    page.get_by_label("Name").fill("Elena")
    text = page.get_by_label("Message", exact=True)
    text.press_sequentially("/wel")
    option = page.locator("#picker .reply")
    expect(option).to_contain_text("Hi {contact_name}, Ana Ruiz here")
    text.press("Enter")
    expect(text).to_have_value("Hi {contact_name}, Ana Ruiz here")
    expect(page.locator(".new-message [data-count]")).to_contain_text("23/160")
    text.press("Control+Enter")

    expect(page.locator(".msg.out .bubble")).to_have_text("Hi Elena, Ana Ruiz here")


def test_message_is_scheduled_with_the_composers_control(form):
    page = form
    page.get_by_label("To", exact=True).fill("+34 600 11 22 33")
    page.get_by_label("Message", exact=True).fill("Good day")
    page.get_by_role("button", name="Send later").click()
    expect(page.get_by_label("Send at")).to_be_focused()
    # Without a time nothing is sent.
    page.get_by_role("button", name="Schedule").last.click()
    expect(page.get_by_label("Send at")).to_be_focused()
    page.get_by_label("Send at").fill("tomorrow 9:00")
    expect(page.locator(".new-message .understood")).to_contain_text("09:00")
    page.get_by_label("Send at").press("Enter")

    expect(page.locator("#toasts")).to_contain_text("Scheduled for")
    expect(page.locator(".msg.out .bubble")).to_have_text("Good day")
    assert Message.objects.get().status == "scheduled"


@pytest.mark.nightly
def test_time_that_was_given_up_schedules_nothing(form):
    page = form
    page.get_by_label("To", exact=True).fill("+34 600 11 22 33")
    page.get_by_label("Message", exact=True).fill("Good day")
    page.get_by_role("button", name="Send later").click()
    page.get_by_label("Send at").fill("tomorrow 9:00")
    page.get_by_role("button", name="Don’t schedule").click()
    page.get_by_label("Message", exact=True).press("Control+Enter")

    expect(page.locator(".msg.out .bubble")).to_have_text("Good day")
    assert Message.objects.get().status == "held"


@pytest.mark.nightly
def test_saved_replies_looked_at_and_left_leave_no_sign_in_the_message(form):
    CannedReply.objects.create(shortcut="hours", content="Open 9-20")
    page = form
    page.reload()  # it brings the replies
    message = page.get_by_label("Message", exact=True)
    message.fill("Good day")

    page.get_by_role("button", name="Saved replies").click()
    expect(page.locator("#picker")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#picker")).to_be_hidden()
    expect(message).to_have_value("Good day")


@pytest.mark.nightly
def test_sign_typed_by_hand_stays_when_the_list_is_left(form):
    CannedReply.objects.create(shortcut="hours", content="Open 9-20")
    page = form
    page.reload()  # it brings the replies
    message = page.get_by_label("Message", exact=True)

    message.press_sequentially("/")
    expect(page.locator("#picker")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#picker")).to_be_hidden()
    expect(message).to_have_value("/")


@pytest.mark.nightly
def test_refused_form_in_which_a_list_was_opened_breaks_no_style_policy(form):
    CannedReply.objects.create(shortcut="hours", content="Open 9-20")
    page = form
    page.reload()
    type_number(page, "123")
    page.get_by_role("button", name="Saved replies").click()
    page.locator("#picker .reply").click()
    page.get_by_label("Message", exact=True).press("Control+Enter")

    expect(page.locator(".dialed .error")).to_be_visible()
    assert [line for line in page.problems if "422" not in line] == []
    page.problems.clear()


@pytest.mark.nightly
def test_what_opens_in_the_form_is_accessible(form, accessible, size, theme):
    CannedReply.objects.create(shortcut="hours", content="Open 9-20")
    page = form
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(SIZES[size])
    page.reload()
    page.get_by_role("button", name="Send later").click()
    page.get_by_role("button", name="Saved replies").click()
    expect(page.locator("#picker .reply")).to_be_visible()
    accessible(".new-message")
    accessible("#picker")
