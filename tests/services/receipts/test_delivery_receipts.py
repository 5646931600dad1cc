"""Receipts find their message by the id, or by thread and text when the id never reached us."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from messaging.models import StatusChange
from messaging.services.receiving.record import record_push
from tests.factories import NOW, make_conversation, make_outbound, receipt_envelope

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LATER = NOW + timedelta(minutes=1)


def receive(**fields):
    return record_push(envelope=receipt_envelope(**{"at": LATER} | fields))


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        ("sent", "DELIVRD", "delivered"),
        ("sent", "UNDELIVR", "undelivered"),
        ("undelivered", "DELIVRD", "delivered"),
        ("unconfirmed", "DELIVRD", "delivered"),
        ("unconfirmed", "UNDELIVR", "undelivered"),
        ("unconfirmed", "EXPIRED", "sent"),
        ("sent", "EXPIRED", "sent"),
        ("sent", "delivrd", "delivered"),
        ("delivered", "UNDELIVR", "delivered"),
        ("delivered", "REJECTD", "delivered"),
        ("undelivered", "UNKNOWN", "undelivered"),
    ],
)
def test_a_receipt_moves_a_message_only_forward(before, word, after):
    message = make_outbound(status=before, provider_message_id="mt-1")

    push = receive(message_id="mt-1", status=word)

    message.refresh_from_db()
    assert (message.status, push.outcome, push.message) == (after, "applied", message)


def test_undelivered_message_says_all_that_is_known_until_it_is_delivered():
    message = make_outbound(status="sent", provider_message_id="mt-1")
    said = []
    for word in ("UNDELIVR", "DELIVRD"):
        receive(message_id="mt-1", status=word)
        message.refresh_from_db()
        said.append(message.error)

    assert said == ["Not delivered; the carrier gave no reason.", ""]


def test_a_delivery_receipt_arriving_twice_changes_nothing():
    message = make_outbound(status="sent", provider_message_id="mt-1")
    receive(message_id="mt-1")
    history = list(StatusChange.objects.values_list("status", "at"))

    push = receive(message_id="mt-1", at=LATER + timedelta(hours=1))

    message.refresh_from_db()
    assert (message.status, push.outcome) == ("delivered", "duplicate")
    assert list(StatusChange.objects.values_list("status", "at")) == history


def test_a_contradiction_is_kept_and_flagged():
    message = make_outbound(status="delivered", provider_message_id="mt-1")

    push = receive(message_id="mt-1", status="UNDELIVR")

    assert push.flags == ["contradiction"]
    assert message.status_changes.last().detail == "Contradiction: NXCloud also reported UNDELIVR."


def test_an_unknown_status_word_is_recorded_in_the_history():
    message = make_outbound(status="sent", provider_message_id="mt-1")

    receive(message_id="mt-1", status="EXPIRED")

    assert message.status_changes.last().detail == "NXCloud reported EXPIRED."


def test_what_the_provider_billed_is_kept_beside_our_own_count():
    message = make_outbound(status="sent", provider_message_id="mt-1")

    receive(message_id="mt-1", size="3", price="0.0500", receiveTime="2026-11-22 17:01:00")

    message.refresh_from_db()
    assert (message.segments, message.billed_segments, str(message.price)) == (1, 3, "0.050000")
    assert str(message.cost) == "0.150000"
    assert message.provider_time == LATER


def test_a_known_id_with_other_numbers_is_quarantined():
    make_outbound(status="sent", provider_message_id="mt-1")

    push = receive(message_id="mt-1", phone="34699999999")

    assert (push.outcome, push.reason) == ("quarantined", "receipt_mismatch")


def test_a_receipt_with_the_numbers_the_other_way_round_is_accepted():
    message = make_outbound(status="sent", provider_message_id="mt-1")
    turned = receipt_envelope(
        message_id="mt-1", did=message.conversation.contact.phone, phone=message.did_number.number
    )

    record_push(envelope=turned)

    message.refresh_from_db()
    assert message.status == "delivered"


def test_an_unknown_id_binds_to_the_oldest_unconfirmed_message_with_the_same_text():
    conversation = make_conversation()
    older = make_outbound(conversation, status="unconfirmed")
    newer = make_outbound(conversation, status="unconfirmed", at=NOW + timedelta(seconds=1))

    receive(message_id="mt-x")

    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.status, older.provider_message_id) == ("delivered", "mt-x")
    assert (newer.status, newer.provider_message_id) == ("unconfirmed", None)


def test_one_id_binds_once():
    conversation = make_conversation()
    make_outbound(conversation, status="unconfirmed")
    second = make_outbound(conversation, status="unconfirmed", at=NOW + timedelta(seconds=1))

    receive(message_id="mt-x")
    push = receive(message_id="mt-x")

    second.refresh_from_db()
    assert (second.status, push.outcome) == ("unconfirmed", "duplicate")


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "unconfirmed", "content": "Another text"},
        {"status": "queued"},
        {"status": "failed"},
        {"status": "unconfirmed", "attempt_started_at": LATER - timedelta(hours=73)},
        {"status": "unconfirmed", "attempt_started_at": LATER + timedelta(minutes=5)},
    ],
    ids=["other text", "not sent yet", "refused", "too long ago", "sent after the receipt"],
)
def test_an_unknown_id_does_not_bind_to(changes):
    message = make_outbound(**changes)

    push = receive(message_id="mt-x")

    message.refresh_from_db()
    assert (push.outcome, message.provider_message_id) == ("orphan", None)


def test_an_accepted_message_without_an_id_takes_the_id_of_its_receipt():
    message = make_outbound(status="sent")

    receive(message_id="mt-x")

    message.refresh_from_db()
    assert (message.status, message.provider_message_id) == ("delivered", "mt-x")


def test_an_unknown_id_waits_while_an_equal_text_is_being_sent():
    conversation = make_conversation()
    lost = make_outbound(conversation, status="unconfirmed")
    make_outbound(conversation, status="sending", at=NOW + timedelta(seconds=1))

    push = receive(message_id="mt-x")

    lost.refresh_from_db()
    assert (push.outcome, lost.status) == ("orphan", "unconfirmed")


def test_a_receipt_without_an_id_is_quarantined():
    make_outbound(status="unconfirmed")

    push = receive(message_id="")

    assert (push.outcome, push.reason) == ("quarantined", "no_message_id")


def test_an_unknown_word_does_not_change_what_another_receipt_said_of_the_bill():
    message = make_outbound(status="sent", provider_message_id="mt-1")
    receive(message_id="mt-1", size="2", price="0.0360", receiveTime="2026-11-22 17:00:00")

    receive(
        message_id="mt-1",
        status="EXPIRED",
        size="0",
        price="0",
        receiveTime="2026-11-22 18:00:00",
    )

    message.refresh_from_db()
    assert (message.status, message.billed_segments, message.price) == (
        "delivered",
        2,
        Decimal("0.0360"),
    )
    assert message.provider_time == datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_an_attempt_may_seem_to_begin_shortly_after_its_receipt_as_clocks_differ():
    message = make_outbound(status="unconfirmed", attempt_started_at=LATER + timedelta(seconds=2))

    push = receive(message_id="mt-9", content=message.content)

    message.refresh_from_db()
    assert (message.status, push.outcome) == ("delivered", "applied")


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [
        pytest.param("\u09dc", "\u09a1\u09bc", id="taken apart"),
        pytest.param("\uf900", "\u8c48", id="replaced"),
        pytest.param("café", "cafe\u0301 ", id="decomposed"),
    ],
)
def test_a_receipt_is_bound_though_its_text_was_encoded_again(sent, echoed):
    message = make_outbound(content=sent, status="unconfirmed")

    push = receive(message_id="mt-1", content=echoed)

    assert push.message == message
