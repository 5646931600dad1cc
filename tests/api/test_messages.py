"""The resource messages."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.utils import timezone

from messaging.models import Contact, Conversation, Message, StatusChange
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.feed.message_ids import ids_complete_up_to
from tests.api.conftest import client_of, error_of
from tests.factories import (
    DID,
    NOW,
    PHONE,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

URL = "/api/v1/messages/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def did(ana):
    return make_did(members=(ana,))


def body(**changes):
    return {"sender": DID, "phone": PHONE, "content": "Your table is ready."} | changes


def test_a_message_is_queued_and_shown_whole(api, did):
    response = api.post(URL, body(client_id="order-7"))

    message = Message.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": message.pk,
        "conversation": message.conversation_id,
        "direction": "outbound",
        "number": DID,
        "phone": PHONE,
        "content": "Your table is ready.",
        "status": "queued",
        "status_history": [
            {
                "status": "queued",
                "at": message.created_at.isoformat()[:-6] + "Z",
                "detail": "",
                "code": "",
            }
        ],
        "provider_message_id": None,
        "provider_code": "",
        "error": "",
        "error_code": "",
        "flags": [],
        "segments": 1,
        "encoding": "GSM-7",
        "billed_segments": None,
        "price": None,
        "cost": None,
        "sent_by": "ana",
        "client_id": "order-7",
        "resend_of": None,
        "reaction": None,
        "send_at": None,
        "created_at": message.created_at.isoformat()[:-6] + "Z",
        "provider_time": None,
    }
    assert api.get(f"{URL}{message.pk}/").json() == response.json()


@pytest.mark.parametrize(
    ("sender", "phone"),
    [
        ("+86 150-8888-8888", "+34 612 34 56 78"),
        ("8615088888888", "0034 (612) 345-678"),
        (8615088888888, 34612345678),
    ],
)
def test_numbers_come_in_any_spelling_and_go_out_as_digits(api, did, sender, phone):
    shown = api.post(URL, body(sender=sender, phone=phone)).json()

    assert (shown["number"], shown["phone"]) == (DID, PHONE)


def test_the_same_client_id_again_is_the_same_message(api, did):
    first = api.post(URL, body(client_id="order-7"))
    again = api.post(URL, body(client_id="order-7", phone="+34 612 345 678"))

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Message.objects.count() == 1


@pytest.mark.parametrize("change", [{"content": "Other."}, {"phone": "34612345679"}])
def test_the_same_client_id_with_other_content_is_a_conflict(api, did, change):
    api.post(URL, body(client_id="order-7"))

    response = api.post(URL, body(client_id="order-7", **change))

    assert (response.status_code, response.json()["code"]) == (409, "client_id_conflict")
    assert Message.objects.count() == 1
    assert Contact.objects.count() == 1


def test_a_client_id_is_found_with_the_blanks_it_was_given(api, did):
    kept = api.post(URL, body(client_id=" order-7 ")).json()
    api.post(URL, body(client_id="order-7", content="Other."))

    found = api.get(URL, {"client_id": " order-7 "}).json()["results"]

    assert [message["id"] for message in found] == [kept["id"]]


def test_a_client_id_belongs_to_its_user(api, did, boss):
    api.post(URL, body(client_id="order-7"))

    assert client_of(boss).post(URL, body(client_id="order-7")).status_code == 201


def test_a_scheduled_message_repeated_after_its_time_is_still_the_same(api, did):
    send_at = (timezone.now() + timedelta(hours=1)).isoformat()
    first = api.post(URL, body(client_id="order-7", send_at=send_at))
    past = timezone.now() - timedelta(hours=1)
    Message.objects.update(send_at=past, not_before=past)

    again = api.post(URL, body(client_id="order-7", send_at=past.isoformat()))

    assert (first.json()["status"], again.status_code) == ("scheduled", 200)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"sender": "34911000000"}, "sender", "unknown_sender"),
        ({"sender": ""}, "sender", "invalid"),
        ({"sender": None}, "sender", "invalid"),
        ({"sender": ["x"]}, "sender", "invalid"),
        ({"phone": "12"}, "phone", "invalid_number"),
        ({"phone": "NXBANK"}, "phone", "invalid_number"),
        ({"phone": DID}, "phone", "invalid_number"),
        ({"phone": "15550123"}, "phone", "invalid_number"),
        ({"phone": "+49 30 123456 #78"}, "phone", "invalid_number"),
        ({"phone": "+49 89 1234567, 8"}, "phone", "invalid_number"),
        ({"phone": "+49 89 1234567; 7"}, "phone", "invalid_number"),
        ({"phone": "+49 89 567/8"}, "phone", "invalid_number"),
        ({"phone": "+44 020 7946 0018"}, "phone", "invalid_number"),
        ({"phone": "5215512345678"}, "phone", "invalid_number"),
        ({"phone": "2025550123"}, "phone", "doubtful_number"),
        ({"phone": "150 8888 7777"}, "phone", "ambiguous_number"),
        ({"phone": "15088887777"}, "phone", "ambiguous_number"),
        ({"content": ""}, "content", "invalid"),
        ({"content": " \n"}, "content", "required"),
        ({"content": "\u200b\ufe0f"}, "content", "required"),
        ({"content": "x" * 1001}, "content", "too_long"),
        ({"content": True}, "content", "invalid"),
        ({"content": "a\0b"}, "content", "invalid"),
        ({"client_id": "x" * 101}, "client_id", "invalid"),
        ({"send_at": "2020-01-01T00:00:00Z"}, "send_at", "not_in_future"),
        ({"send_at": "tomorrow"}, "send_at", "invalid"),
        ({"send_at": "9999-12-31T23:59:59Z"}, "send_at", "too_far"),
        ({"send_at": "9999-12-31T23:59:59-12:00"}, "send_at", "invalid"),
        ({"sendAt": "2999-01-01T00:00:00Z"}, "sendAt", "invalid"),
    ],
)
def test_bad_input_is_refused_at_its_field_and_leaves_nothing_behind(api, did, change, field, code):
    response = api.post(URL, body(**change))

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(response.json()["fields"]) == [field]
    assert Message.objects.count() == 0
    assert Conversation.objects.count() == 0
    assert Contact.objects.count() == 0


def test_a_refused_number_says_what_may_be_meant(api, ana):
    make_did("14155550100", members=(ana,))

    response = api.post(URL, body(sender="14155550100", phone="(479) 555-0123"))

    words = (
        "Without +, this can be a number in two countries. It may be meant as +1"
        " 479-555-0123 (United States) or +47 95 55 01 23 (Norway). Start with + and the"
        " country code."
    )
    assert response.status_code == 400
    assert error_of(response) == {
        "code": "ambiguous_number",
        "detail": words,
        "fields": {"phone": [words]},
    }


@pytest.mark.parametrize(
    ("phone", "digits"),
    [
        ("+1 508 888 7777", "15088887777"),
        ("001 508 888 7777", "15088887777"),
        ("+1 (479) 555-0123", "14795550123"),
        ("+20 25550123", "2025550123"),
        ("34622222222", "34622222222"),
    ],
)
def test_what_is_dialed_is_every_digit_that_was_typed(api, did, phone, digits):
    response = api.post(URL, body(phone=phone))

    assert (response.status_code, response.json()["phone"]) == (201, digits)


SPELLINGS = [
    "34612345678",
    "+34 612 345 678",
    "0034 612-345-678",
    "(+34) 612.345.678",
    "tel:+34-612-345-678",
    "３４６１２３４５６７８",
    "٣٤٦١٢٣٤٥٦٧٨",
    "\u202a+34 612 345 678\u202c",
]


@pytest.mark.parametrize("value", ["1" * 65, "NX\0BANK"], ids=["too long", "NUL"])
@pytest.mark.parametrize(
    ("url", "name"),
    [
        (URL, "phone"),
        (URL, "number"),
        ("/api/v1/contacts/", "phone"),
        ("/api/v1/conversations/", "number"),
    ],
)
def test_what_no_number_can_hold_is_not_looked_for(api, url, name, value):
    response = api.get(url, {name: value})

    assert (response.status_code, list(response.json()["fields"])) == (400, [name])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_number_is_found_in_every_spelling_in_which_it_can_be_written_to(api, did, spelling):
    theirs = make_inbound(did)
    sent = api.post(URL, body(phone=spelling)).json()

    def found(url, **query):
        return [row["id"] for row in api.get(url, query).json()["results"]]

    assert found(URL, phone=spelling) == [sent["id"], theirs.pk]
    # A contact is known by the first conversation that the caller sees.
    contact = theirs.conversation_id
    assert found("/api/v1/contacts/", phone=spelling) == [contact]
    assert found("/api/v1/contacts/", q=spelling) == [contact]
    assert found("/api/v1/conversations/", q=spelling) == [sent["conversation"]]


def test_a_trunk_zero_in_brackets_is_left_out_of_a_look_up_too(api, did):
    sent = api.post(URL, body(phone="+44 (0)20 7946 0018")).json()

    found = api.get(URL, {"phone": "+44 (0)20 7946 0018"}).json()["results"]

    assert [row["id"] for row in found] == [sent["id"]]


@pytest.mark.parametrize(
    "spelling", [DID, "+86 150 8888 8888", "0086 150-8888-8888", "tel:+8615088888888"]
)
def test_our_number_is_found_in_every_spelling_too(api, did, spelling):
    sent = api.post(URL, body(sender=spelling)).json()

    for url in (URL, "/api/v1/conversations/"):
        (row,) = api.get(url, {"number": spelling}).json()["results"]
        assert row["number"] == sent["number"] == DID


def test_a_sender_is_found_by_its_own_spelling_too(api, did):
    odd = make_inbound(did, phone="0034612345678")
    plain = make_inbound(did, phone="34612345678")

    found = api.get(URL, {"phone": "0034612345678"}).json()["results"]

    assert [row["id"] for row in found] == [plain.pk, odd.pk]


def test_an_opted_out_recipient_is_refused_by_name(api, did):
    record_opt_out(conversation=make_conversation(did), at=NOW)

    response = api.post(URL, body())

    assert response.status_code == 400
    assert error_of(response) == {
        "code": "opted_out",
        "detail": "This contact has opted out of messages from this number.",
        "fields": {"phone": ["This contact has opted out of messages from this number."]},
    }


def test_an_inactive_number_does_not_send(api, did):
    did.is_active = False
    did.save()

    response = api.post(URL, body())

    assert (response.status_code, response.json()["code"]) == (400, "number_inactive")


def test_somebody_elses_number_looks_like_one_that_does_not_exist(api, did):
    make_did("34911000001")

    foreign = api.post(URL, body(sender="34911000001"))
    missing = api.post(URL, body(sender="34911000002"))

    assert foreign.status_code == 400
    assert error_of(foreign) == error_of(missing)


def test_who_is_not_a_member_sees_no_message_in_any_way(did):
    message = make_outbound(make_conversation(did))
    stranger = client_of(make_user())

    assert stranger.get(URL).json()["results"] == []
    assert stranger.get(f"{URL}?number={DID}").json()["results"] == []
    for path in (f"{message.pk}/", f"{message.pk}/resend/", f"{message.pk}/cancel/"):
        method = stranger.get if path.count("/") == 1 else stranger.post
        assert method(URL + path).status_code == 404


def test_an_inbound_message_shows_what_the_provider_said(api, did):
    message = make_inbound(did, content="¿Hay mesa?", message_id="mo-7")
    Message.objects.filter(pk=message.pk).update(billed_segments=2, price=Decimal("0.0360"))

    shown = api.get(f"{URL}{message.pk}/").json()

    assert shown | {"conversation": 0} == {
        "id": message.pk,
        "conversation": 0,
        "direction": "inbound",
        "number": DID,
        "phone": PHONE,
        "content": "¿Hay mesa?",
        "status": "received",
        "status_history": [
            {"status": "received", "at": "2026-11-22T09:00:00Z", "detail": "", "code": ""}
        ],
        "provider_message_id": "mo-7",
        "provider_code": "",
        "error": "",
        "error_code": "",
        "flags": [],
        "segments": 1,
        "encoding": "GSM-7",
        "billed_segments": 2,
        "price": "0.036000",
        "cost": "0.072000",
        "sent_by": None,
        "client_id": None,
        "resend_of": None,
        "reaction": None,
        "send_at": None,
        "created_at": "2026-11-22T09:00:00Z",
        "provider_time": None,
    }


def test_the_history_names_every_state_in_order(api, did):
    message = make_outbound(make_conversation(did), status="sent")
    StatusChange.objects.create(
        message=message, status="queued", at=NOW, code="reported", facts={"status": "BUFFERED"}
    )

    assert api.get(f"{URL}{message.pk}/").json()["status_history"] == [
        {"status": "queued", "at": "2026-11-22T09:00:00Z", "detail": "", "code": ""},
        {
            "status": "queued",
            "at": "2026-11-22T09:00:00Z",
            "detail": "NXCloud reported BUFFERED.",
            "code": "reported",
        },
    ]


def test_a_list_is_newest_first_and_its_pages_lead_on(api, did):
    conversation = make_conversation(did)
    ids = [make_outbound(conversation).pk for _ in range(3)]

    first = api.get(f"{URL}?page_size=2").json()
    second = api.get(first["next"]).json()

    assert [row["id"] for row in first["results"]] == ids[:0:-1]
    assert [row["id"] for row in second["results"]] == ids[:1]
    assert (first["previous"], second["next"]) == (None, None)
    assert [row["id"] for row in api.get(second["previous"]).json()["results"]] == ids[:0:-1]


def test_after_lists_what_came_since_oldest_first(api, did):
    conversation = make_conversation(did)
    ids = [make_outbound(conversation).pk for _ in range(4)]

    page = api.get(f"{URL}?after={ids[0]}&page_size=2").json()

    assert [row["id"] for row in page["results"]] == ids[1:3]
    assert [row["id"] for row in api.get(page["next"]).json()["results"]] == ids[3:]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=failed", ["failed"]),
        ("status=failed,sent", ["sent", "failed"]),
        ("direction=inbound", ["inbound"]),
        ("phone=%2B34 612 345 679", ["other"]),
        ("phone=34612345679&direction=outbound", ["other"]),
        (f"number={DID}&status=received", ["inbound"]),
        ("number=34911000000", []),
        ("client_id=mine", ["sent"]),
    ],
)
def test_a_list_can_be_narrowed(api, ana, did, query, found):
    conversation = make_conversation(did)
    make_outbound(conversation, "failed", status="failed")
    make_inbound(did, content="inbound")
    make_outbound(conversation, "sent", user=ana, status="sent", client_id="mine")
    make_outbound(make_conversation(did, "34612345679"), "other")

    assert [row["content"] for row in api.get(f"{URL}?{query}").json()["results"]] == found


@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_costs_the_same_queries_at_any_length(
    api, ana, did, rows, django_assert_num_queries
):
    for number in range(rows):
        make_outbound(make_conversation(did, f"3461234567{number}"), user=ana)

    with django_assert_num_queries(3):  # the token, the messages, their states
        assert len(api.get(URL).json()["results"]) == rows


def test_a_failed_message_is_sent_again_once(api, did):
    message = make_outbound(make_conversation(did), status="failed")

    first = api.post(f"{URL}{message.pk}/resend/")
    again = api.post(f"{URL}{message.pk}/resend/")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["resend_of"] == message.pk
    assert again.json()["id"] == first.json()["id"]


def test_an_unconfirmed_message_is_sent_again_at_once_by_who_accepts_a_duplicate(api, did):
    message = make_outbound(make_conversation(did), status="unconfirmed", at=timezone.now())

    refused = api.post(f"{URL}{message.pk}/resend/")
    wrong = api.post(f"{URL}{message.pk}/resend/", {"accept_duplicate": "perhaps"}, format="json")
    sent = api.post(f"{URL}{message.pk}/resend/", {"accept_duplicate": True}, format="json")

    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["accept_duplicate"])
    assert (sent.status_code, sent.json()["resend_of"]) == (201, message.pk)


def test_a_delivered_message_is_not_sent_again(api, did):
    message = make_outbound(make_conversation(did), status="delivered")

    response = api.post(f"{URL}{message.pk}/resend/")

    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")


def test_a_waiting_message_is_canceled(api, did):
    message = make_outbound(make_conversation(did))

    response = api.post(f"{URL}{message.pk}/cancel/")

    assert (response.status_code, response.json()["status"]) == (200, "canceled")
    entry = response.json()["status_history"][-1]
    assert (entry["detail"], entry["code"]) == ("Canceled by ana.", "canceled")


def test_a_sent_message_is_not_canceled(api, did):
    message = make_outbound(make_conversation(did), status="sent")

    response = api.post(f"{URL}{message.pk}/cancel/")

    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("phones", [1, 2], ids=["one recipient", "two recipients"])
def test_twenty_equal_posts_at_once_are_one_message(ana, did, phones):
    clients = [client_of(ana) for _ in range(20)]
    begin = threading.Barrier(20, timeout=10)
    answers = []

    def post(number: int) -> None:
        begin.wait()
        phone = f"3461234567{number % phones}"
        response = clients[number].post(URL, body(client_id="order-7", phone=phone))
        answers.append((response.status_code, response.json().get("id")))
        connections.close_all()

    threads = [threading.Thread(target=post, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    only = Message.objects.get()
    expected = [(200, only.pk)] * (20 // phones - 1) + [(201, only.pk)]
    assert sorted(answers, key=str) == expected + [(409, None)] * (20 - 20 // phones)
    assert Conversation.objects.count() == 1


@pytest.mark.database
def test_after_waits_for_a_young_gap_in_the_ids_on_postgresql(api, did):
    conversation = make_conversation(did)
    now = timezone.now()
    ids = [make_outbound(conversation, at=now).pk for _ in range(3)]
    # As if the second had not been committed yet.
    StatusChange.objects.filter(message_id=ids[1]).delete()
    Message.objects.filter(pk=ids[1]).delete()

    found = [row["id"] for row in api.get(f"{URL}?after={ids[0] - 1}").json()["results"]]

    if connection.vendor == "postgresql":
        assert found == ids[:1]
        assert ids_complete_up_to(after=ids[0], at=now + timedelta(seconds=11)) is None
    else:
        assert found == [ids[0], ids[2]]


# --- Hide a text ---


def test_a_text_is_hidden(api, did):
    message = make_inbound(did, content="My card is 4111 1111 1111 1111", message_id="mo-1")

    response = api.post(f"{URL}{message.pk}/redact/", {"content": "My card is ••••"})

    assert response.status_code == 200
    assert response.json() == api.get(f"{URL}{message.pk}/").json()
    assert response.json()["content"] == "My card is ••••"
    message.refresh_from_db()
    assert message.redacted_by.username == "ana"
    assert b"4111" not in bytes(message.pushes.get().raw_body)


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({}, ["content"]),
        ({"content": " "}, ["content"]),
        ({"content": "x" * 1001}, ["content"]),
        ({"content": "x", "text": "y"}, ["text"]),
    ],
    ids=["nothing", "blank", "too long", "unknown field"],
)
def test_a_replacement_that_cannot_be_used_is_refused(api, did, sent, fields):
    message = make_inbound(did, content="Hi")

    response = api.post(f"{URL}{message.pk}/redact/", sent)

    assert (response.status_code, list(response.json()["fields"])) == (400, fields)
    message.refresh_from_db()
    assert (message.content, message.redacted_at) == ("Hi", None)


def test_a_text_that_is_still_to_be_sent_is_not_hidden(api, did):
    message = make_outbound(make_conversation(did), "secret")

    response = api.post(f"{URL}{message.pk}/redact/", {"content": "x"})

    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")


def test_only_members_and_administrators_hide_a_text(api, admin_api):
    message = make_inbound(make_did(), content="Hi")

    assert api.post(f"{URL}{message.pk}/redact/", {"content": "x"}).status_code == 404
    assert admin_api.post(f"{URL}{message.pk}/redact/", {"content": "x"}).status_code == 200


def test_what_went_wrong_is_a_word_beside_the_sentence(api, did):
    message = make_outbound(status="failed", error_code="12001")

    shown = api.get(f"{URL}{message.pk}/").json()

    assert (shown["error"], shown["error_code"]) == (
        "The text is too long: at most 1000 characters.",
        "12001",
    )


def test_the_idempotency_key_of_a_header_is_the_client_id(api, did):
    first = api.post(URL, body(), headers={"Idempotency-Key": "order-1"})
    again = api.post(URL, body(client_id="order-1"))
    other = api.post(URL, body(content="Other"), headers={"Idempotency-Key": "order-1"})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json()["client_id"] == "order-1"
    assert first.json()["id"] == again.json()["id"]


def test_a_header_and_a_body_that_name_a_message_differently_are_refused(api, did):
    response = api.post(URL, body(client_id="order-1"), headers={"Idempotency-Key": "order-2"})

    assert (response.status_code, list(response.json()["fields"])) == (400, ["client_id"])
    assert not Message.objects.exists()
