"""The migration that turns the English sentences of earlier versions into codes with facts."""

from __future__ import annotations

import pytest

from messaging.migrations._old_sentences import KNOWN_CODES, SENTENCES, facts_of
from messaging.models import (
    CircuitBreakerTrip,
    ConversationEvent,
    Message,
    OptOut,
    Push,
    StatusChange,
)
from messaging.reasons import WORDINGS
from messaging.services.history.conversation_events import EVENTS as EVENTS_BY_KIND
from messaging.services.history.conversation_events import event_of
from tests.factories import NOW
from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0061_status_change_code")
#: What stood in a message: status, NXCloud's code, sentence, code; and what stands there now.
MESSAGES = [
    ("failed", "12002", "The number that it should go out from does not belong to this account.",
     "12002", "12002", None),
    ("failed", "4711", "Quota of the day exceeded", "4711",
     "4711", {"words": "Quota of the day exceeded"}),
    ("failed", "4711", "The provider refused it with the code 4711.", "4711", "4711", None),
    ("failed", "", "The provider refused it (HTTP 422).", "refused",
     "refused", {"http_status": 422}),
    ("queued", "", "The provider could not be reached; nothing was sent.", "unreachable",
     "unreachable", None),
    ("queued", "1003", "The provider does not let us in: check the account, the keys and the"
     " allowed addresses.", "1003", "access_denied", None),
    ("unconfirmed", "", "The program stopped while it was being sent: it may have been sent.",
     "worker_lost", "worker_lost", None),
    ("unconfirmed", "0", "The provider's answer contradicts itself: it is not known whether it was"
     " sent.", "no_answer", "contradictory_answer", None),
    ("canceled", "", "Canceled by tom.", "canceled", "canceled", {"by": "tom"}),
    ("canceled", "", "", None, None, None),
    ("blocked", "", "Words that nobody knows any more.", "other",
     "other", {"text": "Words that nobody knows any more."}),
    ("delivered", "0", "", None, None, None),
]  # fmt: skip
#: What stood in its history: status, sentence, code; and what stands there now.
HISTORY = [
    ("queued", "", None, None, None),
    ("queued", "Changed by ana.", None, "changed", {"by": "ana"}),
    ("queued", "Changed by a. b.", None, "changed", {"by": "a. b"}),
    ("queued", "The provider is busy; it will be tried again.", None, "busy", None),
    ("queued", "The provider could not be reached; nothing was sent. ConnectionRefusedError: no",
     "unreachable", "unreachable", {"words": "ConnectionRefusedError: no"}),
    ("failed", "The recipient's number is not a phone number. No such number", None,
     "9006", {"words": "No such number"}),
    ("failed", "Destination closed", "31337", "31337", {"words": "Destination closed"}),
    ("failed", "Nobody knows", None, "text", {"text": "Nobody knows"}),
    ("sent", "Accepted without an id.", None, "accepted_without_id", None),
    ("sent", "NXCloud reported BUFFERED.", None, "reported", {"status": "BUFFERED"}),
    ("sent", "NXCloud reported no status.", None, "reported", None),
    ("delivered", "Contradiction: NXCloud also reported UNDELIVR.", None,
     "contradiction", {"status": "UNDELIVR"}),
    ("delivered", "The receipt had come at 2026-11-22 09:00:05 UTC.", None,
     "early_receipt", {"received_at": "2026-11-22T09:00:05+00:00"}),
    ("undelivered", "The receipt had come at 2026-11-22 09:00:05 UTC.", "not_delivered",
     "not_delivered", {"received_at": "2026-11-22T09:00:05+00:00"}),
    ("undelivered", "", None, "not_delivered", None),
]  # fmt: skip
PAUSES = [
    ("1102", "The account's balance is used up: top it up with the provider.", "1102", None),
    ("unreachable", "NXCloud cannot be reached: The provider could not be reached; nothing was"
     " sent.", "unreachable", None),
    ("clock", "The provider says that our clock is wrong.", "clock", None),
    ("http_403", "The provider does not let us in: check the account, the keys and the allowed"
     " addresses.", "access_denied", None),
    ("misconfigured", "The provider's address or the access key is not written rightly.",
     "malformed_address", None),
    ("1", "x", "1", {"text": "x"}),
]  # fmt: skip

#: What stood beside an event: kind, whether a person did it, detail; and what stands there now.
EVENTS = [
    ("closed", True, "", None),
    ("snoozed", True, "2026-11-23T09:00:00+00:00", {"until": "2026-11-23T09:00:00+00:00"}),
    ("snoozed", True, "tomorrow", {"text": "tomorrow"}),
    ("labeled", True, "all", {"label": "all"}),
    ("unlabeled", True, "VIP", {"label": "VIP"}),
    ("renamed", True, "Ana María", {"name": "Ana María"}),
    ("opted_out", False, "", None),
    ("opted_out", True, "all", {"is_for_all_numbers": True}),
    ("blocked", True, "all", {"is_for_all_numbers": True}),
    ("opted_in", False, "They wrote START.", {"keyword": "START"}),
    ("opted_in", True, "They wrote START.", {"reason": "They wrote START."}),
    ("dealt_with", True, "42", {"message_id": 42}),
    ("number_changed", False, "1 → 2", {"words": "1 → 2"}),
]


def test_every_old_sentence_is_told_by_the_table_of_today():
    assert {*SENTENCES.values(), *KNOWN_CODES} <= set(WORDINGS)
    assert all(facts_of(sentence) is not None for sentence in SENTENCES)


def test_a_sentence_that_is_none_of_ours_is_not_recognised():
    assert facts_of("") is None
    assert facts_of("The receipt had come at some time UTC.") is None
    assert facts_of("The contact opted out before it was sent") is None


def _fill(old):
    did = old.get_model("messaging", "DidNumber").objects.create(number="8615088888888")
    contact = old.get_model("messaging", "Contact").objects.create(
        phone="34612345678", phone_key="34612345678", created_at=NOW
    )
    conversation = old.get_model("messaging", "Conversation").objects.create(
        did_number=did, contact=contact, last_activity_at=NOW
    )
    for status, provider_code, error, code, _new, _facts in MESSAGES:
        message = old.get_model("messaging", "Message").objects.create(
            conversation=conversation,
            did_number=did,
            direction="outbound",
            status=status,
            content="Hello",
            created_at=NOW,
            provider_code=provider_code,
            error=error,
            error_code=code,
            queued_at=NOW,
            not_before=NOW,
            attempt_started_at=NOW,
        )
    for status, detail, code, _new, _facts in HISTORY:
        old.get_model("messaging", "StatusChange").objects.create(
            message=message, status=status, at=NOW, detail=detail, code=code
        )
    ana = old.get_model("auth", "User").objects.create(username="ana")
    for kind, has_actor, detail, _facts in EVENTS:
        old.get_model("messaging", "ConversationEvent").objects.create(
            conversation=conversation,
            kind=kind,
            actor=ana if has_actor else None,
            detail=detail,
            at=NOW,
        )
    for by in (ana, None):
        old.get_model("messaging", "OptOut").objects.create(
            contact=contact,
            created_at=NOW,
            ended_at=NOW,
            ended_by=by,
            end_reason="They wrote START.",
        )
    old.get_model("messaging", "Push").objects.create(
        received_at=NOW, raw_body=b"{", outcome="quarantined", reason="exception KeyError"
    )
    for code, reason, _new, _facts in PAUSES:
        old.get_model("messaging", "QueuePause").objects.create(
            code=code,
            reason=reason,
            mender="administrator",
            began_at=NOW,
            next_trial_at=NOW,
            ended_at=NOW,
        )


@pytest.mark.nightly
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_stored_sentences_become_codes_with_facts():
    old = migrate(BEFORE)
    try:
        _fill(old)
    finally:
        migrate()

    messages = Message.objects.order_by("pk").values_list("error_code", "error_facts")
    history = StatusChange.objects.order_by("pk").values_list("code", "facts")
    pauses = CircuitBreakerTrip.objects.order_by("pk").values_list("code", "facts")
    events = ConversationEvent.objects.order_by("pk")
    opt_outs = OptOut.objects.order_by("pk").values_list("end_reason", "end_keyword")
    assert list(events.values_list("facts", flat=True)) == [facts for *_old, facts in EVENTS]
    assert all(isinstance(event_of(event), EVENTS_BY_KIND[event.kind]) for event in events)
    assert list(opt_outs) == [("They wrote START.", ""), ("", "START")]
    assert list(Push.objects.values_list("reason", "exception")) == [("exception", "KeyError")]
    assert list(messages) == [(code, facts) for *_old, code, facts in MESSAGES]
    assert list(history) == [(code, facts) for *_old, code, facts in HISTORY]
    assert list(pauses) == [(code, facts) for *_old, code, facts in PAUSES]


@pytest.mark.nightly
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_portions_are_filled_one_after_the_other_and_twice_gives_the_same(monkeypatch):
    from importlib import import_module

    filling = import_module("messaging.migrations.0081_fill_facts")
    monkeypatch.setattr(filling, "AT_ONCE", 2)
    old = migrate(BEFORE)
    try:
        _fill(old)
        filled = migrate(("messaging", "0081_fill_facts"))
        once = list(filled.get_model("messaging", "StatusChange").objects.order_by("pk").values())
        filling.fill(filled, None)
        again = list(filled.get_model("messaging", "StatusChange").objects.order_by("pk").values())
    finally:
        migrate()

    assert once == again
    assert [(row["code"], row["facts"]) for row in once] == [
        (code, facts) for *_old, code, facts in HISTORY
    ]
