"""A mail goes out once, whichever process sends it, and one that fails is tried again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.db import connection

from messaging.models import Mailing, Notification, StaffSettings
from messaging.nxcloud import errors
from messaging.reasons import Reason
from messaging.services.mail.once import CLAIM_LASTS, MailClaim, claim_mail, mail_once
from messaging.services.operations.prune import prune
from messaging.services.operations.quarantine_alert import watch_quarantine
from messaging.services.receiving.record import record_push
from messaging.services.sending import circuit_breaker
from messaging.services.team import email_notifications
from messaging.services.team.email_notifications import email_what_waits
from tests.factories import (
    NOW,
    inbound_envelope,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)
from tests.services.sending.scripted_client import Client, send_turn

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Server:
    """A mail server that refuses as often as it was told, then takes every mail."""

    def __init__(self, *, refusals=0):
        self.refusals = refusals
        self.asked = 0
        self.taken = 0

    def __call__(self):
        self.asked += 1
        if self.refusals:
            self.refusals -= 1
            raise OSError("no mail server")
        self.taken += 1
        return True


def minutes(count):
    return timedelta(minutes=count)


def test_a_mail_is_sent_once():
    server = Server()

    sent = [
        mail_once(key="pause:1", deliver=server, at=NOW + minutes(turn)) for turn in (0, 1, 9000)
    ]

    assert (sent, server.taken) == ([True, False, False], 1)


def test_another_mail_about_the_same_may_follow_after_a_while():
    server = Server()
    send = partial(mail_once, key="quarantine", deliver=server, again_after=minutes(60))

    sent = [send(at=NOW + minutes(turn)) for turn in (0, 1, 59, 60, 61)]

    assert sent == [True, False, False, True, False]


def test_a_mail_that_fails_is_tried_again_after_longer_and_longer():
    server = Server(refusals=8)
    tried_at = []
    for minute in range(400):
        before = server.asked
        mail_once(key="pause:1", deliver=server, at=NOW + minutes(minute))
        if server.asked > before:
            tried_at.append(minute)

    assert (tried_at, server.taken) == ([0, 1, 3, 7, 15, 31, 63, 123, 183], 1)


def test_a_mail_that_nobody_would_get_is_not_lost():
    listeners = []

    def deliver():
        return bool(listeners)

    assert not mail_once(key="pause:1", deliver=deliver, at=NOW)
    listeners.append("boss@example.com")

    assert mail_once(key="pause:1", deliver=deliver, at=NOW + minutes(1))


def test_the_mail_of_a_process_that_died_is_sent_by_another_one():
    claim_mail(key="pause:1", at=NOW)
    server = Server()
    just_before = NOW + CLAIM_LASTS - timedelta(seconds=1)

    assert not mail_once(key="pause:1", deliver=server, at=just_before)
    assert mail_once(key="pause:1", deliver=server, at=NOW + CLAIM_LASTS)


class Watch:
    def __init__(self, seconds):
        self.shown = seconds

    def seconds(self):
        return self.shown


def test_a_process_that_was_stopped_for_as_long_as_its_claim_sends_nothing():
    claim = claim_mail(key="pause:1", at=NOW)
    stopped = MailClaim(claim.key, claim.until, claim.tries, Watch(CLAIM_LASTS.total_seconds()))
    server = Server()

    assert (stopped.send(server, at=NOW), server.taken) == (False, 0)


def test_a_claim_that_somebody_else_has_now_changes_nothing():
    lapsed = claim_mail(key="pause:1", at=NOW)
    claim_mail(key="pause:1", at=NOW + CLAIM_LASTS)
    before = Mailing.objects.values().get()

    lapsed.done(at=NOW)

    assert Mailing.objects.values().get() == before


@pytest.mark.django_db(transaction=True)
def test_of_eight_processes_at_once_one_sends():
    server = Server()

    def send(_number):
        try:
            return mail_once(key="pause:1", deliver=server, at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        sent = list(threads.map(send, range(8)))

    assert (sum(sent), server.taken) == (1, 1)


def mail_server_fails(monkeypatch, *, module):
    def refuse(*_arguments, **_options):
        raise OSError("no mail server")

    monkeypatch.setattr(module, "send_mail", refuse)


def test_a_pause_whose_mail_failed_is_mailed_about_later(
    monkeypatch, django_capture_on_commit_callbacks
):
    from messaging.services.mail import admin_mail

    make_user(is_staff=True, email="boss@example.com")
    make_outbound()
    with monkeypatch.context() as patched:
        mail_server_fails(patched, module=admin_mail)
        with django_capture_on_commit_callbacks(execute=True):
            send_turn(Client(errors.error_for("1102")))
    assert mail.outbox == []

    sent = [circuit_breaker.mail_about_trip(at=NOW + minutes(turn)) for turn in (0, 1, 2)]

    assert sent == [False, True, False]
    assert [(one.to, one.subject) for one in mail.outbox] == [
        (
            ["boss@example.com"],
            "[didsms] Sending is paused: The balance of the NXCloud account is used up: top it up"
            " at NXCloud.",
        )
    ]


def test_a_pause_that_is_over_is_mailed_about_no_more():
    make_user(is_staff=True, email="boss@example.com")
    circuit_breaker.open_breaker(reason=Reason("1102"), message=None, at=NOW)
    circuit_breaker.close_breaker(at=NOW)

    assert (circuit_breaker.mail_about_trip(at=NOW), mail.outbox) == (False, [])


def test_quarantined_pushes_are_mailed_once_an_hour_whichever_process_watches():
    make_user(is_staff=True, email="boss@example.com")
    told = []
    for minute in range(0, 100, 10):
        if minute in {0, 30, 70}:
            unknown = inbound_envelope(did="447700900999", at=NOW + minutes(minute))
            record_push(envelope=unknown)
        told += [watch_quarantine(at=NOW + minutes(minute)) for _process in range(2)]

    mailed = {index // 2 * 10: count for index, count in enumerate(told) if count}
    assert (mailed, len(mail.outbox)) == ({0: 1, 60: 2}, 2)


@pytest.fixture
def clerk():
    clerk = make_user("clerk", email="clerk@example.com")
    StaffSettings.objects.create(user=clerk, email_after_minutes=10)
    make_inbound(make_did(members=(clerk,)), at=NOW)
    return clerk


def test_what_waits_for_somebody_is_mailed_later_when_the_mail_server_failed(clerk, monkeypatch):

    with monkeypatch.context() as patched:
        mail_server_fails(patched, module=email_notifications)
        assert email_what_waits(at=NOW + minutes(10)) == 0
    assert not Notification.objects.exists()

    sent = [email_what_waits(at=NOW + minutes(minute)) for minute in (10, 11, 12)]

    assert (sent, [one.to for one in mail.outbox]) == ([0, 1, 0], [["clerk@example.com"]])
    assert list(Notification.objects.values_list("emailed_at", flat=True)) == [NOW + minutes(11)]


def test_somebody_whose_mail_cannot_be_written_keeps_nobody_else_from_theirs(clerk, monkeypatch):
    other = make_user("other", email="other@example.com")
    StaffSettings.objects.create(user=other, email_after_minutes=10)
    clerk.did_numbers.first().members.add(other)
    really = email_notifications._what_waits

    def what_waits(*, own, at):
        if own.user_id == clerk.pk:
            raise ZeroDivisionError
        return really(own=own, at=at)

    monkeypatch.setattr(email_notifications, "_what_waits", what_waits)
    monkeypatch.setattr(
        email_notifications, "_guard", type(email_notifications._guard)("mailing person")
    )

    assert email_what_waits(at=NOW + minutes(10)) == 1
    assert [one.to for one in mail.outbox] == [["other@example.com"]]


def test_what_was_mailed_is_forgotten_when_it_is_old_but_for_the_pause_in_force():
    mail_once(key="pause:0", deliver=Server(), at=NOW)
    mail_once(key="quarantine", deliver=Server(), at=NOW, again_after=minutes(60))
    make_user(is_staff=True, email="boss@example.com")
    pause = circuit_breaker.open_breaker(reason=Reason("1102"), message=None, at=NOW)
    circuit_breaker.mail_about_trip(at=NOW)

    prune(days=1, at=NOW + timedelta(days=2))

    assert sorted(Mailing.objects.values_list("key", flat=True)) == [
        f"pause:{pause.pk}",
        "quarantine",
    ]
