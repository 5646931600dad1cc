"""What may become of a message."""

from datetime import timedelta

import pytest

from messaging.models import WorkerSighting
from messaging.reasons import Owner, Reason, ReasonCode
from messaging.services.recorder.outlook import Action, Next, outlook_of
from messaging.services.sending.circuit_breaker import open_breaker
from tests.factories import NOW, make_inbound, make_outbound

pytestmark = pytest.mark.django_db


def outlook(message, *, at=NOW):
    return outlook_of(message=message, at=at)


@pytest.fixture
def worker():
    """One that is at work."""
    return WorkerSighting.objects.create(name="w1", started_at=NOW, seen_at=NOW)


@pytest.mark.parametrize(
    ("columns", "step", "actions"),
    [
        ({"status": "scheduled", "send_at": NOW}, Next.WAITS_FOR_ITS_TIME, (Action.CANCEL,)),
        ({"status": "held"}, Next.WAITS_FOR_UNDO, (Action.CANCEL,)),
        ({"status": "queued"}, Next.IS_NEXT, (Action.CANCEL,)),
        (
            {"status": "queued", "not_before": NOW + timedelta(minutes=5)},
            Next.IS_TRIED_AGAIN,
            (Action.CANCEL,),
        ),
        ({"status": "sending"}, Next.IS_BEING_SENT, ()),
        ({"status": "sent", "sent_at": NOW}, Next.WAITS_FOR_A_RECEIPT, ()),
        (
            {"status": "sent", "sent_at": NOW - timedelta(days=1)},
            Next.HAS_NO_RECEIPT,
            (Action.SEE_HEALTH, Action.SEE_NUMBER),
        ),
        ({"status": "unconfirmed"}, Next.MAY_HAVE_BEEN_SENT, (Action.RESEND,)),
        ({"status": "delivered"}, Next.IS_COMPLETE, ()),
        ({"status": "undelivered"}, Next.NOTHING, (Action.RESEND,)),
        (
            {"status": "failed", "error_code": "12002"},
            Next.NOTHING,
            (Action.SEE_NUMBER, Action.RESEND),
        ),
        (
            {"status": "blocked", "error_code": "opted_out"},
            Next.NOTHING,
            (Action.SEE_CONTACT, Action.RESEND),
        ),
    ],
)
def test_every_status_says_what_comes_next_and_what_can_be_done(worker, columns, step, actions):
    found = outlook(make_outbound(**columns))

    assert (found.next, found.actions) == (step, actions)


def test_an_inbound_message_is_complete():
    assert outlook(make_inbound()).next == Next.IS_COMPLETE


def test_while_sending_is_paused_the_cause_and_its_owner_are_those_of_the_pause(worker):
    message = make_outbound()
    open_breaker(reason=Reason("1102"), message=message, at=NOW)

    found = outlook(message)

    assert (found.next, found.owner) == (Next.WAITS_WHILE_PAUSED, Owner.ADMINISTRATOR)
    assert (found.cause.code, found.at) == ("1102", NOW + timedelta(minutes=1))
    assert found.actions == (Action.RESUME, Action.SEE_HEALTH, Action.CANCEL)


def test_without_a_worker_nothing_is_sent_and_an_administrator_can_help():
    found = outlook(make_outbound())

    assert (found.next, found.owner) == (Next.WAITS_FOR_A_WORKER, Owner.ADMINISTRATOR)
    assert found.actions == (Action.SEE_HEALTH, Action.CANCEL)


def test_what_may_come_is_what_the_transition_table_allows(worker):
    assert outlook(make_outbound(status="sent", sent_at=NOW)).may_become == (
        "delivered",
        "undelivered",
    )


def test_a_worker_that_was_lost_points_to_the_health_of_the_system():
    message = make_outbound(status="unconfirmed", error_code=ReasonCode.WORKER_LOST.value)

    assert outlook(message).actions == (Action.SEE_HEALTH, Action.RESEND)
