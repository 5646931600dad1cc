"""A push is recorded raw and applied once, whatever it says and however often it comes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from messaging.models import Contact, Conversation, Message, Push
from messaging.nxcloud.push import PushEnvelope
from messaging.services.receiving import inbound
from messaging.services.receiving.fast_path.entry import take_in_quickly
from messaging.services.receiving.record import record_push
from tests.factories import (
    DID,
    NOW,
    PHONE,
    form_envelope,
    inbound_envelope,
    make_did,
    make_inbound,
    make_outbound,
    receipt_envelope,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def signed(body: bytes, action: str) -> PushEnvelope:
    return PushEnvelope(
        raw_body=body,
        content_type="application/json",
        is_signed=True,
        action=action,
        remote_addr="192.0.2.1",
        received_at=NOW,
    )


def outcome_of(push):
    return (push.kind, push.outcome, push.reason)


def test_an_inbound_push_becomes_a_message_in_a_conversation_that_needs_a_reply():
    did = make_did()

    push = record_push(
        envelope=inbound_envelope(
            content="Do you have time at 5?",
            message_id="mo-1",
            size="2",
            price="0.0360",
            receiveTime="2026-11-22 16:59:58",
        )
    )

    message = Message.objects.get()
    assert outcome_of(push) == ("inbound", "applied", "to_is_ours")
    assert push.message == message
    assert (message.direction, message.status, message.content) == (
        "inbound",
        "received",
        "Do you have time at 5?",
    )
    assert (message.billed_segments, message.price) == (2, Decimal("0.036"))
    assert message.provider_time.isoformat() == "2026-11-22T08:59:58+00:00"
    conversation = Conversation.objects.get()
    assert (conversation.did_number, conversation.contact.phone) == (did, PHONE)
    assert conversation.needs_reply_since == NOW
    assert conversation.last_preview == "Do you have time at 5?"
    assert (conversation.last_message_id, conversation.last_inbound_id) == (message.pk, message.pk)


def test_the_raw_bytes_are_kept_as_they_came():
    make_did()
    envelope = inbound_envelope(content="a")

    record_push(envelope=envelope)

    assert bytes(Push.objects.get().raw_body) == envelope.raw_body


def test_the_same_inbound_push_again_is_a_duplicate():
    make_did()
    first = record_push(envelope=inbound_envelope(message_id="mo-1", content="Hi"))

    again = record_push(envelope=inbound_envelope(message_id="mo-1", content="Hi"))

    assert outcome_of(again) == ("inbound", "duplicate", "to_is_ours")
    assert again.message == first.message
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [{"content": "other"}, {"phone": "34699999999"}],
    ids=["other text", "other sender"],
)
def test_the_same_id_with_other_facts_is_quarantined(change):
    make_did()
    record_push(envelope=inbound_envelope(message_id="mo-1", content="Hi"))

    push = record_push(
        envelope=inbound_envelope(**{"message_id": "mo-1", "content": "Hi"} | change)
    )

    assert outcome_of(push) == ("inbound", "quarantined", "id_conflict")
    assert Message.objects.count() == 1


def test_two_ids_with_the_same_text_are_two_messages():
    make_did()

    record_push(envelope=inbound_envelope(message_id="mo-1", content="OK"))
    record_push(envelope=inbound_envelope(message_id="mo-2", content="OK"))

    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("second_time", "messages"), [("2026-11-22 10:00:00", 1), ("2026-11-22 10:00:01", 2)]
)
def test_without_an_id_sender_text_and_time_are_the_identity(second_time, messages):
    make_did()
    fields = {"toPhone": DID, "fromPhone": PHONE, "content": "OK"}

    record_push(envelope=form_envelope(**fields, receiveTime="2026-11-22 10:00:00"))
    record_push(envelope=form_envelope(**fields, receiveTime=second_time))

    assert Message.objects.count() == messages


@pytest.mark.parametrize(
    ("sender", "phone"), [("10086", "10086"), ("NXBANK", "NXBANK"), ("Müller AG", "Müller AG")]
)
def test_a_sender_may_be_a_short_code_or_letters_and_is_kept_as_it_came(sender, phone):
    make_did()

    record_push(envelope=inbound_envelope(phone=sender))

    assert Contact.objects.get().phone == phone


def test_letters_in_another_case_are_the_same_contact():
    make_did()

    record_push(envelope=inbound_envelope(phone="NXBANK"))
    record_push(envelope=inbound_envelope(phone="NxBank"))

    assert Contact.objects.count() == 1


def test_an_inactive_number_still_receives():
    make_did(is_active=False)

    push = record_push(envelope=inbound_envelope())

    assert push.outcome == "applied"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "not_json"),
        (b"[1]", "not_object"),
        (b'{"toPhone":["1"],"fromPhone":"2"}', "wrong_type"),
        (b'{"toPhone":"1","toPhone":"2","fromPhone":"3"}', "duplicate_keys"),
        (b"{}", "no_numbers"),
    ],
)
def test_an_authentic_push_that_cannot_be_used_is_stored_with_the_reason(body, reason):
    push = record_push(envelope=signed(body, "mo"))

    assert (push.outcome, push.reason) == ("quarantined", reason)
    assert bytes(push.raw_body) == body


def test_an_exception_of_ours_while_applying_quarantines_and_undoes_what_was_begun(monkeypatch):
    make_did()

    def broken(**_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr("messaging.services.receiving.inbound.act_on_keyword", broken)

    push = record_push(envelope=inbound_envelope())

    assert (push.outcome, push.reason, push.exception) == (
        "quarantined",
        "exception",
        "ZeroDivisionError",
    )
    assert (Message.objects.count(), Conversation.objects.count()) == (0, 0)


@pytest.mark.parametrize("gone", [Conversation.DoesNotExist, Contact.DoesNotExist])
def test_a_conversation_that_is_deleted_while_a_text_comes_is_made_again(monkeypatch, gone):
    make_did()
    original, calls = inbound.act_on_keyword, []

    def deleted_at_first(**arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise gone
        return original(**arguments)

    monkeypatch.setattr(inbound, "act_on_keyword", deleted_at_first)

    assert record_push(envelope=inbound_envelope()).outcome == "applied"
    assert (Message.objects.count(), Conversation.objects.count()) == (1, 1)


def test_a_signed_receipt_action_decides_over_a_contradicting_type():
    make_did()
    message = make_outbound(status="sent", provider_message_id="mt-1")
    body = (
        f'{{"messageId":"mt-1","type":"0","fromPhone":"{DID}","toPhone":"{PHONE}",'
        '"content":"Hello","smsStatus":"DELIVRD"}'
    ).encode()

    push = record_push(envelope=signed(body, "dr"))

    message.refresh_from_db()
    assert (message.status, push.flags) == ("delivered", ["type_contradicts_action"])


def test_an_unsigned_text_of_ours_that_comes_back_with_type_1_is_a_receipt():
    make_did()
    make_outbound(content="See you at 5", status="unconfirmed")

    push = record_push(
        envelope=inbound_envelope(content="See you at 5", type="1", smsStatus="DELIVRD")
    )

    assert push.kind == "receipt"
    assert Message.objects.get().status == "delivered"


def test_a_message_between_two_of_our_numbers_goes_by_its_type():
    make_did()
    make_did("447700900123", label="London")

    push = record_push(envelope=inbound_envelope(phone="447700900123", type="0"))

    assert outcome_of(push) == ("inbound", "applied", "both_ours_type")


def test_nul_and_lone_surrogates_do_not_reach_the_stored_text():
    make_did()
    body = (
        rf'{{"messageId":"m","toPhone":"{DID}","fromPhone":"{PHONE}","content":"a\u0000b\ud800c"}}'
    )

    record_push(envelope=signed(body.encode(), "mo"))

    assert Message.objects.get().content == "abc"


def test_a_new_message_reopens_a_closed_conversation_and_keeps_its_assignee():
    from tests.factories import make_user

    clerk = make_user()
    make_inbound(make_did(members=(clerk,)))
    Conversation.objects.update(status="closed", assignee=clerk, needs_reply_since=None)

    make_inbound(content="One more thing", at=NOW + timedelta(minutes=5))

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.assignee) == ("open", clerk)
    assert conversation.needs_reply_since == NOW + timedelta(minutes=5)


def test_needs_reply_counts_from_the_first_unanswered_message():
    make_inbound(content="one")
    make_inbound(content="two", at=NOW + timedelta(minutes=9))

    assert Conversation.objects.get().needs_reply_since == NOW


def test_a_push_costs_a_fixed_number_of_queries(django_assert_num_queries):
    make_inbound()
    envelope = inbound_envelope(content="again")

    with django_assert_num_queries(18):
        record_push(envelope=envelope)


def test_receipt_for_an_unknown_id_is_an_orphan():
    make_did()

    push = record_push(envelope=receipt_envelope(message_id="mt-1"))

    assert outcome_of(push) == ("receipt", "orphan", "unknown_message_id")


@pytest.mark.parametrize("record", [record_push, take_in_quickly], ids=["long way", "quick way"])
def test_a_text_that_waited_in_the_spool_does_not_turn_the_conversations_clock_back(record):
    make_inbound(content="second", at=NOW)

    record(envelope=inbound_envelope(content="first", at=NOW - timedelta(hours=1)))

    assert Conversation.objects.get().last_activity_at == NOW


def test_quarantined_push_is_found_by_either_of_its_numbers():
    push = record_push(envelope=inbound_envelope(did="12025550100", phone="34600000001"))

    assert push is not None
    assert (push.reason, push.phone_key) == ("unknown_number", "34600000001 12025550100")


def test_signed_push_that_cannot_be_read_keeps_the_kind_that_was_signed():
    unreadable = replace(
        inbound_envelope(), raw_body=b"[]", content_type="application/json", is_signed=True
    )

    kinds = [
        getattr(record_push(envelope=replace(unreadable, action=action)), "kind", None)
        for action in ("mo", "dr")
    ]

    assert kinds == ["inbound", "receipt"]


def test_the_same_id_with_the_same_text_in_another_encoding_is_a_duplicate():
    make_did()
    first = record_push(envelope=inbound_envelope(message_id="mo-1", content="cafe\u0301"))

    again = record_push(envelope=inbound_envelope(message_id="mo-1", content="café"))

    assert (again.outcome, again.message) == ("duplicate", first.message)
    assert first.message.content == "cafe\u0301"


@pytest.mark.parametrize(
    "body",
    [
        b"messageId=a%00b&content=x",
        b"messageId=a\x00b&content=x",
        b'{"messageId": "a\\u0000b", "content": "x"',
        b"messageId=%00&messageId=%ED%A0%80&content=%00",
    ],
    ids=["escaped", "bare", "cut JSON", "twice"],
)
def test_what_no_database_stores_in_an_unusable_push_is_quarantined_all_the_same(body):
    make_did()

    push = record_push(envelope=signed(body, "mo"))

    assert push.outcome == "quarantined"
    assert bytes(push.raw_body) == body
