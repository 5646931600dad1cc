"""A push that no database can store as it was read is kept in quarantine, never in the spool."""

import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError

from messaging.models import Message, Push
from messaging.services.privacy.redaction import redact_message
from messaging.services.pushes import spool
from messaging.services.pushes.outcomes import PushOutcome
from messaging.services.receiving import receive, record
from messaging.services.receiving.fast_path import entry
from messaging.services.receiving.receive import Kept, receive_push
from messaging.services.receiving.record import record_push
from messaging.services.receiving.replay import replay_push
from tests.factories import NOW, inbound_envelope, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def bypass_is_off():
    receive.bypass.reset()
    yield
    receive.bypass.reset()


def caused(error, *, sqlstate):
    """An error of Django's as PostgreSQL makes it."""
    error.__cause__ = type("Cause", (Exception,), {"sqlstate": sqlstate})()
    return error


POISON = [
    pytest.param(DataError("value too long"), id="a value that does not fit"),
    pytest.param(ValueError("a NUL"), id="a text that the driver refuses"),
    pytest.param(OverflowError("too large"), id="a number that the driver refuses"),
    pytest.param(IntegrityError("check"), id="a rule of the tables"),
    pytest.param(caused(OperationalError(), sqlstate="54000"), id="more than an index takes"),
    pytest.param(caused(ProgrammingError(), sqlstate="22P02"), id="a value that is not readable"),
]
AWAY = [
    pytest.param(OperationalError("gone"), id="gone"),
    pytest.param(caused(OperationalError(), sqlstate="53100"), id="a full disk"),
    pytest.param(caused(ProgrammingError(), sqlstate="42P01"), id="not migrated yet"),
]


def fails(monkeypatch, error, *, module=record, name="body_to_keep", times=None):
    """Let something that is done outside the savepoint fail, always or so many times."""
    calls = []
    work = getattr(module, name)

    def failing(*args, **kwargs):
        calls.append(1)
        if times is None or len(calls) <= times:
            raise error
        return work(*args, **kwargs)

    monkeypatch.setattr(module, name, failing)


def fails_to_be_stored(monkeypatch, error):
    """Let a row fail that says more of a push than that it could not be used."""
    columns = PushOutcome.columns

    def failing(push_outcome, **kwargs):
        if push_outcome.outcome != Push.Outcome.QUARANTINED:
            raise error
        return columns(push_outcome, **kwargs)

    monkeypatch.setattr(PushOutcome, "columns", failing)


@pytest.mark.parametrize("error", POISON)
@pytest.mark.parametrize("fail", [fails, fails_to_be_stored])
def test_what_fails_outside_the_savepoint_is_quarantined_as_it_came(monkeypatch, fail, error):
    make_did()
    fail(monkeypatch, error)
    envelope = inbound_envelope(type="9", content="Hello")

    assert receive_push(envelope=envelope) == Kept.DATABASE

    push = Push.objects.get()
    assert (push.outcome, push.reason) == ("quarantined", f"exception {type(error).__name__}")
    assert bytes(push.raw_body) == envelope.raw_body
    assert spool.waiting_files() == []
    assert not Message.objects.exists()


@pytest.mark.parametrize("error", POISON)
def test_a_spooled_push_of_that_kind_leaves_the_spool_for_the_quarantine(monkeypatch, error):
    make_did()
    fails(monkeypatch, error)
    spool.spool_push(inbound_envelope())

    count = receive.drain()

    assert (count.recorded, count.set_aside, count.left) == (1, 0, 0)
    assert Push.objects.get().outcome == "quarantined"
    assert spool.waiting_files() == []


@pytest.mark.parametrize("error", AWAY)
@pytest.mark.parametrize("name", ["_apply", "body_to_keep"])
def test_what_may_succeed_later_waits_in_the_spool(monkeypatch, error, name):
    make_did()
    fails(monkeypatch, error, name=name)
    monkeypatch.setattr(receive, "_drop_connection", lambda: None)

    assert receive_push(envelope=inbound_envelope(type="9")) == Kept.SPOOL
    assert not Push.objects.exists()


def test_a_race_is_tried_again_before_a_push_is_quarantined(monkeypatch):
    """A number that is deleted meanwhile, say, is an error only once."""
    make_did()
    fails(monkeypatch, IntegrityError("foreign key"), times=1)

    push = record_push(envelope=inbound_envelope())

    assert push.outcome == "applied"
    assert Message.objects.count() == 1


def test_what_the_quick_way_fails_over_goes_the_long_way(monkeypatch):
    make_did()
    name = "take_in_on_sqlite" if receive.connection.vendor == "sqlite" else "take_in_on_postgresql"
    fails(monkeypatch, DataError("too long"), module=entry, name=name)

    assert receive_push(envelope=inbound_envelope()) == Kept.DATABASE
    assert Push.objects.get().outcome == "applied"


def test_a_poison_push_with_a_hidden_text_is_kept_without_it(monkeypatch):
    message = make_inbound(content="4111 1111 1111 1111", message_id="mo-1")
    redact_message(message=message, content="(gone)", by=make_user(), at=NOW)
    Push.objects.all().delete()
    fails(monkeypatch, DataError("too long"), name="evaluate")

    push = record_push(envelope=inbound_envelope(content="4111 1111 1111 1111", message_id="mo-1"))

    assert push.outcome == "quarantined"
    assert b"4111" not in bytes(push.raw_body)


def test_a_replay_that_cannot_be_stored_leaves_the_push_where_it_is(monkeypatch):
    push = record_push(envelope=inbound_envelope(did="34699999999"))
    make_did("34699999999")
    fails_to_be_stored(monkeypatch, DataError("too long"))

    again = replay_push(push=push, at=NOW)

    assert (again.outcome, again.reason) == ("quarantined", "exception DataError")
    assert again.replayed_at == NOW
    assert not Message.objects.exists()


def test_an_odd_header_does_not_keep_a_push_out():
    make_did()
    envelope = inbound_envelope()
    odd = type(envelope)(**{**vars(envelope), "content_type": "text/plain; x=\x00\ud800"})

    push = record_push(envelope=odd)

    assert (push.outcome, push.content_type) == ("applied", "text/plain; x=")
