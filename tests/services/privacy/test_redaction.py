"""A hidden text is gone from every row and file, also when it arrives again."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote_plus

import pytest
from django.apps import apps
from django.db import connection

from messaging.models import Conversation, Draft, Message, Note, Push
from messaging.nxcloud.push import PushEnvelope
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.conversations.drafts import save_draft, store_draft
from messaging.services.conversations.notes import add_note
from messaging.services.errors import ClientIdConflict, InvalidInput, WrongState
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.privacy.redaction import hide_text, redact_message
from messaging.services.pushes import hidden_spool_files, spool
from messaging.services.pushes.hidden_pushes import FLAG
from messaging.services.receipts.orphans import rematch_orphans
from messaging.services.receiving import receive
from messaging.services.receiving.fast_path.entry import take_in_quickly
from messaging.services.receiving.record import record_push
from messaging.services.receiving.replay import replay_push
from messaging.services.search.indexing import index_waiting
from tests.factories import (
    DID,
    NOW,
    PHONE,
    form_envelope,
    inbound_envelope,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
    receipt_envelope,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
]
LATER = NOW + timedelta(minutes=1)
SECRET = "My card is 4111 1111 1111 1111, ñandú 😀"
MARKS = ("4111 1111", "4111+1111", "4111%201111", "ñandú")


@pytest.fixture(autouse=True)
def look_again(monkeypatch):
    monkeypatch.setattr(hidden_spool_files._Turn, "next_at", 0.0)
    receive.bypass.reset()
    yield
    receive.bypass.reset()


@pytest.fixture(autouse=True)
def _on_commit_at_once(monkeypatch):
    """What a commit would start is started at once: these tests never commit."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda call, **_more: call())


def hide(message, content="(gone)"):
    return redact_message(message=message, content=content, by=make_user(), at=NOW)


def signed(action, **fields):
    return PushEnvelope(
        raw_body=json.dumps(fields).encode(),
        content_type="application/json",
        is_signed=True,
        action=action,
        remote_addr="192.0.2.1",
        received_at=LATER,
    )


def places_with(marks, var_dir):
    """Every column, index entry and file of this node in which one of some texts can be read."""
    found = set()
    for model in apps.get_models(include_auto_created=True):
        for row in model._default_manager.values():
            for column, value in row.items():
                raw = bytes(value) if isinstance(value, memoryview | bytes) else b""
                text = raw.decode("utf-8", "replace") or str(value)
                text += raw.decode("unicode_escape", "replace") if raw else ""
                if any(mark in text or quote_plus(mark) in text for mark in marks):
                    found.add(f"{model._meta.model_name}.{column}")
    for path in var_dir.rglob("*"):
        if path.is_file() and any(
            mark.encode() in path.read_bytes() or quote_plus(mark).encode() in path.read_bytes()
            for mark in marks
        ):
            found.add(path.name)
    return found


# --- What is there already ---


def test_a_reaction_that_quotes_a_hidden_text_is_hidden_with_it(var_dir):
    message = make_outbound(content=SECRET, status="delivered")
    reaction = make_inbound(content=f"Loved “{SECRET}”")

    hide(message)

    reaction.refresh_from_db()
    assert (reaction.reaction.target_id, reaction.content) == (message.pk, "(gone)")
    assert places_with(MARKS, var_dir) == set()


def test_a_hidden_text_is_gone_from_every_row(var_dir):
    user, did = make_user(), make_did()
    make_inbound(did, content=SECRET, message_id="mo-1")
    make_inbound(did, content=SECRET, message_id="mo-1")
    message = Message.objects.get()
    conversation = message.conversation
    record_push(envelope=inbound_envelope(content=SECRET, message_id="mo-1", phone="34699999999"))
    store_draft(conversation=conversation, user=user, reply=f"> {SECRET}\nYes", note=SECRET)
    add_note(conversation=conversation, author=user, content=f"They wrote: {SECRET}", at=NOW)
    record_opt_out(conversation=conversation, at=NOW, message=message, by=user)
    index_waiting()
    assert places_with(MARKS, var_dir) == {
        "conversation.last_preview",
        "draft.note",
        "draft.reply",
        "message.content",
        "message.search_text",
        "note.content",
        "note.search_text",
        "push.raw_body",
    }

    hide(message)
    index_waiting()

    assert places_with(MARKS, var_dir) == set()
    draft, note = Draft.objects.get(), Note.objects.get()
    assert (draft.reply, draft.note) == ("> (gone)\nYes", "(gone)")
    assert note.content == "They wrote: (gone)"
    assert [push.outcome for push in Push.objects.order_by("id")] == [
        "applied",
        "duplicate",
        "quarantined",
    ]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the index of SQLite")
def test_a_hidden_text_is_gone_from_the_index():
    message = make_inbound(content=SECRET)
    index_waiting()

    hide(message)
    index_waiting()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM messaging_message_fts WHERE messaging_message_fts MATCH '1111'"
        )
        assert cursor.fetchone() == (0,)


def test_a_short_text_is_not_looked_for_in_drafts_and_notes():
    message = make_inbound(content="Yes")
    store_draft(conversation=message.conversation, user=make_user(), reply="Yes, and no.")

    hide(message)

    assert Draft.objects.get().reply == "Yes, and no."


def test_what_was_sent_again_with_the_same_text_is_hidden_with_it(var_dir):
    conversation = make_conversation()
    first = make_outbound(conversation, SECRET, status="failed")
    second = make_outbound(conversation, SECRET, status="failed", resend_of=first)
    third = make_outbound(
        conversation, SECRET, status="sent", resend_of=second, provider_message_id="mt-3"
    )
    other = make_outbound(conversation, "Another text", status="sent")

    hide(second)

    assert places_with(MARKS, var_dir) == set()
    assert [row.content for row in Message.objects.order_by("id")] == ["(gone)"] * 3 + [
        other.content
    ]
    record_push(envelope=receipt_envelope(message_id="mt-3", content=SECRET, at=LATER))
    third.refresh_from_db()
    assert third.status == "delivered"
    assert places_with(MARKS, var_dir) == set()


def test_a_text_that_is_about_to_be_sent_again_is_not_hidden_yet():
    first = make_outbound(content=SECRET, status="failed")
    make_outbound(first.conversation, SECRET, resend_of=first)

    with pytest.raises(WrongState):
        hide_text(message=first, content="(gone)", by=make_user(), at=NOW)

    first.refresh_from_db()
    assert (first.content, first.redacted_at) == (SECRET, None)


@pytest.mark.parametrize("text", ["", " \n", "x" * 1001], ids=["empty", "blank", "too long"])
def test_a_replacement_that_cannot_be_shown_is_refused(text):
    message = make_inbound(content=SECRET)

    with pytest.raises(InvalidInput):
        hide_text(message=message, content=text, by=make_user(), at=NOW)


@pytest.mark.parametrize("text", [SECRET, f" {SECRET}\n"], ids=["same", "spaces around"])
def test_a_replacement_that_hides_nothing_is_refused(text):
    message = make_inbound(content=SECRET)

    with pytest.raises(InvalidInput) as refusal:
        hide_text(message=message, content=text, by=make_user(), at=NOW)

    message.refresh_from_db()
    assert (refusal.value.code, message.redacted_at) == ("unchanged", None)


def test_a_replacement_may_be_given_again():
    message = make_inbound(content=SECRET)
    ana = make_user()
    hidden = hide_text(message=message, content="[card]", by=ana, at=NOW)

    again = hide_text(message=hidden, content="[card]", by=ana, at=LATER)

    assert again.content == "[card]"


def test_hidden_twice_the_first_text_is_still_recognized():
    message = make_inbound(content=SECRET, message_id="mo-1")
    hide(message, "My card is ••••")
    hide(message, "(gone)")

    push = record_push(envelope=inbound_envelope(content=SECRET, message_id="mo-1"))

    assert (push.outcome, Message.objects.get().content) == ("duplicate", "(gone)")


# --- What arrives again ---


@pytest.mark.parametrize(
    "repeat",
    [
        pytest.param(lambda: inbound_envelope(content=SECRET, message_id="mo-1"), id="form"),
        pytest.param(
            lambda: signed(
                "mo", messageId="mo-1", toPhone=DID, fromPhone=PHONE, content=SECRET, size=2,
                note=SECRET,
            ),
            id="signed, with an unknown field",
        ),
        pytest.param(
            lambda: inbound_envelope(content=f" {SECRET}\r\n", message_id="mo-1"), id="spaces"
        ),
    ],
)  # fmt: skip
def test_a_repeated_push_is_a_duplicate_and_is_kept_without_the_text(repeat, var_dir):
    hide(make_inbound(content=SECRET, message_id="mo-1"))

    assert not take_in_quickly(envelope=repeat())
    push = record_push(envelope=repeat())

    assert (push.outcome, FLAG in push.flags) == ("duplicate", True)
    assert b"mo-1" in bytes(push.raw_body)
    assert places_with(MARKS, var_dir) == set()


def test_a_repeated_push_without_an_id_is_a_duplicate_too(var_dir):
    without_id = form_envelope(
        at=NOW, toPhone=DID, fromPhone=PHONE, content=SECRET, receiveTime="2026-11-22 17:00:00"
    )
    make_did()
    message = record_push(envelope=without_id).message
    guessable = message.dedup_key
    hide(message)

    push = record_push(envelope=without_id)

    assert (push.outcome, push.message, Message.objects.count()) == ("duplicate", message, 1)
    assert places_with((*MARKS, guessable), var_dir) == set()


def test_another_text_under_the_id_of_a_hidden_one_is_kept_in_quarantine():
    hide(make_inbound(content=SECRET, message_id="mo-1"))

    push = record_push(envelope=inbound_envelope(content="See you at 5", message_id="mo-1"))

    assert (push.outcome, push.reason) == ("quarantined", "id_conflict")
    assert b"See+you" in bytes(push.raw_body)


@pytest.mark.parametrize(
    "repeat",
    [
        pytest.param(
            lambda: inbound_envelope(content=SECRET, message_id="mo-1", phone="34699999999"),
            id="other numbers",
        ),
        pytest.param(
            lambda: PushEnvelope(
                raw_body=(
                    f"messageId=mo-1&content={quote_plus(SECRET)}&content=x"
                    f"&toPhone={DID}&fromPhone={PHONE}"
                ).encode(),
                content_type="",
                is_signed=False,
                action="",
                remote_addr="",
                received_at=LATER,
            ),
            id="a field twice",
        ),
    ],
)
def test_a_quarantined_repeat_is_kept_without_the_text(repeat, var_dir):
    hide(make_inbound(content=SECRET, message_id="mo-1"))

    push = record_push(envelope=repeat())

    assert push.outcome == "quarantined"
    assert places_with(MARKS, var_dir) == set()
    assert replay_push(push=push, at=LATER).outcome == "quarantined"


def test_a_broken_push_that_lies_in_quarantine_loses_the_text(var_dir):
    make_did()
    broken = f'{{"content": "{SECRET}", "toPhone": '.encode()
    push = record_push(envelope=PushEnvelope(broken, "application/json", True, "mo", "", NOW))
    assert push.reason == "not_json"

    hide(make_inbound(content=SECRET, message_id="mo-1"))

    assert places_with(MARKS, var_dir) == set()


def test_the_receipt_of_a_hidden_text_is_applied_and_kept_without_it(var_dir):
    message = make_outbound(content=SECRET, status="sent", provider_message_id="mt-1")
    hide(message)

    push = record_push(envelope=receipt_envelope(message_id="mt-1", content=SECRET, at=LATER))

    message.refresh_from_db()
    assert (push.outcome, message.status, message.content) == ("applied", "delivered", "(gone)")
    assert places_with(MARKS, var_dir) == set()


def test_a_hidden_unconfirmed_message_heals_by_its_receipt(var_dir):
    message = make_outbound(content=SECRET, status="unconfirmed")
    hide(message)

    push = record_push(envelope=receipt_envelope(message_id="mt-1", content=SECRET, at=LATER))

    message.refresh_from_db()
    assert (push.outcome, message.status) == ("applied", "delivered")
    assert message.provider_message_id == "mt-1"
    assert places_with(MARKS, var_dir) == set()


def test_a_receipt_with_another_text_does_not_heal_a_hidden_message():
    message = make_outbound(content=SECRET, status="unconfirmed")
    hide(message)

    push = record_push(envelope=receipt_envelope(message_id="mt-1", content="(gone)", at=LATER))

    message.refresh_from_db()
    assert (push.outcome, message.status) == ("orphan", "unconfirmed")


def test_an_orphan_that_waited_while_its_text_was_hidden_heals_it_all_the_same(var_dir):
    message = make_outbound(content=SECRET, status="sending")
    orphan = record_push(envelope=receipt_envelope(message_id="mt-1", content=SECRET, at=LATER))
    assert orphan.outcome == "orphan"
    Message.objects.filter(pk=message.pk).update(status="unconfirmed")
    hide(message)
    assert places_with(MARKS, var_dir) == set()

    assert rematch_orphans(since=NOW, at=LATER) == 1

    message.refresh_from_db()
    orphan.refresh_from_db()
    assert (message.status, orphan.outcome) == ("delivered", "applied")


def test_an_orphan_with_a_hidden_text_is_kept_without_it_and_bound_later(var_dir):
    message = make_outbound(content=SECRET, status="sending")
    hide(message)  # the service's own callers may; the page and the API refuse

    orphan = record_push(envelope=receipt_envelope(message_id="mt-1", content=SECRET, at=LATER))

    assert orphan.outcome == "orphan"
    assert places_with(MARKS, var_dir) == set()
    Message.objects.filter(pk=message.pk).update(status="unconfirmed")
    assert rematch_orphans(since=NOW, at=LATER) == 1
    message.refresh_from_db()
    assert message.status == "delivered"


def test_our_hidden_text_that_comes_back_as_downstream_is_a_receipt(var_dir):
    hide(make_outbound(content=SECRET, status="unconfirmed"))

    push = record_push(
        envelope=form_envelope(
            at=LATER, messageId="x-1", type="1", toPhone=DID, fromPhone=PHONE, content=SECRET,
            smsStatus="DELIVRD",
        )
    )  # fmt: skip

    assert (push.kind, push.outcome) == ("receipt", "applied")
    assert places_with(MARKS, var_dir) == set()


def test_a_reaction_that_quotes_a_hidden_text_is_kept_without_it(var_dir):
    message = make_inbound(content=SECRET)
    hide(message)
    reaction = inbound_envelope(content=f"Loved “{SECRET}”", message_id="mo-2", at=LATER)

    pushes = [record_push(envelope=reaction), record_push(envelope=reaction)]

    assert [push.outcome for push in pushes] == ["applied", "duplicate"]
    assert pushes[0].message.reaction.target == message
    assert Conversation.objects.get().last_preview == "(gone)"
    assert places_with(MARKS, var_dir) == set()


# --- The spool ---


def test_a_spooled_repeat_is_gone_once_it_is_drained(var_dir):
    hide(make_inbound(content=SECRET, message_id="mo-1"))
    spool.spool_push(inbound_envelope(content=SECRET, message_id="mo-1"))
    spool.spool_push(receipt_envelope(content=SECRET, message_id="mt-unknown"))
    hide(make_outbound(content=SECRET, status="unconfirmed"))

    receive.drain()

    assert places_with(MARKS, var_dir) == set()


def set_aside_file(envelope):
    path = spool.spool_push(envelope)
    folder = path.parent / spool.SPOILED
    folder.mkdir(exist_ok=True)
    return path.rename(folder / path.name)


def test_a_file_set_aside_loses_the_text_and_keeps_the_rest(var_dir):
    path = set_aside_file(inbound_envelope(content=SECRET, message_id="mo-12345"))
    other = set_aside_file(inbound_envelope(content="Another text", message_id="mo-2"))
    before = other.read_bytes()
    for message_id, text in (("mo-12345", SECRET), ("mo-3", f"{SECRET} And more")):
        spoiled = set_aside_file(inbound_envelope(content=text, message_id=message_id))
        spoiled.write_bytes(spoiled.read_bytes()[:-3])

    hide(make_inbound(content=SECRET, message_id="mo-12345"))

    assert places_with(MARKS, var_dir) == set()
    assert other.read_bytes() == before
    kept = PushEnvelope.from_spool_bytes(path.read_bytes())
    assert b"mo-12345" in kept.raw_body
    assert record_push(envelope=kept, spool_name=path.name).outcome == "duplicate"


@pytest.mark.parametrize(
    "envelope",
    [
        pytest.param(lambda: inbound_envelope(content=SECRET, message_id="mo-1"), id="by its id"),
        pytest.param(
            lambda: receipt_envelope(content=SECRET, message_id="mt-new"), id="by its text"
        ),
    ],
)
def test_a_file_that_is_set_aside_afterwards_loses_the_text_too(envelope, var_dir):
    hide(make_inbound(content=SECRET, message_id="mo-1"))
    hide(make_outbound(content=SECRET, status="sent", provider_message_id="mt-1"))
    set_aside_file(envelope())

    assert hidden_spool_files.hide_in_new_files_set_aside() == 1

    assert places_with(MARKS, var_dir) == set()


# --- The same text from us ---


def test_a_client_id_is_compared_with_the_text_that_was_hidden():
    user, conversation = make_user(), make_conversation()
    new = NewMessage(content=SECRET, client_id="c-1")
    message, _new = queue_message(new, conversation=conversation, user=user, at=NOW)
    hide(message)

    again, is_new = queue_message(new, conversation=conversation, user=user, at=NOW)

    assert (again.pk, is_new) == (message.pk, False)
    other = replace(new, content="Another text")
    with pytest.raises(ClientIdConflict):
        queue_message(other, conversation=conversation, user=user, at=NOW)


def test_a_late_draft_of_a_text_that_was_sent_and_hidden_is_not_kept(var_dir):
    user, conversation = make_user(), make_conversation()
    message, _new = queue_message(
        NewMessage(content=SECRET, client_id="c-1"), conversation=conversation, user=user, at=NOW
    )
    hide(message)

    kept = save_draft(
        conversation=conversation,
        user=user,
        texts={"reply": SECRET},
        client_ids={"reply": "c-1"},
    )

    assert kept.taken == {"reply"}
    assert places_with(MARKS, var_dir) == set()


# --- Keys ---


def test_a_former_key_still_recognizes_what_was_hidden_under_it(settings):
    message = make_outbound(content=SECRET, status="unconfirmed")
    hide(message)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, just as long as it must be"

    record_push(envelope=receipt_envelope(message_id="mt-1", content=SECRET, at=LATER))

    message.refresh_from_db()
    assert message.status == "delivered"


def test_a_push_without_an_id_is_recognized_under_a_former_key(settings):
    without_id = form_envelope(at=NOW, toPhone=DID, fromPhone=PHONE, content=SECRET)
    make_did()
    hide(record_push(envelope=without_id).message)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, just as long as it must be"

    assert record_push(envelope=without_id).outcome == "duplicate"


@pytest.fixture(params=["hidden before the upgrade", "hidden under a key that is lost"])
def make_unknown(request, settings):
    def forget(message):
        if request.param == "hidden before the upgrade":
            Message.objects.filter(pk=message.pk).update(text_digest=None)
        else:
            settings.SECRET_KEY = "another key, just as long as it must be"

    return forget


def test_without_a_digest_the_id_alone_makes_a_repeat(make_unknown, var_dir):
    message = make_inbound(content=SECRET, message_id="mo-1")
    hide(message)
    make_unknown(message)

    push = record_push(envelope=inbound_envelope(content=SECRET, message_id="mo-1"))

    assert (push.outcome, push.message) == ("duplicate", message)
    assert places_with(MARKS, var_dir) == set()


def test_without_a_digest_a_receipt_is_applied_by_its_id(make_unknown, var_dir):
    message = make_outbound(content=SECRET, status="sent", provider_message_id="mt-1")
    hide(message)
    make_unknown(message)

    push = record_push(envelope=receipt_envelope(message_id="mt-1", content=SECRET, at=LATER))

    assert (push.outcome, push.message) == ("applied", message)
    assert places_with(MARKS, var_dir) == set()


def test_without_a_digest_a_receipt_is_not_bound_by_its_text(make_unknown):
    message = make_outbound(content=SECRET, status="unconfirmed")
    hide(message)
    make_unknown(message)

    push = record_push(envelope=receipt_envelope(message_id="mt-1", content=SECRET, at=LATER))

    message.refresh_from_db()
    assert (push.outcome, message.status) == ("orphan", "unconfirmed")


def test_the_digest_says_nothing_without_the_key():
    first, second = make_inbound(content=SECRET), make_inbound(content=SECRET)

    hide(first)
    hide(second)

    first.refresh_from_db()
    name, _, digest = first.text_digest.partition(":")
    assert (len(name), len(digest)) == (8, 64)
    assert second.pk != first.pk
