"""In the files is what somebody may see and export, nothing that others keep for themselves."""

from pathlib import Path

import pytest

from messaging.models import Contact, Draft, Label, Membership, OptOut, StaffAccess
from messaging.policy import Role
from messaging.services.contacts.contacts import write_memo
from messaging.services.contacts.opt_outs import end_opt_out, record_opt_out
from messaging.services.conversations.labels import change_labels
from messaging.services.conversations.notes import add_note
from messaging.services.exports.tables import TABLES, documented_tables
from messaging.services.privacy.redaction import redact_message
from tests.factories import (
    NOW,
    PHONE,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)
from tests.services.exports.files import exported, rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PAGE = Path(__file__).resolve().parents[3] / "docs/integrators/exports.md"


@pytest.fixture
def agent(db):
    user = make_user("agent")
    make_did().members.add(user)
    return user


def test_the_page_says_what_every_column_holds():
    assert f"\n{documented_tables()}\n" in PAGE.read_text("utf-8")


def test_every_row_has_the_columns_that_are_documented(agent):
    thread = make_inbound().conversation
    record_opt_out(conversation=thread, at=NOW)
    add_note(conversation=thread, author=agent, content="Look", at=NOW)

    job = exported(agent)

    for name, table in TABLES.items():
        assert [list(row) for row in rows_of(job, name)] == [list(table.columns)], name


def test_a_message_is_written_out(agent):
    message = make_outbound(
        content="Hello 😀", user=agent, status="sent", provider_message_id="mt-1", client_id="c-1"
    )

    assert rows_of(exported(agent, "messages"), "messages") == [
        {
            "id": message.pk, "conversation": message.conversation_id, "number": "8615088888888",
            "contact_phone": f"+{PHONE}", "direction": "outbound", "status": "sent",
            "text": "Hello 😀", "created_at": "2026-11-22T09:00:00.000Z", "sent_by": "agent",
            "send_at": None, "sent_at": None, "segments": 1, "billed_segments": None,
            "cost": None, "error": "", "client_id": "c-1", "provider_message_id": "mt-1",
            "hidden_at": None,
        }
    ]  # fmt: skip


def test_nothing_of_other_numbers_is_in_it(agent):
    other = make_inbound(make_did("447700900123"), content="secret")
    Contact.objects.filter(pk=other.conversation.contact_id).update(name="Their secret")
    add_note(conversation=other.conversation, author=make_user(), content="secret", at=NOW)
    record_opt_out(conversation=other.conversation, at=NOW)
    make_conversation()  # the same phone on our number, without an exchange

    job = exported(agent)

    assert {name: len(rows_of(job, name)) for name in TABLES} == {
        "conversations": 1, "contacts": 0, "messages": 0, "notes": 0, "opt_outs": 0,
    }  # fmt: skip
    assert rows_of(job, "conversations")[0]["contact_phone"] == f"+{PHONE}"


def test_conversations_of_colleagues_are_not_for_who_sees_their_own(agent):
    StaffAccess.objects.create(user=agent, only_own=True)
    mine, theirs = make_inbound().conversation, make_inbound(phone="34612345679").conversation
    type(mine).objects.filter(pk=theirs.pk).update(assignee=make_user())
    record_opt_out(conversation=theirs, at=NOW)

    job = exported(agent)

    assert [row["id"] for row in rows_of(job, "conversations")] == [mine.pk]
    assert rows_of(job, "opt_outs") == []


def test_drafts_and_hidden_texts_are_in_no_file(agent):
    message = make_inbound(content="my card is 4111")
    redact_message(message=message, content="my card is ***", by=agent, at=NOW)
    Draft.objects.create(conversation=message.conversation, user=make_user(), reply="half a text")

    job = exported(agent)

    everything = str([rows_of(job, name) for name in TABLES])
    assert "4111" not in everything
    assert "half a text" not in everything
    assert rows_of(job, "messages")[0]["text"] == "my card is ***"


def test_labels_notes_and_who_they_are_of(agent):
    thread = make_inbound().conversation
    write_memo(conversation=thread, text="VIP\nalways")
    note, _new = add_note(conversation=thread, author=agent, content="Look", at=NOW)

    job = exported(agent)

    assert rows_of(job, "conversations")[0]["contact_note"] == "VIP\nalways"
    assert rows_of(job, "notes")[0] == {
        "id": note.pk, "conversation": thread.pk, "contact_phone": f"+{PHONE}",
        "author": "agent", "text": "Look", "created_at": "2026-11-22T09:00:00.000Z",
        "edited_at": None, "deleted_at": None,
    }  # fmt: skip


def test_a_contact_has_the_id_that_the_api_has_for_it(agent):
    thread = make_inbound().conversation
    Contact.objects.update(name="Elena", fields={"Plan": "Gold"})

    row = rows_of(exported(agent, "contacts"), "contacts")[0]

    assert (row["id"], row["name"], row["fields"]) == (thread.pk, "Elena", {"Plan": "Gold"})


def test_opt_outs_that_are_over_and_of_people_without_a_conversation_too(agent):
    thread = make_inbound().conversation
    opt_out = record_opt_out(conversation=thread, at=NOW)
    end_opt_out(opt_out=opt_out, at=NOW, by=agent, reason="asked")
    listed = Contact.objects.create(phone="34699", phone_key="34699888777")
    OptOut.objects.create(contact=listed, did_number=thread.did_number, created_at=NOW)
    OptOut.objects.create(contact=listed, did_number=make_did("447700900123"), created_at=NOW)

    rows = rows_of(exported(agent, "opt_outs"), "opt_outs")

    assert [(row["number"], row["end_reason"]) for row in rows] == [
        ("8615088888888", "asked"),
        ("8615088888888", ""),
    ]


def test_an_administrator_has_everything_and_a_viewer_what_they_see():
    make_inbound()
    make_inbound(make_did("447700900123"))
    viewer = make_user()
    Membership.objects.create(didnumber=make_did(), user=viewer, role=Role.VIEWER)

    counts = [
        len(rows_of(exported(user, "messages"), "messages"))
        for user in (make_user(is_staff=True), viewer)
    ]

    assert counts == [2, 1]


def test_labels_are_sorted(agent):
    thread = make_inbound().conversation
    labels = [Label.objects.create(name=name) for name in ("VIP", "Billing")]
    change_labels(conversation=thread, add=labels, remove=[], by=agent, at=NOW)

    row = rows_of(exported(agent, "conversations"), "conversations")[0]
    assert row["labels"] == ["Billing", "VIP"]
