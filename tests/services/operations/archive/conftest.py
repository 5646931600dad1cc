"""A company that has used everything, its archive, and the emptied database."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from rest_framework.authtoken.models import Token

from messaging.models import (
    Answer,
    ApiKey,
    Budget,
    BusinessHours,
    CannedReply,
    CircuitBreakerTrip,
    Closure,
    Contact,
    ContactField,
    Draft,
    Label,
    Mailing,
    MergedPerson,
    OptOut,
    PersonNumber,
    Reaction,
    ReadMark,
    ReadWatermark,
    RejectedRequestCount,
    StaffAccess,
    StaffSettings,
    StatusChange,
    TeamSettings,
    WatermarkException,
)
from messaging.services.audit.record import record
from messaging.services.contacts.contacts import write_memo
from messaging.services.contacts.opt_outs import end_opt_out, record_opt_out
from messaging.services.conversations.labels import change_labels
from messaging.services.conversations.notes import add_note
from messaging.services.operations.archive.take import export_archive
from messaging.services.privacy.erasure import erase_contact
from messaging.services.privacy.redaction import redact_message
from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user

ODD = '<b>x</b> \u2028 & "quoted" 😀 שלום \\ \'; DROP\r\nnext line'
LEFT_ALONE = {"contenttypes.ContentType", "auth.Permission"}


@pytest.fixture
def company(db, var_dir: Path) -> None:
    """At least one row in every table of the archive."""
    boss = make_user("boss", is_staff=True, is_superuser=True)
    lin = make_user("lin", first_name="Lin", email="lin@example.com")
    robot = make_user("robot")
    robot.set_unusable_password()
    robot.save()
    did = make_did(members=(lin,), signature="– Shop")
    StaffAccess.objects.create(user=lin, may_export=False)
    StaffSettings.objects.create(user=lin, language="zh-hans")
    TeamSettings.objects.create(pk=1)
    BusinessHours.objects.create(did_number=did, zone="Asia/Shanghai", week=[[[540, 1020]]] * 7)
    Closure.objects.create(did_number=did, first=date(2026, 12, 24), last=date(2026, 12, 26))
    Budget.objects.create(did_number=did, amount="99.50")
    CannedReply.objects.create(shortcut="hi", content="Hello {{contact}}")
    CannedReply.objects.create(shortcut="mine", content="secret habit", owner=lin)
    ContactField.objects.create(key="plan", name="Plan")
    Token.objects.create(user=boss)
    ApiKey.objects.create(user=boss, name="k", prefix="dk_1", digest="d" * 64, created_at=NOW)
    CircuitBreakerTrip.objects.create(code="balance", began_at=NOW, next_probe_at=NOW, ended_at=NOW)
    RejectedRequestCount.objects.create(day=NOW.date(), reason="signature", count=2, last_at=NOW)
    Mailing.objects.create(key="audit-head", sent_at=NOW)

    first = make_inbound(content=ODD)
    thread = first.conversation
    Contact.objects.filter(pk=thread.contact_id).update(
        name="<script>alert(1)</script>", fields={"plan": "Gold & <i>co</i>"}
    )
    label = Label.objects.create(name="VIP")
    change_labels(conversation=thread, add=[label], remove=[], by=lin, at=NOW)
    write_memo(conversation=thread, text="always <late>")
    note, _new = add_note(conversation=thread, author=lin, content="@boss <look>", at=NOW)
    note.mentions.add(boss)
    sent = make_outbound(thread, "Yes", user=lin, status="delivered", price="0.0075")
    StatusChange.objects.create(message=sent, status="delivered", at=NOW, trace={"answer": "ok"})
    hidden = make_inbound(content="my card is 4111")
    redact_message(message=hidden, content="my card is ***", by=lin, at=NOW)
    make_outbound(thread, "waits")
    make_outbound(thread, "tomorrow", status="scheduled", send_at=NOW + timedelta(days=9999))
    Reaction.objects.create(message=make_inbound(content="👍"), target=sent, sign="👍")
    Answer.objects.create(
        message_id=sent.pk, did_number_id=did.pk, due_at=NOW, answered_at=NOW, seconds=1.5,
        is_first=True,
    )  # fmt: skip
    Draft.objects.create(conversation=thread, user=lin, reply="half a text")
    ReadMark.objects.create(user=lin, conversation=thread, last_read_id=sent.pk)
    ReadWatermark.objects.create(user=lin, did_number=did, target_id=sent.pk, target_set_at=NOW)
    WatermarkException.objects.create(user=lin, did_number=did, conversation=thread)

    other = make_inbound(phone="34699888777").conversation
    opt_out = record_opt_out(conversation=other, at=NOW)
    end_opt_out(opt_out=opt_out, at=NOW, by=lin, reason="asked")
    record_opt_out(conversation=other, at=NOW)
    cut = OptOut.objects.create(contact=other.contact, created_at=NOW)
    cut.allowed_numbers.add(did)
    person = MergedPerson.objects.create(tree={"a": 1}, created_at=NOW, created_by=boss)
    PersonNumber.objects.create(contact=other.contact, person=person)
    gone = make_inbound(phone="34600000001", content="forget me").conversation.contact
    record("search", actor=boss, changes={"text": "34600000001"}, at=NOW)
    erase_contact(contact=gone, by=boss, at=NOW)
    LogEntry.objects.create(
        user=boss, content_type=ContentType.objects.get_for_model(Label), object_id="1",
        object_repr="VIP", action_flag=1, change_message="[]",
    )  # fmt: skip


@pytest.fixture
def archive(company, tmp_path: Path) -> Path:
    """Its archive; the database is as it was."""
    path = tmp_path / "one.zip"
    export_archive(path=path, at=NOW)
    return path


def empty_database() -> None:
    """Leave what migrating makes."""
    with transaction.atomic(), connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.label not in LEFT_ALONE and not model._meta.proxy:
                cursor.execute(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608  # our own name
