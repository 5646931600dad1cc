"""A receipt that came before its message was known finds it later."""

from datetime import timedelta

import pytest

from messaging.models import Push
from messaging.nxcloud.client import Accepted
from messaging.nxcloud.errors import OutcomeUnknown
from messaging.reasons import Reason
from messaging.services.receipts import orphans
from messaging.services.receipts.orphans import rematch_orphans
from messaging.services.receiving.record import record_push
from messaging.services.sending.attempt import Outcome, record_outcome
from messaging.services.sending.claims import claim_of as claim_of_row
from tests.factories import NOW, make_conversation, make_outbound, receipt_envelope

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LATER = NOW + timedelta(minutes=1)


def receive(**fields):
    return record_push(envelope=receipt_envelope(**{"at": LATER} | fields))


def claim_of(message, worker="w1"):
    type(message).objects.filter(pk=message.pk).update(
        status="sending", claimed_by=worker, attempt_started_at=NOW
    )
    message.refresh_from_db()
    return claim_of_row(message)


def test_a_receipt_that_overtakes_the_answer_is_applied_when_the_answer_brings_the_id():
    message = make_outbound()
    claim = claim_of(message)
    receive(message_id="mt-1", at=NOW + timedelta(seconds=5))

    record_outcome(
        claim=claim,
        outcome=Outcome(Accepted(message_id="mt-1", http_status=200)),
        worker="w1",
        at=LATER,
    )

    message.refresh_from_db()
    assert (message.status, Push.objects.get().outcome) == ("delivered", "applied")
    *_earlier, sent, delivered = message.status_changes.order_by("id")
    assert (sent.status, sent.at, delivered.status, delivered.at) == (
        "sent",
        LATER,
        "delivered",
        LATER,
    )
    assert delivered.reason == Reason("early_receipt", {"received_at": "2026-11-22T09:00:05+00:00"})


def test_a_receipt_that_overtakes_a_lost_answer_heals_the_unconfirmed_message():
    message = make_outbound()
    claim = claim_of(message)
    receive(message_id="mt-1")

    record_outcome(claim=claim, outcome=Outcome(error=OutcomeUnknown("cut")), worker="w1", at=LATER)

    message.refresh_from_db()
    assert (message.status, message.provider_message_id) == ("delivered", "mt-1")


def test_an_orphan_that_two_transactions_hid_from_each_other_is_found_later():
    push = receive(message_id="mt-1", did=make_conversation().did_number.number)
    message = make_outbound(status="sent", provider_message_id="mt-1")

    matched = rematch_orphans(since=NOW, at=LATER)

    message.refresh_from_db()
    push.refresh_from_db()
    assert (matched, message.status, push.outcome, push.message) == (
        1,
        "delivered",
        "applied",
        message,
    )


def test_an_orphan_that_crossed_with_becoming_unconfirmed_is_found_later():
    push = receive(message_id="mt-x", did=make_conversation().did_number.number)
    message = make_outbound(status="unconfirmed")

    matched = rematch_orphans(since=NOW, at=LATER)

    message.refresh_from_db()
    push.refresh_from_db()
    assert (matched, message.status, push.message) == (1, "delivered", message)


def test_an_orphan_that_cannot_be_applied_neither_loses_the_outcome_nor_holds_up_the_others(
    monkeypatch,
):
    message = make_outbound()
    claim = claim_of(message)
    for price in ("bad", "good"):
        receive(message_id="mt-1", at=NOW + timedelta(seconds=5), action=price)
    bad, good = Push.objects.order_by("id")
    really = orphans.fields_of

    def fields_of(envelope):
        if envelope.raw_body == bytes(bad.raw_body):
            raise ZeroDivisionError
        return really(envelope)

    monkeypatch.setattr(orphans, "fields_of", fields_of)

    record_outcome(
        claim=claim,
        outcome=Outcome(Accepted(message_id="mt-1", http_status=200)),
        worker="w1",
        at=LATER,
    )

    message.refresh_from_db()
    for push in (bad, good):
        push.refresh_from_db()
    assert (message.status, bad.outcome, bad.reason, bad.exception, good.outcome) == (
        "delivered",
        "quarantined",
        "exception",
        "ZeroDivisionError",
        "applied",
    )
