"""The form for a new message: whom it dials, what it asks before, and what it shows."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from messaging.models import CannedReply, Contact, Conversation, Message, StaffAccess
from tests.factories import make_did, make_inbound, make_user

pytestmark = pytest.mark.django_db
URL = "/inbox/new/"
DIALED = "/inbox/parts/dialed/"


@pytest.fixture
def ana():
    return make_user("ana", first_name="Ana")


@pytest.fixture
def us(ana):
    return make_did("14155550100", label="San Francisco", members=(ana,))


@pytest.fixture
def britain(ana):
    return make_did("442079460018", label="London", members=(ana,))


@pytest.fixture
def staff(ana) -> Client:
    client = Client()
    client.force_login(ana)
    return client


def choices_of(page: str) -> list[tuple[str, str]]:
    """The numbers that can be chosen: their digits, and everything that the button says."""
    buttons = re.findall(
        r'<button class="btn" name="dials" value="(\d+)"[^>]*>(.*?)</button>', page, re.DOTALL
    )
    return [(digits, re.sub(r"<[^>]+>", "|", words)) for digits, words in buttons]


BOTH = [
    ("14795550123", "|🇺🇸||+1 479-555-0123||United States|"),
    ("4795550123", "|🇳🇴||+47 95 55 01 23||Norway|"),
]


def test_number_with_two_meanings_is_asked_about_and_nothing_is_lost(staff, us):
    given = {"sender": us.pk, "phone": "(479) 555-0123", "content": "Good day", "client_id": "n1"}

    asked = staff.post(URL, given)

    page = asked.content.decode()
    assert asked.status_code == 422
    assert choices_of(page) == BOTH
    assert "Without +, this can be a number in two countries." in page
    for kept in ('value="(479) 555-0123"', ">Good day</textarea>", 'value="n1"'):
        assert kept in page
    assert not Contact.objects.exists()


@pytest.mark.parametrize("digits", ["14795550123", "4795550123"])
def test_one_click_sends_to_the_number_that_is_meant(staff, us, digits):
    given = {"sender": us.pk, "phone": "(479) 555-0123", "content": "Good day"}

    staff.post(URL, given | {"dials": digits})

    assert Message.objects.get().conversation.contact.phone == digits


def test_number_that_was_not_offered_is_not_dialed(staff, us):
    given = {"sender": us.pk, "phone": "(479) 555-0123", "content": "Good day"}

    response = staff.post(URL, given | {"dials": "34612345678"})

    assert response.status_code == 422
    assert not Message.objects.exists()


def test_what_was_chosen_stays_chosen_while_something_else_is_asked(staff, us):
    given = {"sender": us.pk, "phone": "(479) 555-0123", "dials": "14795550123"}
    make_inbound(us, phone="14795550123", content="Are you open?")

    asked = staff.post(URL, given | {"content": "Good day"})

    assert asked.status_code == 409
    assert 'value="+1 479-555-0123"' in asked.content.decode()
    assert choices_of(asked.content.decode()) == []


@pytest.mark.database
def test_a_recipient_with_nul_is_nobody(staff, us):
    assert staff.get(URL, {"sender": us.pk, "phone": "+34\x00612345678"}).status_code == 200


@pytest.fixture
def hidden(ana, us):
    """What came to a colleague, for somebody who sees their own and the unassigned only."""
    StaffAccess.objects.create(user=ana, only_own=True)
    message = make_inbound(us, phone="14795550123", content="The secret")
    Contact.objects.update(name="Secret")
    Conversation.objects.update(assignee=make_user("ben"))
    return message


@pytest.mark.parametrize("seen", ["", "0"])
def test_what_came_to_a_colleague_is_not_shown_to_who_writes_there(staff, us, hidden, seen):
    given = {"sender": us.pk, "phone": "+1 479-555-0123", "content": "Hi", "last_seen_id": seen}

    answer = staff.post(URL, given)

    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert Message.objects.filter(conversation=hidden.conversation, content="Hi").exists()
    assert "Sending in a few seconds." in staff.get("/", follow=True).content.decode()


def test_nor_is_their_contacts_name_filled_in(staff, us, hidden):
    given = {"sender": us.pk, "phone": "+1 479-555-0123", "content": "Dear {contact_name}"}

    answer = staff.post(URL, given)

    assert (answer.status_code, "Secret" in answer.content.decode()) == (422, False)
    assert not Message.objects.exclude(pk=hidden.pk).exists()


def test_doubtful_number_is_asked_about_too(staff, us):
    asked = staff.post(URL, {"sender": us.pk, "phone": "2025550123", "content": "Good day"})

    assert [digits for digits, _words in choices_of(asked.content.decode())] == [
        "12025550123",
        "2025550123",
    ]
    assert not Message.objects.exists()


def test_national_spelling_is_sent_once_it_was_shown(staff, britain):
    given = {"sender": britain.pk, "phone": "07911 123456", "content": "Good day"}

    asked = staff.post(URL, given)
    page = asked.content.decode()
    assert asked.status_code == 422
    assert '<input type="hidden" name="dials" value="447911123456">' in page
    assert not Message.objects.exists()

    staff.post(URL, given | {"dials": "447911123456"})
    assert Message.objects.get().conversation.contact.phone == "447911123456"


def test_number_in_no_plan_that_was_picked_is_not_doubted_again(staff, britain):
    given = {"sender": britain.pk, "phone": "12005550123", "content": "Good day"}

    asked = staff.post(URL, given)
    staff.post(URL, given | {"dials": "12005550123"})

    assert [digits for digits, _words in choices_of(asked.content.decode())] == ["12005550123"]
    assert Message.objects.get().conversation.contact.phone == "12005550123"


def test_old_form_of_a_number_is_sent_to_the_one_that_answers(staff, us):
    given = {"sender": us.pk, "phone": "+52 1 55 1234 5678", "content": "Good day"}

    asked = staff.post(URL, given)
    staff.post(URL, given | {"dials": "525512345678"})

    assert choices_of(asked.content.decode()) == [
        ("525512345678", "|🇲🇽||+52 55 1234 5678||Mexico|")
    ]
    assert Message.objects.get().conversation.contact.phone == "525512345678"


def test_enter_in_a_field_presses_no_button_that_chooses(staff, us):
    asked = staff.post(URL, {"sender": us.pk, "phone": "(479) 555-0123", "content": "Good day"})

    form = asked.content.decode().split("data-new-message", 1)[1]
    assert "dials" not in form[: form.index("<button")]
    assert re.search(r"<button[^>]*>", form)[0] == (
        '<button class="vh" tabindex="-1" aria-hidden="true">'
    )


@pytest.mark.parametrize(
    ("phone", "field", "shown"),
    [
        pytest.param("+15088887777", "+1 508-888-7777", "+1 508-888-7777", id="with a plus"),
        pytest.param("0034612345678", "+34 612 34 56 78", "+34 612 34 56 78", id="with 00"),
        pytest.param("34612345678", "34612345678", "+34 612 34 56 78", id="clear without"),
        pytest.param("(479) 555-0123", "(479) 555-0123", "+47 95 55 01 23", id="two meanings"),
        pytest.param("NXBANK", "NXBANK", "", id="letters"),
    ],
)
def test_number_in_the_address_is_never_taken_for_another(staff, us, phone, field, shown):
    page = staff.get(URL, {"sender": us.pk, "phone": phone}).content.decode()

    (value,) = re.findall(r'<input[^>]* name="phone"[^>]* value="([^"]*)"', page)
    assert value == field
    assert shown in page


def test_contact_is_written_to_from_another_number_under_the_same_one(staff, ana, us):
    make_did("8615088888888", label="China", members=(ana,))
    conversation = make_inbound(us, phone="15088887777").conversation

    page = staff.get("/inbox/pickers/number/", {"conversation": conversation.pk}).content.decode()
    (link,) = set(re.findall(r'href="(/inbox/new/\?sender=\d+&(?:amp;)?phone=[^"]+)"', page))
    form = staff.get(link.replace("&amp;", "&")).content.decode()

    assert link.endswith("phone=%2B15088887777")
    assert "Will send to" in form
    assert choices_of(form) == []


# --- While somebody types ---


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        pytest.param(
            "+1 479 555 0123", "🇺🇸 Will send to +1 479-555-0123 · United States", id="with a plus"
        ),
        pytest.param(
            "020 7946 0018", "🇬🇧 Will send to +44 20 7946 0018 · United Kingdom", id="home"
        ),
        pytest.param(
            "+12005550123",
            "🇺🇸 Will send to +1 200-555-0123 · United States This doesn’t look like a working"
            " number. Check it.",
            id="in no plan",
        ),
        pytest.param(
            "+49 30 123456 #78",
            "“#78” can’t be part of a phone number. Enter one number, without an extension.",
            id="an extension",
        ),
        pytest.param(
            "+34 612",
            "As written in United Kingdom, or with + and the country code.",
            id="not whole yet",
        ),
        pytest.param(
            "", "As written in United Kingdom, or with + and the country code.", id="nothing"
        ),
    ],
)
def test_what_is_typed_is_shown_as_it_will_be_dialed(staff, britain, phone, shown):
    page = staff.get(DIALED, {"sender": britain.pk, "phone": phone}).content.decode()

    assert " ".join(re.sub(r"<[^>]+>", "", page).split()) == shown


def test_both_meanings_are_shown_while_one_types(staff, us):
    page = staff.get(DIALED, {"sender": us.pk, "phone": "(479) 555-0123"}).content.decode()

    assert choices_of(page) == BOTH
    assert "Will send to" not in page


def test_somebody_elses_number_says_nothing_of_its_country(staff, us):
    foreign = make_did("447911123456")

    theirs = staff.get(DIALED, {"sender": foreign.pk, "phone": "07911 123457"})
    nobodys = staff.get(DIALED, {"sender": "999", "phone": "07911 123457"})

    assert theirs.content == nobodys.content
    assert "United Kingdom" not in theirs.content.decode()


@pytest.mark.parametrize("query", [{}, {"sender": "x"}, {"phone": "\0"}, {"phone": "9" * 9000}])
def test_any_question_has_an_answer(staff, us, query):
    assert staff.get(DIALED, query).status_code == 200


def test_nobody_asks_without_a_session():
    assert Client().get(DIALED, {"phone": "+34612345678"}).status_code == 302


# --- Senders that cannot be answered ---


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        ("NXBANK", "it’s a name, not a phone number."),
        ("10086", "it’s a short code, not a phone number."),
        ("07911123456", "it isn’t a complete phone number."),
    ],
)
def test_thread_says_what_a_sender_is(staff, us, sender, words):
    conversation = make_inbound(us, phone=sender).conversation

    page = staff.get(f"/inbox/open/{conversation.pk}/").content.decode()

    assert f"You can’t reply to this sender: {words}" in page
    assert "phone=%2B" not in page


@pytest.mark.parametrize(
    ("sender", "reason", "digits", "places"),
    [
        ("5215512345678", "no longer have a 1 after +52", "525512345678", 2),
        ("0034612345678", "came with 00 instead of +", "34612345678", 2),
        ("2025550123", "came without its country code", "12025550123", 1),
        ("551187654321", "now have a 9 after the area code", "5511987654321", 1),
    ],
)
def test_thread_offers_the_number_that_answers(staff, us, sender, reason, digits, places):
    conversation = make_inbound(us, phone=sender).conversation

    page = staff.get(f"/inbox/open/{conversation.pk}/").content.decode()
    link = f"{URL}?sender={us.pk}&phone=%2B{digits}"

    assert reason in page
    assert page.count(f'href="{link}"') == places
    assert f'value="{digits}"' in re.sub(
        r'value="\+([^"]*)"', clean, staff.get(link).content.decode()
    )


def clean(match: re.Match[str]) -> str:
    return 'value="' + re.sub(r"\D", "", match[1]) + '"'


def test_thread_of_a_right_number_offers_no_other(staff, us):
    conversation = make_inbound(us, phone="34612345678").conversation

    page = staff.get(f"/inbox/open/{conversation.pk}/").content.decode()

    assert "phone=%2B" not in page


# --- A name, a time, saved replies ---


@pytest.fixture
def given(us):
    return {"sender": us.pk, "phone": "+34 600 11 22 33", "content": "Good day"}


def test_somebody_new_gets_the_name_that_was_typed(staff, given):
    staff.post(URL, given | {"name": " Elena Martínez ", "content": "Good day, {contact_name}"})

    assert Contact.objects.get().name == "Elena Martínez"
    assert Message.objects.get().content == "Good day, Elena Martínez"


def test_contact_that_has_a_name_keeps_it_and_it_is_not_told(staff, ana, given):
    theirs = make_inbound(make_did("442079460018"), phone="34600112233").conversation
    Contact.objects.update(name="Secret Agent")

    asked = staff.post(URL, given | {"name": "Bo", "content": "Good day, {contact_name}"})

    page = staff.get(asked["Location"]).content.decode()
    assert Contact.objects.get(pk=theirs.contact_id).name == "Secret Agent"
    assert "Secret" not in page
    assert Message.objects.outbound().get().content == "Good day, Bo"


def test_known_name_is_written_rather_than_the_typed_one(staff, us, given):
    newest = make_inbound(us, phone="34600112233")
    Contact.objects.update(name="Elena")

    staff.post(
        URL,
        given | {"name": "Bo", "content": "Good day, {contact_name}", "last_seen_id": newest.pk},
    )

    assert Message.objects.outbound().get().content == "Good day, Elena"
    assert Contact.objects.get().name == "Elena"


def test_refused_message_names_nobody(staff, given):
    response = staff.post(URL, given | {"name": "Elena", "content": "x" * 1001})

    assert response.status_code == 422
    assert 'value="Elena"' in response.content.decode()
    assert not Contact.objects.exists()


def test_message_to_somebody_new_is_scheduled(staff, given):
    sent = staff.post(
        URL, given | {"schedule": "1", "when": "tomorrow 9:00", "cancel_if_they_write": "1"}
    )

    message = Message.objects.get()
    assert (message.status, message.cancel_if_they_write) == ("scheduled", True)
    assert timedelta(0) < message.send_at - timezone.now() < timedelta(days=2)
    assert "Scheduled for" in staff.get(sent["Location"]).content.decode()


@pytest.mark.parametrize("when", ["", "some day", "2001-01-01 09:00", "9" * 200])
def test_time_that_cannot_be_used_is_asked_for_and_nothing_is_lost(staff, given, when):
    asked = staff.post(URL, given | {"schedule": "1", "when": when})

    page = asked.content.decode()
    assert asked.status_code == 422
    assert ">Good day</textarea>" in page
    assert "data-later data-open" in page
    assert not Message.objects.exists()


def test_question_about_the_number_keeps_the_time(staff, us):
    given = {"sender": us.pk, "phone": "(479) 555-0123", "content": "Good day"}
    later = {"schedule": "1", "when": "tomorrow 9:00", "name": "Bo"}

    page = staff.post(URL, given | later).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w*)"', page))
    staff.post(URL, given | later | {"schedule": hidden["schedule"], "dials": "4795550123"})

    assert 'value="tomorrow 9:00"' in page
    assert 'value="Bo"' in page
    assert Message.objects.get().status == "scheduled"


def test_nothing_is_scheduled_where_send_was_pressed(staff, given):
    staff.post(URL, given | {"schedule": "", "when": "tomorrow 9:00"})

    assert Message.objects.get().status == "held"


def test_saved_replies_are_those_of_the_number_that_sends(staff, us, britain):
    CannedReply.objects.create(shortcut="hours", content="Open 9-20")
    CannedReply.objects.create(shortcut="sf", content="{my_name} in SF", did_number=us)
    CannedReply.objects.create(shortcut="ldn", content="In London", did_number=britain)

    answer = staff.get("/inbox/parts/saved-replies/", {"sender": us.pk}).json()

    assert answer == {
        "canned": [
            {"shortcut": "hours", "content": "Open 9-20", "is_private": False},
            {"shortcut": "sf", "content": "{my_name} in SF", "is_private": False},
        ],
        "values": {
            "my_name": "Ana",
            "my_first_name": "Ana",
            "number_label": "San Francisco",
            "our_number": "+1 415-555-0100",
        },
    }


@pytest.mark.parametrize("sender", ["", "x", "999", "9" * 99])
def test_saved_replies_of_no_number_are_not_found(staff, us, sender):
    assert staff.get("/inbox/parts/saved-replies/", {"sender": sender}).status_code == 404


def test_saved_replies_of_somebody_elses_number_are_not_found(staff):
    foreign = make_did("442079460018")

    assert staff.get("/inbox/parts/saved-replies/", {"sender": foreign.pk}).status_code == 404
