"""The committer: commit first, then send; nothing is lost, and nothing is sent twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DataError, OperationalError, connection, transaction

from messaging.models import Message
from messaging.nxcloud import errors
from messaging.reasons import Reason
from messaging.services.sending import circuit_breaker, committer
from messaging.services.sending.attempt import Outcome
from messaging.services.sending.committer import Committer
from messaging.stopwatch import Stopwatch
from tests.factories import NOW, make_conversation, make_did, make_outbound
from tests.services.sending.scripted_client import accepted, cycle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
LATER = NOW + timedelta(seconds=1)


@pytest.fixture
def sent():
    """The claims that were handed over."""
    return []


@pytest.fixture
def worker(sent):
    return Committer(worker="w1", concurrency=3, hand_over=sent.append)


def messages(count):
    return [
        make_outbound(make_conversation(make_did(f"8615000000{turn}")), f"text {turn}")
        for turn in range(count)
    ]


def statuses():
    return list(Message.objects.order_by("id").values_list("status", flat=True))


def answer(worker, claims, *, error=None):
    for claim in claims:
        taken = None if error else accepted(f"mt-{claim.message_id}")
        worker.finished(claim, Outcome(accepted=taken, error=error))


def test_a_claim_is_committed_before_it_is_handed_over():
    seen = []

    def hand_over(claim):
        seen.append((connection.in_atomic_block, *statuses()))

    messages(1)
    cycle(Committer(worker="w1", concurrency=3, hand_over=hand_over))

    assert seen == [(False, "sending")]


def test_as_many_are_claimed_as_senders_are_free(worker, sent):
    messages(7)

    cycle(worker)
    assert len(sent) == 3

    answer(worker, sent[:2])
    cycle(worker, at=LATER)
    assert len(sent) == 5

    cycle(worker, at=LATER)
    assert len(sent) == 5
    assert statuses().count("sent") == 2


def test_outcomes_and_claims_share_one_transaction(worker, sent):
    messages(6)
    cycle(worker)
    answer(worker, sent)
    begun = []

    @contextmanager
    def counted(really=transaction.atomic):
        begun.append(1)
        with really():
            yield

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(committer.transaction, "atomic", counted)
        cycle(worker, at=LATER)

    assert (len(begun), len(sent), statuses()) == (1, 6, ["sent"] * 3 + ["sending"] * 3)


@contextmanager
def commit_fails(*, is_taken):
    """Let the next commit end with an error, after the database took it or before."""
    really = transaction.atomic

    @contextmanager
    def atomic():
        with really():
            yield
            if not is_taken:
                raise OperationalError("the connection was lost")
        raise OperationalError("the connection was lost")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(committer.transaction, "atomic", atomic)
        with pytest.raises(OperationalError):
            yield


@pytest.mark.parametrize("is_taken", [True, False])
def test_nothing_is_sent_while_the_result_of_a_commit_is_unknown(worker, sent, is_taken):
    messages(2)
    with commit_fails(is_taken=is_taken):
        cycle(worker)
    assert sent == []

    cycle(worker, at=LATER)
    cycle(worker, at=LATER)

    assert len(sent) == 2
    assert list(Message.objects.values_list("status", "attempts")) == [("sending", 1)] * 2
    began_at = NOW if is_taken else LATER
    assert {claim.began_at for claim in sent} == {began_at}


def test_a_doubtful_claim_keeps_the_age_that_it_has(worker, sent):
    messages(1)
    with commit_fails(is_taken=True):
        cycle(worker, watch=(watch := Stopwatch()))

    cycle(worker, at=LATER)

    assert [claim.watch is watch for claim in sent] == [True]


def test_a_doubtful_claim_that_another_gave_up_meanwhile_is_not_sent(worker, sent):
    (message,) = messages(1)
    with commit_fails(is_taken=True):
        cycle(worker)
    Message.objects.filter(pk=message.pk).update(status="unconfirmed")

    cycle(worker, at=LATER)

    assert sent == []


@pytest.mark.parametrize("is_taken", [True, False])
def test_outcomes_are_kept_until_a_commit_is_known(worker, sent, is_taken):
    messages(2)
    cycle(worker)
    answer(worker, sent)
    with commit_fails(is_taken=is_taken):
        cycle(worker)

    cycle(worker, at=LATER)

    assert statuses() == ["sent", "sent"]
    histories = [
        list(message.status_changes.order_by("id").values_list("status", flat=True))
        for message in Message.objects.all()
    ]
    assert histories == [["queued", "sending", "sent"]] * 2


def test_a_statement_that_fails_for_a_row_is_given_up_for_the_long_way(
    worker, sent, monkeypatch, caplog
):
    messages(3)
    cycle(worker)
    answer(worker, sent)

    def broken(*_arguments, **_more):
        raise DataError("invalid input")

    monkeypatch.setattr(committer, "write_and_claim", broken)
    cycle(worker, at=LATER)

    assert statuses() == ["sent"] * 3
    assert "a shared commit failed" in caplog.text


def test_claims_go_the_long_way_when_the_statement_fails(worker, sent, monkeypatch):
    messages(3)

    def broken(*_arguments, **_more):
        raise DataError("invalid input")

    monkeypatch.setattr(committer, "write_and_claim", broken)
    cycle(worker)

    assert (len(sent), statuses()) == (3, ["sending"] * 3)


def test_one_id_for_two_messages_is_kept_by_the_first(worker, sent):
    messages(2)
    cycle(worker)
    for claim in sent:
        worker.finished(claim, Outcome(accepted("mt-1")))

    cycle(worker, at=LATER)

    assert list(Message.objects.order_by("id").values_list("status", "provider_message_id")) == [
        ("sent", "mt-1"),
        ("sent", None),
    ]


def test_an_outcome_that_pauses_sending_is_written_before_more_is_claimed(worker, sent):
    messages(4)
    cycle(worker)
    answer(worker, sent[:1], error=errors.error_for("1102"))
    answer(worker, sent[1:])

    cycle(worker, at=LATER)

    assert circuit_breaker.current_trip().code == "1102"
    assert (len(sent), statuses()) == (3, ["queued", "sent", "sent", "queued"])


def test_a_paused_queue_is_probed_and_resumed(worker, sent):
    messages(4)
    circuit_breaker.open_breaker(reason=Reason("1102"), message=None, at=NOW)

    cycle(worker, at=NOW + timedelta(minutes=2))
    assert [claim.is_probe for claim in sent] == [True]

    answer(worker, sent)
    cycle(worker, at=NOW + timedelta(minutes=2))
    cycle(worker, at=NOW + timedelta(minutes=2))
    assert (circuit_breaker.current_trip(), len(sent)) == (None, 4)


def test_a_committer_that_is_stopped_claims_nothing_and_writes_what_comes(worker, sent):
    messages(4)
    cycle(worker)
    worker.stop()
    answer(worker, sent)

    worker.run()

    assert (len(sent), statuses()) == (3, ["sent"] * 3 + ["queued"])


def test_many_workers_send_each_message_once_and_keep_the_order_of_each_conversation(settings):
    settings.OUTBOX_MAX_AGE = timedelta(days=36500).total_seconds()
    numbers = [
        make_did(f"8615000000{turn}", label=str(turn), max_per_second=1000) for turn in range(4)
    ]
    for number in numbers:
        for turn in range(20):
            make_outbound(
                make_conversation(number, phone=f"3460000000{turn % 5}"),
                f"{turn}",
                at=NOW + timedelta(milliseconds=turn),
            )
    order, lock = [], threading.Lock()

    def work(name):
        with ThreadPoolExecutor(4) as senders:

            def send(claim):
                with lock:
                    order.append(claim)
                worker.finished(claim, Outcome(accepted(f"mt-{claim.message_id}")))

            worker = Committer(
                worker=name, concurrency=4, hand_over=lambda claim: senders.submit(send, claim)
            )
            while Message.objects.exclude(status="sent").exists():
                worker.cycle()
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, ["w1", "w2", "w3", "w4"]))

    assert sorted(claim.message_id for claim in order) == sorted(
        Message.objects.values_list("pk", flat=True)
    )
    for thread in {(claim.sender, claim.phone) for claim in order}:
        texts = [int(claim.content) for claim in order if (claim.sender, claim.phone) == thread]
        assert texts == sorted(texts)
