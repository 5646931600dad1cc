"""What went wrong with a message is a stable word for programs, beside the sentence for people."""

from datetime import timedelta

import pytest

from messaging.nxcloud import errors
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.outbox.cancel import cancel_message
from messaging.services.receiving.record import record_push
from messaging.services.sending.claims import claim_due_messages, recover_lost_claims
from tests.factories import (
    NOW,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
    receipt_envelope,
)
from tests.services.sending.scripted_client import Client, accepted, claim, send_turn

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
    pytest.mark.usefixtures("both_ways"),
]


def said(message):
    message.refresh_from_db()
    return (message.status, message.error_code, bool(message.error))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.RequestNotSent("Not reached."), "queued", "unreachable"),
        (errors.TooLateToSend("Stopped."), "queued", "worker_stopped"),
        (errors.ProviderBusy("Busy.", http_status=429), "queued", "busy"),
        (errors.OutcomeUnknown("Unknown."), "unconfirmed", "no_answer"),
        (errors.error_for("1004"), "queued", "1004"),
        (errors.error_for("1102"), "queued", "1102"),
        (errors.AccountRejected("No entry.", http_status=403), "queued", "account"),
        (errors.error_for("12002"), "failed", "12002"),
        (errors.MessageRefused("No.", http_status=422), "failed", "refused"),
        (errors.error_for("0"), "unconfirmed", "contradictory_answer"),
    ],
)
def test_an_attempt_that_failed_leaves_its_word(error, status, code):
    message = make_outbound()

    send_turn(Client(error))

    assert said(message) == (status, code, True)


def test_the_word_goes_with_the_sentence_when_a_later_attempt_succeeds():
    message = make_outbound()
    client = Client(errors.RequestNotSent("Not reached."), accepted())
    send_turn(client)

    send_turn(client, at=NOW + timedelta(seconds=6))

    assert said(message) == ("sent", None, False)


def test_a_claim_that_was_lost_and_healed_by_a_receipt():
    message = make_outbound()
    claim()
    recover_lost_claims(at=NOW + timedelta(minutes=1))
    assert said(message) == ("unconfirmed", "worker_lost", True)

    record_push(envelope=receipt_envelope(message_id="mt-1", at=NOW + timedelta(minutes=2)))

    assert said(message) == ("delivered", None, False)


def test_the_history_keeps_each_word_after_the_message_has_lost_it():
    message = make_outbound()
    client = Client(errors.RequestNotSent("Not reached."), accepted())
    send_turn(client)
    send_turn(client, at=NOW + timedelta(seconds=6))

    assert list(message.status_changes.values_list("status", "code")) == [
        ("queued", None),
        ("sending", None),
        ("queued", "unreachable"),
        ("sending", None),
        ("sent", None),
    ]


def test_a_receipt_that_says_not_delivered():
    message = make_outbound(status="sent", provider_message_id="mt-1")

    record_push(envelope=receipt_envelope(message_id="mt-1", status="UNDELIVR"))

    assert said(message) == ("undelivered", "not_delivered", True)


def switched_off(message):
    message.did_number.is_active = False
    message.did_number.save()


def used_up(message):
    message.did_number.stopped_until = NOW + timedelta(days=3)
    message.did_number.save()


@pytest.mark.parametrize(
    ("happens", "later", "code"),
    [
        (switched_off, timedelta(0), "number_inactive"),
        (used_up, timedelta(0), "budget_used_up"),
        (lambda message: None, timedelta(days=2), "too_old"),
    ],
    ids=["the number was switched off", "its budget is used up", "it is too old"],
)
def test_what_must_not_be_sent_any_more(happens, later, code):
    message = make_outbound()
    happens(message)

    claim_due_messages(worker="w1", limit=1, at=NOW + later)

    assert said(message) == ("blocked", code, True)


def test_an_opt_out_blocks_what_waits():
    message = make_outbound()

    record_opt_out(conversation=message.conversation, at=NOW, by=make_user())

    assert said(message) == ("blocked", "opted_out", True)


def test_a_contact_that_wrote_first_cancels_what_should_not_cross():
    later = NOW + timedelta(hours=1)
    message = make_outbound(
        make_conversation(make_did()),
        status="scheduled",
        send_at=later,
        not_before=later,
        cancel_if_they_write=True,
    )

    make_inbound()

    assert said(message) == ("canceled", "they_wrote", True)


@pytest.mark.parametrize(
    ("by_writer", "code"), [(True, None), (False, "canceled")], ids=["writer", "colleague"]
)
def test_a_user_who_takes_back_what_they_wrote_need_not_be_told(by_writer, code):
    ana, tom = make_user(), make_user()
    message = make_outbound(user=ana)

    cancel_message(message=message, user=ana if by_writer else tom, at=NOW)

    assert said(message) == ("canceled", code, code is not None)
