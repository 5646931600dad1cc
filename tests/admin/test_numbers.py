"""DID numbers in the admin: adding, changing, registering the webhook, a test message."""

import pytest
from django.urls import reverse

from messaging.models import DidNumber, Message
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.receiving.record import record_push
from tests.admin.pages import page
from tests.factories import NOW, inbound_envelope, make_conversation, make_did

pytestmark = pytest.mark.django_db


def number_form(**changes):
    return {
        "number": "+86 150 8888 8888",
        "label": "Front desk",
        "is_active": "on",
        "max_per_second": "10",
        "help_reply": "",
    } | changes


def test_a_number_is_added_in_any_spelling_and_offers_what_waited_for_it(admin):
    push = record_push(envelope=inbound_envelope())

    response = admin.post(reverse("admin:messaging_didnumber_add"), number_form(), follow=True)

    number = DidNumber.objects.get()
    assert number.number == "8615088888888"
    assert "1 push came before you added this number" in response.content.decode()
    admin.post(reverse("admin:messaging_didnumber_replay", args=[number.pk]))
    push.refresh_from_db()
    assert push.outcome == "applied"
    assert Message.objects.get().did_number == number


def test_a_number_that_cannot_be_one_is_refused_in_its_field(admin):
    response = admin.post(reverse("admin:messaging_didnumber_add"), number_form(number="+34 612"))

    assert response.context["adminform"].form.errors == {
        "number": ["This number is too short. Is the country code missing?"]
    }


def test_the_number_itself_stays_when_the_rest_changes(admin):
    number = make_did()

    admin.post(
        reverse("admin:messaging_didnumber_change", args=[number.pk]),
        number_form(number="34911000000", label="New"),
    )

    number.refresh_from_db()
    assert (number.number, number.label) == ("8615088888888", "New")


def test_signature_of_a_number_is_kept_as_it_is_sent(admin):
    number = make_did()
    url = reverse("admin:messaging_didnumber_change", args=[number.pk])

    admin.post(url, number_form(signature=" Ana's Bakery \r\nReply STOP to end\r\n"))
    number.refresh_from_db()
    assert number.signature == "Ana's Bakery \nReply STOP to end"

    refused = admin.post(url, number_form(signature="x" * 161))
    assert list(refused.context["adminform"].form.errors) == ["signature"]


def test_opt_out_keywords_of_a_number_are_typed_one_per_line(admin):
    number = make_did(opt_out_keywords=["n", "fin"])
    url = reverse("admin:messaging_didnumber_change", args=[number.pk])
    shown = admin.get(url).context["adminform"].form["opt_out_keywords"].value()

    admin.post(url, number_form(opt_out_keywords=f"{shown}\r\n Basta ya，STOP\r\n"))

    number.refresh_from_db()
    assert (shown, number.opt_out_keywords) == ("n\nfin", ["n", "fin", "basta ya"])


def test_a_word_that_opts_back_in_is_refused_as_an_opt_out_keyword(admin):
    number = make_did()

    response = admin.post(
        reverse("admin:messaging_didnumber_change", args=[number.pk]),
        number_form(opt_out_keywords="fin\nStart"),
    )

    assert response.context["adminform"].form.errors == {
        "opt_out_keywords": [
            "“start” already has another meaning: it opts back in, or asks for help."
        ]
    }


def test_a_numbers_page_shows_the_webhook_to_register(admin, settings):
    settings.PUBLIC_BASE_URL = "https://sms.example.com"

    text = page(admin, "messaging_didnumber_change", make_did().pk)

    assert 'value="https://sms.example.com/webhooks/nxcloud/test-webhook-token/"' in text
    assert 'value="https://sms.example.com/webhooks/nxcloud/"' in text
    assert "No pushes for this number yet." in text


def test_a_token_with_signs_of_addresses_is_shown_quoted(admin, settings):
    settings.PUBLIC_BASE_URL = "https://sms.example.com"
    settings.WEBHOOK_TOKEN = "q3J5/wXv+K0d?tq8#QzF%1A=="

    text = page(admin, "messaging_didnumber_change", make_did().pk)

    quoted = "q3J5/wXv%2BK0d%3Ftq8%23QzF%251A%3D%3D"
    assert f'value="https://sms.example.com/webhooks/nxcloud/{quoted}/"' in text


def test_a_test_message_goes_through_the_queue_and_shows_its_state(admin, boss):
    number = make_did()
    address = reverse("admin:messaging_didnumber_test_message", args=[number.pk])

    response = admin.post(address, {"phone": "+34 612 345 678", "content": "Test."}, follow=True)

    message = Message.objects.get()
    assert (message.status, message.sent_by, message.did_number) == ("queued", boss, number)
    text = response.content.decode()
    assert "Queued" in text
    assert "data-look-again" in text


def test_a_test_message_that_cannot_go_says_why_in_its_field(admin):
    number = make_did(is_active=True)
    record_opt_out(conversation=make_conversation(number), at=NOW)
    address = reverse("admin:messaging_didnumber_test_message", args=[number.pk])

    bad = admin.post(address, {"phone": "12", "content": "Test."})
    stopped = admin.post(address, {"phone": "34612345678", "content": "Test."})

    assert list(bad.context["form"].errors) == ["phone"]
    assert list(stopped.context["form"].errors) == ["phone"]
    assert Message.objects.count() == 0


def test_a_test_message_asks_which_of_two_numbers_is_meant(admin):
    number = make_did("14155550100")
    address = reverse("admin:messaging_didnumber_test_message", args=[number.pk])
    given = {"phone": "(479) 555-0123", "content": "Test."}

    asked = admin.post(address, given)
    page = asked.content.decode()
    before = Message.objects.count()
    admin.post(address, given | {"dials": "+14795550123"})

    assert list(asked.context["form"].errors) == ["phone"]
    assert '<button class="button" name="dials" value="+14795550123">' in page
    assert '<button class="button" name="dials" value="+4795550123">' in page
    assert before == 0
    assert Message.objects.get().conversation.contact.phone == "14795550123"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("2025550123", "Start with + and the country code."),
        ("+49 30 123456 #78", "“#78” can’t be part of a phone number."),
    ],
)
def test_our_number_that_is_not_clear_is_not_added(admin, number, words):
    page = admin.post(
        reverse("admin:messaging_didnumber_add"), {"number": number, "max_per_second": 10}
    ).content.decode()

    assert words in page
    assert not DidNumber.objects.exists()


@pytest.mark.parametrize(
    "text", ["0086 150 8888 8888", "+86 150-8888", "tel:+8615088888888", "(0)150 8888 8888"]
)
def test_our_number_is_found_in_every_spelling(admin, text):
    number = make_did()

    page = admin.get(reverse("admin:messaging_didnumber_changelist"), {"q": text})

    assert [row.pk for row in page.context["cl"].result_list] == [number.pk]


def test_a_number_without_history_can_be_deleted(admin):
    number = make_did()

    admin.post(reverse("admin:messaging_didnumber_delete", args=[number.pk]), {"post": "yes"})

    assert DidNumber.objects.count() == 0
