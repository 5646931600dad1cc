"""The head of the audit log is mailed once a day, and is found again by the command."""

import io
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from messaging.models import AuditEntry, AuditHead
from messaging.services.audit.chain import chain_waiting
from messaging.services.audit.record import Subject, record
from messaging.services.operations.audit_head_mail import mail_audit_head
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def chain(count):
    for number in range(count):
        record("test", actor=None, about=Subject("x", number))
    chain_waiting()


def mailed_head():
    return re.search(r"--head ([0-9a-f]{64})", mail.outbox[-1].body)[1]


def test_it_is_mailed_once_a_day(settings):
    settings.AUDIT_HEAD_MAIL = ["auditor@example.com"]
    chain(2)

    assert mail_audit_head(at=NOW)
    assert not mail_audit_head(at=NOW + timedelta(hours=23))
    assert mail_audit_head(at=NOW + timedelta(hours=24))
    assert mail.outbox[0].to == ["auditor@example.com"]
    assert mail.outbox[0].subject.endswith(": 2 rows")


def test_nobody_gets_it_unless_it_is_wanted():
    chain(1)

    assert not mail_audit_head(at=NOW)
    assert mail.outbox == []


def test_a_log_whose_end_was_cut_off_does_not_have_the_head_that_was_mailed(settings):
    settings.AUDIT_HEAD_MAIL = ["auditor@example.com"]
    chain(3)
    mail_audit_head(at=NOW)
    call_command("verify_audit", head=mailed_head(), stdout=io.StringIO())

    last = AuditEntry.objects.order_by("-position").first()
    last.delete()
    before = AuditEntry.objects.order_by("-position").first()
    AuditHead.objects.update(position=before.position, hash=before.hash)
    call_command("verify_audit", stdout=io.StringIO())  # by itself it looks right
    with pytest.raises(CommandError, match="not in the chain"):
        call_command("verify_audit", head=mailed_head(), stdout=io.StringIO())
