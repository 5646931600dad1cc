"""An erased person is in no table and no file any more; what they asked for still holds."""

from __future__ import annotations

import dataclasses

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.utils import timezone

from messaging.models import (
    AuditEntry,
    Contact,
    Conversation,
    Draft,
    ExportPart,
    Message,
    Note,
    OptOut,
    Push,
)
from messaging.services.audit.chain import verify
from messaging.services.audit.record import Subject, record
from messaging.services.audit.searches import record_search
from messaging.services.contacts.contacts import edit_contact, write_memo
from messaging.services.contacts.opt_outs import end_opt_out, record_opt_out
from messaging.services.conversations.notes import add_note
from messaging.services.errors import OptedOut, WrongState
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.recipients import start_conversation
from messaging.services.privacy.erasure import (
    count_personal_data,
    erase_contact,
    finish_erasures,
)
from messaging.services.pushes.erased_spool_files import remove_files_of_erased
from messaging.services.pushes.spool import spool_folder
from messaging.services.receiving.fast_path.entry import take_in_quickly
from messaging.services.receiving.record import record_push
from messaging.services.search.indexing import index_waiting
from tests.factories import (
    NOW,
    PHONE,
    inbound_envelope,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
    receipt_envelope,
)
from tests.services.exports.files import exported
from tests.services.imports.files import imported, upload

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NAME = "Elena Quintanilla"
#: Everything that must be nowhere afterwards, as it may be written.
TELLING = [
    PHONE, "612 34 56 78", "34 612", "quintanilla", "elena", "e.q@example.com", "swahili",
    "wednesday", "moonlight", "biopsy", "allergic", "typing-this", "gold-plan", "persuaded",
]  # fmt: skip


@pytest.fixture
def boss(db):
    return make_user("boss", is_staff=True)


@pytest.fixture
def lived_in(boss, var_dir):
    """A contact about whom something is everywhere."""
    did = make_did()
    message = make_inbound(did, content="See you on wednesday")
    thread, contact = message.conversation, message.conversation.contact
    edit_contact(
        contact=contact, conversation=thread, by=boss, at=NOW, name=NAME,
        email="e.q@example.com", language="swahili", fields={"plan": "gold-plan"},
    )  # fmt: skip
    make_outbound(thread, "In the moonlight", status="sent", provider_message_id="mt-1")
    make_outbound(
        thread, "moonlight unsure", status="unconfirmed", error_facts={"text": f"for {PHONE}"}
    )
    Message.objects.get(provider_message_id="mt-1").status_changes.create(
        status="sent", at=NOW, facts={"words": f"+{PHONE}"}, trace={"answer": f"to {PHONE}"}
    )
    add_note(conversation=thread, author=boss, content="biopsy on monday", at=NOW)
    write_memo(conversation=thread, text="allergic to wasps")
    Draft.objects.create(conversation=thread, user=boss, reply="typing-this", note="biopsy")
    opt_out = record_opt_out(conversation=thread, at=NOW, by=boss)
    end_opt_out(opt_out=opt_out, at=NOW, by=boss, reason="persuaded by phone")
    make_outbound(thread, "moonlight later", client_id=f"order-{PHONE}")
    record_push(envelope=inbound_envelope(content="wednesday, no number", did="8612300000000"))
    record_push(envelope=receipt_envelope(message_id="mt-unknown", content="moonlight"))
    Push.objects.create(
        received_at=NOW, outcome="quarantined", raw_body=b"%%%" + PHONE.encode(), reason="unusable"
    )
    for text in ("612 34 56 78", "Elena", "quintanilla", "somebody else"):
        record_search(user=boss, text=text, at=NOW)
    record("changed", actor=boss, about=contact, changes={"name": ["Elena", NAME]})
    looked_for = {"form": "csv", "filters": {"q": "612 34 56 78", "via": "session"}}
    record("export", actor=boss, about=Subject("auditentry"), changes=looked_for)
    LogEntry.objects.create(
        user=boss, content_type=ContentType.objects.get_for_model(Contact), object_id=contact.pk,
        object_repr=NAME, action_flag=2, change_message=f"Name: {NAME}",
    )  # fmt: skip
    index_waiting()
    imported(
        f"name,phone,plan\n{NAME},+{PHONE},gold-plan\nElena,nonsense,\n", by=boss, did=did,
        name="quintanilla.csv",
    )  # fmt: skip
    upload("name,phone\nmoonlight,612 34 56 78\n", by=boss, did=did, name="gold-plan.csv")
    exported(boss)
    folder = spool_folder() / "spoiled"
    folder.mkdir()
    (folder / "1.push").write_bytes(inbound_envelope(content="wednesday").to_spool_bytes())
    (folder / "2.push").write_bytes(b"broken " + PHONE.encode())
    (folder / "3.push").write_bytes(b"of somebody else")
    return Contact.objects.get(pk=contact.pk)


def everything():
    """Yield every value of every table, with where it is."""
    tables = connection.introspection.table_names()
    for table in sorted(tables):
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  (names from the database)
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else None
                    text = raw.decode("utf-8", "replace") if raw is not None else str(value)
                    yield f"{table}.{name}", text.casefold()


def found_in_tables():
    return sorted(
        {(place, word) for place, text in everything() for word in TELLING if word in text}
    )


def test_nothing_that_tells_of_an_erased_person_is_in_any_table_or_file(lived_in, boss, var_dir):
    places = {place for place, _word in found_in_tables()}
    before = count_personal_data(lived_in)
    assert {
        "messaging_auditentry.changes", "messaging_auditentry.object_name",
        "messaging_contact.email", "messaging_contact.fields", "messaging_contact.name",
        "messaging_contact.phone", "messaging_contact.search_text",
        "messaging_conversation.last_preview", "messaging_conversationevent.facts",
        "messaging_draft.reply", "messaging_importfile.raw_bytes", "messaging_importjob.file_name",
        "messaging_importrow.cells", "messaging_importrow.key", "messaging_memo.content",
        "messaging_message.client_id",
        "messaging_message.content", "messaging_message.error_facts", "messaging_note.content",
        "messaging_optout.end_reason", "messaging_push.phone_key", "messaging_push.raw_body",
        "messaging_statuschange.facts", "messaging_statuschange.trace",
        "django_admin_log.object_repr",
    } <= places  # fmt: skip

    counts = erase_contact(contact=lived_in, by=boss, at=NOW)
    index_waiting()

    assert found_in_tables() == []
    assert not ExportPart.objects.exists()
    files = [path for path in var_dir.rglob("*") if path.is_file() and path.suffix == ".push"]
    assert [path.name for path in files] == ["3.push"]
    assert counts == {
        "conversations": 1, "messages": 4, "canceled": 1, "notes": 1, "contact_notes": 1,
        "drafts": 1, "events": 2, "opt_outs": 1, "pushes": 4, "audit_entries": 6,
        "spool_files": 2, "import_rows": 2, "exports": 1,
    }  # fmt: skip
    assert {name: counts[name] for name in before} == before | {"events": counts["events"]}


def test_every_table_of_ours_is_walked():
    tables = set(connection.introspection.table_names())
    ours = {model._meta.db_table for model in apps.get_app_config("messaging").get_models()}
    assert ours <= tables
    holds_text = models.CharField | models.TextField | models.JSONField | models.BinaryField
    assert any(isinstance(field, holds_text) for field in Message._meta.get_fields())


def test_the_audit_log_still_proves_itself(lived_in, boss):
    erase_contact(contact=lived_in, by=boss, at=NOW)

    proof = verify()
    searched = AuditEntry.objects.filter(action="search").order_by("id")

    assert (proof.flaw, proof.erased) == (None, 6)
    assert [row.object_name for row in searched] == ["…", "…", "…", "somebody else"]
    assert AuditEntry.objects.get(action="changed").changes == {"name": ["…", "…"]}
    erased = AuditEntry.objects.filter(erased_at__isnull=False).order_by("position")
    row = erased[1]
    AuditEntry.objects.filter(pk=row.pk).update(object_name="Mallory")
    flaw = verify().flaw
    assert flaw is not None
    assert (flaw.entry_id, flaw.problem) == (row.pk, "changed")


def test_a_row_that_was_changed_before_is_not_made_right_by_an_erasure(lived_in, boss):
    from messaging.services.audit.erasure import chain_all

    chain_all()
    row = AuditEntry.objects.get(action="changed")
    AuditEntry.objects.filter(pk=row.pk).update(actor_name="mallory")

    erase_contact(contact=lived_in, by=boss, at=NOW)

    flaw = verify().flaw
    assert flaw is not None
    assert (flaw.entry_id, flaw.problem) == (row.pk, "changed")


@pytest.mark.parametrize("is_quick", [True, False], ids=["fast path", "long way"])
def test_an_opt_out_holds_when_the_number_writes_again(boss, is_quick):
    message = make_inbound()
    old = record_opt_out(conversation=message.conversation, at=NOW, is_for_all_numbers=True)
    old.allowed_numbers.add(make_did("8615088887777"))
    erase_contact(contact=message.conversation.contact, by=boss, at=NOW)

    envelope = inbound_envelope(content="Hello again")
    if is_quick:
        assert not take_in_quickly(envelope=envelope)
    record_push(envelope=envelope)

    contact = Contact.objects.get(phone_key=PHONE)
    thread = contact.conversations.get()
    held = OptOut.objects.get(contact=contact)
    assert (held.did_number, held.ended_at) == (None, None)
    assert [row.number for row in held.allowed_numbers.all()] == ["8615088887777"]
    assert thread.last_preview == "Hello again"
    assert thread != message.conversation
    with pytest.raises(OptedOut):
        queue_message(NewMessage(content="Hi"), conversation=thread, user=boss, at=NOW)
    assert take_in_quickly(envelope=inbound_envelope(content="And again"))


def test_a_number_without_an_opt_out_begins_from_nothing_and_a_block_stays(boss):
    first = make_inbound().conversation.contact
    Contact.objects.update(blocked_at=NOW, name=NAME)
    erase_contact(contact=first, by=boss, at=NOW)

    contact = make_inbound().conversation.contact

    assert (contact.name, contact.blocked_at) == ("", NOW)
    assert not contact.opt_outs.exists()


def test_who_types_an_erased_number_is_refused_as_before(boss):
    message = make_inbound()
    record_opt_out(conversation=message.conversation, at=NOW)
    erase_contact(contact=message.conversation.contact, by=boss, at=NOW)

    thread = start_conversation(did_number=make_did(), phone=f"+{PHONE}", at=NOW)

    with pytest.raises(OptedOut):
        queue_message(NewMessage(content="Hi"), conversation=thread, user=boss, at=NOW)


def test_erasing_the_number_again_keeps_the_opt_out(boss):
    message = make_inbound()
    record_opt_out(conversation=message.conversation, at=NOW)
    erase_contact(contact=message.conversation.contact, by=boss, at=NOW)
    erase_contact(contact=make_inbound().conversation.contact, by=boss, at=NOW)

    assert make_inbound().conversation.contact.opt_outs.in_force().count() == 1


def test_a_message_that_is_being_sent_is_not_lost_sight_of(boss):
    thread = make_inbound().conversation
    sending = make_outbound(thread, status="sending")
    later = make_outbound(thread)

    with pytest.raises(WrongState) as refusal:
        erase_contact(contact=thread.contact, by=boss, at=NOW)

    later.refresh_from_db()
    sending.refresh_from_db()
    assert refusal.value.code == "being_sent"
    assert (later.status, sending.status, sending.content) == ("canceled", "sending", "Hello")
    assert Contact.objects.get().phone_key == PHONE


@pytest.mark.parametrize("message_id", ["mt-1", "mt-2"], ids=["by id", "by text"])
def test_a_receipt_that_comes_later_is_applied_and_brings_nothing_back(boss, message_id):
    now = timezone.now()
    thread = make_inbound(at=now).conversation
    known = "mt-1" if message_id == "mt-1" else None
    message = make_outbound(
        thread, "moonlight", at=now, status="unconfirmed", provider_message_id=known
    )
    erase_contact(contact=thread.contact, by=boss, at=now)

    push = record_push(
        envelope=receipt_envelope(message_id=message_id, content="moonlight", at=now)
    )

    message.refresh_from_db()
    assert push is not None
    assert (push.outcome, push.message_id, message.status) == ("applied", message.pk, "delivered")
    assert (bytes(push.raw_body), push.phone_key, push.flags) == (b"", "", ["erased"])
    assert found_in_tables() == []


def test_a_repeated_push_is_a_duplicate_and_brings_nothing_back(boss):
    message = make_inbound(content="wednesday", message_id="mo-x")
    erase_contact(contact=message.conversation.contact, by=boss, at=NOW)

    push = record_push(envelope=inbound_envelope(content="wednesday", message_id="mo-x"))

    assert push is not None
    assert (push.outcome, push.message_id) == ("duplicate", message.pk)
    assert found_in_tables() == []
    assert Contact.objects.count() == 1


def test_what_came_at_the_same_moment_is_erased_a_moment_later(boss):
    thread = make_inbound().conversation
    erase_contact(contact=thread.contact, by=boss, at=NOW)
    Message.objects.update(content="wednesday", redacted_at=None)
    Conversation.objects.update(last_preview="wednesday")

    assert finish_erasures(at=NOW) == 1

    assert found_in_tables() == []
    assert finish_erasures(at=NOW) == 0


def test_files_of_other_nodes_go_when_these_look(boss, var_dir):
    contact = make_inbound().conversation.contact
    erase_contact(contact=contact, by=boss, at=NOW)
    folder = spool_folder() / "spoiled"
    folder.mkdir()
    later = dataclasses.replace(inbound_envelope(), received_at=timezone.now())
    (folder / "1.push").write_bytes(inbound_envelope().to_spool_bytes())
    (folder / "2.push").write_bytes(later.to_spool_bytes())

    assert remove_files_of_erased() == 1
    assert [path.name for path in folder.iterdir()] == ["2.push"]


def test_the_row_of_an_erased_contact_cannot_be_used_any_more(boss):
    thread = make_inbound().conversation
    erase_contact(contact=thread.contact, by=boss, at=NOW)
    thread.refresh_from_db()
    contact = Contact.objects.get()

    assert (thread.status, thread.needs_reply_since) == ("closed", None)
    assert str(contact) == "Erased contact"
    assert contact.can_be_answered is False
    with pytest.raises(WrongState):
        edit_contact(contact=contact, conversation=thread, by=boss, at=NOW, name="X")
    with pytest.raises(WrongState):
        erase_contact(contact=contact, by=boss, at=NOW)


def test_notes_keep_their_place(boss):
    thread = make_inbound().conversation
    add_note(conversation=thread, author=boss, content="biopsy", at=NOW)
    erase_contact(contact=thread.contact, by=boss, at=NOW)

    note = Note.objects.get()
    assert (note.content, note.is_deleted) == ("", True)
