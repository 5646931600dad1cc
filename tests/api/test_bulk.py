"""Many messages in one call: each by itself, written 50 at a time, the same again is no second."""

import json
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.api.message_bulk import MOST_IN_BULK
from messaging.models import Change, Contact, Conversation, Message, OptOut, StatusChange
from messaging.services.contacts.opt_outs import end_opt_out, record_opt_out
from messaging.services.history.summary import COLUMNS, summary_of
from messaging.services.outbox import api_message
from messaging.services.reports.catch_up import catch_up, keep_counting
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
BULK = f"{URL}bulk/"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
]


@pytest.fixture
def did(ana):
    return make_did(members=(ana,))


def body(number=0, **changes):
    usual = {
        "sender": DID,
        "phone": f"+34612{number:06d}",
        "content": f"Hello {number}",
        "client_id": f"c-{number}",
    }
    return usual | changes


def send(api, *messages):
    response = api.post(BULK, {"messages": list(messages)})
    assert response.status_code == 200, response.content
    return response.json()


def words(answer):
    return [result["result"] for result in answer["results"]]


def test_each_message_is_queued_and_the_answer_is_in_the_order_given(api, did):
    answer = send(api, body(2), body(1), body(3))

    rows = list(Message.objects.order_by("id"))
    assert [row.content for row in rows] == ["Hello 2", "Hello 1", "Hello 3"]
    assert answer == {
        "counts": {"created": 3, "existing": 0, "error": 0},
        "results": [
            {
                "client_id": row.client_id,
                "result": "created",
                "id": row.pk,
                "status": "queued",
                "error": None,
            }
            for row in rows
        ],
    }


def test_a_message_of_many_leaves_the_rows_of_a_single_one(api, did, ana):
    one = api.post(URL, body(1, client_id="single")).json()
    (result,) = send(api, body(2, content="Hello 1", client_id="many"))["results"]

    other = api.get(f"{URL}{result['id']}/").json()
    different = {"id", "conversation", "phone", "client_id", "created_at", "status_history"}
    assert {k: v for k, v in other.items() if k not in different} == {
        k: v for k, v in one.items() if k not in different
    }
    for conversation in Conversation.objects.all():
        expected = summary_of(conversation.pk)
        assert {name: getattr(conversation, name) for name in COLUMNS} == {
            name: getattr(expected, name) for name in COLUMNS
        }
    assert StatusChange.objects.count() == 2
    assert Change.objects.filter(kind="message").count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"sender": "34911000000"},
        {"sender": None},
        {"sender": ["x"]},
        {"phone": "12"},
        {"phone": DID},
        {"phone": "2025550123"},
        {"phone": "150 8888 7777"},
        {"content": ""},
        {"content": "\u200b\ufe0f"},
        {"content": "x" * 1001},
        {"content": True},
        {"client_id": "x" * 101},
        {"send_at": "2020-01-01T00:00:00Z"},
        {"send_at": "9999-12-31T23:59:59Z"},
        {"send_at": "tomorrow"},
        {"sendAt": "2999-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_what_the_call_for_one_message_refuses_is_refused_alike_and_stops_nothing(api, did, change):
    alone = api.post(URL, body(1, **change))

    answer = send(api, body(2), body(1, **change), body(3))

    assert alone.status_code == 400
    assert answer["results"][1] == {
        "client_id": body(1, **change)["client_id"],
        "result": "error",
        "id": None,
        "status": None,
        "error": error_of(alone),
    }
    assert words(answer) == ["created", "error", "created"]
    assert answer["counts"] == {"created": 2, "existing": 0, "error": 1}
    assert Contact.objects.count() == Conversation.objects.count() == Message.objects.count() == 2


def test_who_opted_out_gets_nothing_on_the_numbers_that_it_covers(api, did, ana, boss):
    other = make_did("34911000001", members=(ana,))
    record_opt_out(conversation=make_conversation(did, phone="34612000001"), at=NOW)
    everywhere = make_conversation(did, phone="34612000002")
    record_opt_out(conversation=everywhere, at=NOW, is_for_all_numbers=True, by=boss)
    allowed = make_conversation(other, phone="34612000003")
    record_opt_out(conversation=allowed, at=NOW, is_for_all_numbers=True, by=boss)
    end_opt_out(
        opt_out=OptOut.objects.get(contact=allowed.contact),
        at=NOW,
        by=None,
        keyword="START",
        conversation=allowed,
    )
    before = Conversation.objects.count()

    answer = send(
        api,
        *(body(n, client_id=f"a{n}") for n in (1, 2, 3)),
        *(body(n, client_id=f"b{n}", sender=other.number) for n in (1, 2, 3)),
    )

    codes = [r["error"]["code"] if r["error"] else r["result"] for r in answer["results"]]
    assert codes == ["opted_out"] * 3 + ["created", "opted_out", "created"]
    assert Conversation.objects.count() == before + 1


def test_an_inactive_number_and_one_of_somebody_else_send_nothing(api, did):
    make_did("34911000001")
    did.is_active = False
    did.save()

    answer = send(api, body(1), body(2, sender="34911000001"))

    assert [r["error"]["code"] for r in answer["results"]] == ["number_inactive", "unknown_sender"]
    assert Conversation.objects.count() == 0


def test_the_same_call_again_sends_nothing_twice_and_says_what_is_there(api, did):
    first = send(api, *map(body, range(3)))
    Message.objects.filter(client_id="c-1").update(status="canceled")

    again = send(api, *map(body, range(5)))

    assert words(again) == ["existing"] * 3 + ["created"] * 2
    assert [r["id"] for r in again["results"][:3]] == [r["id"] for r in first["results"]]
    assert again["results"][1]["status"] == "canceled"
    assert Message.objects.count() == 5


@pytest.mark.parametrize("change", [{"content": "Other"}, {"phone": "34699999999"}], ids=str)
def test_a_client_id_with_other_content_is_a_conflict(api, did, change):
    api.post(URL, body(1))

    answer = send(api, body(1, **change), body(2))

    assert [r["error"] and r["error"]["code"] for r in answer["results"]] == [
        "client_id_conflict",
        None,
    ]
    assert Message.objects.count() == 2
    assert Contact.objects.count() == 2


def test_a_client_id_that_comes_twice_in_one_call_is_one_message(api, did):
    answer = send(api, body(1), body(1), body(1, content="Other"))

    first, second, third = answer["results"]
    assert words(answer) == ["created", "existing", "error"]
    assert (second["id"], third["error"]["code"]) == (first["id"], "client_id_conflict")
    assert Message.objects.count() == 1


def test_a_client_id_of_a_refused_message_is_free_for_the_next(api, did):
    answer = send(api, body(1, content="x" * 1001), body(1))

    assert words(answer) == ["error", "created"]


@pytest.mark.parametrize("client_id", [None, "", 7])
def test_a_message_without_a_client_id_is_refused_because_the_call_may_be_repeated(
    api, did, client_id
):
    answer = send(api, body(1, client_id=client_id))

    assert answer["results"][0]["result"] == "error"
    assert list(answer["results"][0]["error"]["fields"]) == ["client_id"]
    assert Message.objects.count() == 0


def test_several_messages_to_one_recipient_keep_their_order(api, did):
    send(api, *(body(1, content=f"part {n}", client_id=f"p{n}") for n in range(3)))

    (conversation,) = Conversation.objects.all()
    rows = list(Message.objects.in_queue_order())
    assert [row.content for row in rows] == ["part 0", "part 1", "part 2"]
    assert (conversation.last_message_id, conversation.last_preview) == (rows[-1].pk, "part 2")


def test_a_contact_is_made_once_for_two_of_our_numbers(api, did, ana):
    make_did("34911000001", members=(ana,))

    send(api, body(1), body(1, sender="34911000001", client_id="other"))

    assert (Contact.objects.count(), Conversation.objects.count()) == (1, 2)


def test_an_existing_conversation_is_answered_and_opened_again(api, did):
    waiting = make_inbound(did, phone="34612000001").conversation
    Conversation.objects.update(status="closed")

    send(api, body(1), body(2))

    waiting.refresh_from_db()
    assert (waiting.status, waiting.needs_reply_since) == ("open", None)
    assert waiting.last_preview == "Hello 1"


def test_a_scheduled_message_waits_for_its_time(api, did):
    send_at = timezone.now() + timedelta(hours=1)

    answer = send(api, body(1, send_at=send_at.isoformat()), body(2))

    assert [result["status"] for result in answer["results"]] == ["scheduled", "queued"]
    assert Message.objects.get(client_id="c-1").send_at == send_at


def test_the_signature_of_the_number_is_added_and_counted(api, did):
    did.signature = "Bakery"
    did.save()

    answer = send(api, body(1), body(2, content="x" * 1000))

    assert Message.objects.get().content == "Hello 1\nBakery"
    assert answer["results"][1]["error"]["code"] == "too_long"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([], "invalid"),
        ("text", "invalid"),
        ({}, "invalid"),
        ({"messages": []}, "invalid"),
        ({"messages": {"0": {}}}, "invalid"),
        ({"messages": [{}], "dry_run": True}, "invalid"),
        ({"messages": [{}] * (MOST_IN_BULK + 1)}, "too_many"),
    ],
    ids=["a list", "a text", "nothing", "none", "an object", "an unknown field", "too many"],
)
def test_a_body_of_another_form_is_refused_whole(api, did, given, code):
    response = api.post(BULK, given)

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert Message.objects.count() == 0


@pytest.mark.parametrize("given", [None, 7, "text", [], [body(1)]], ids=str)
def test_a_message_that_is_no_object_is_refused_alone(api, did, given):
    answer = send(api, given, body(1))

    assert words(answer) == ["error", "created"]
    assert answer["results"][0]["client_id"] is None


def test_five_hundred_are_written_fifty_at_a_time(api, did):
    # The first connection's own statements are not counted.
    send(api, body(999))
    with CaptureQueriesContext(connection) as few:
        send(api, *(body(n) for n in range(50)))
    with CaptureQueriesContext(connection) as many:
        answer = send(api, *(body(n, client_id=f"again-{n}") for n in range(MOST_IN_BULK)))

    assert answer["counts"] == {"created": MOST_IN_BULK, "existing": 0, "error": 0}
    assert Message.objects.count() == 51 + MOST_IN_BULK
    assert len(many) <= 10 * len(few)


def test_what_was_committed_before_the_database_went_away_is_there_once(api, did, monkeypatch):
    whole, calls = api_message.queue_entries, []

    def fails_at_the_second(entries, **how):
        calls.append(len(entries))
        whole(entries, **how)
        if len(calls) == 2:
            raise OperationalError("gone")

    monkeypatch.setattr(api_message, "queue_entries", fails_at_the_second)
    messages = [body(n) for n in range(120)]
    cut = api.post(BULK, {"messages": messages})
    monkeypatch.undo()

    assert (cut.status_code, cut.json()["code"], calls) == (503, "database_away", [50, 50])
    assert Message.objects.count() == 50
    answer = send(api, *messages)
    assert words(answer) == ["existing"] * 50 + ["created"] * 70
    assert Message.objects.count() == 120


def test_the_body_may_be_larger_than_another_but_has_a_limit(api, did):
    large = json.dumps({"messages": [body(n, content="я" * 1000) for n in range(MOST_IN_BULK)]})
    assert settings.API_MAX_BODY_BYTES < len(large) < settings.API_MAX_BULK_BODY_BYTES

    taken = api.post(BULK, large, content_type="application/json")
    refused = api.post(
        BULK, " " * (settings.API_MAX_BULK_BODY_BYTES + 1), content_type="application/json"
    )
    elsewhere = api.post(URL, large, content_type="application/json")

    assert taken.json()["counts"]["created"] == MOST_IN_BULK
    for response in (refused, elsewhere):
        assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_a_caller_without_a_token_or_a_number_sends_nothing(did):
    from rest_framework.test import APIClient

    stranger = client_of(make_user())

    assert APIClient().post(BULK, {"messages": [body(1)]}).status_code == 401
    answer = send(stranger, body(1))
    assert answer["results"][0]["error"]["code"] == "unknown_sender"
    assert Contact.objects.count() == 0


def test_errors_are_said_in_the_language_that_was_asked_for(api, did):
    record_opt_out(conversation=make_conversation(did, phone=PHONE), at=NOW)

    response = api.post(
        BULK,
        {"messages": [body(1, phone=PHONE)]},
        headers={"Accept-Language": "zh-hans"},
    )
    alone = api.post(URL, body(1, phone=PHONE), headers={"Accept-Language": "zh-hans"})

    assert response.json()["results"][0]["error"] == error_of(alone)
    assert alone.json()["detail"] != "This contact has opted out of messages from this number."


def test_what_the_messages_of_a_call_would_cost_is_told_and_nothing_is_sent(api, did):
    make_outbound(
        make_conversation(did), at=timezone.now(), status="sent", billed_segments=1, price="0.045"
    )
    catch_up()
    keep_counting()
    sent = Message.objects.count()

    response = api.post(f"{URL}estimate/", {"messages": [body(1), body(2), {"phone": "x"}]})

    assert response.status_code == 200
    assert response.json() == {
        "messages": 2,
        "segments": 2,
        "cost": "0.090000",
        "currency": settings.CURRENCY,
        "unpriced": 0,
        "refused": 1,
        "countries": [{"country": "ES", "segments": 2}],
    }
    assert Message.objects.count() == sent
