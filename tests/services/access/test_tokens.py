"""Tokens that are made where no page does it."""

import pytest
from django.core.management import call_command

from messaging.models import AuditEntry
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_token_of_the_command_line_is_in_the_audit_log(capsys):
    make_user("ana")

    call_command("drf_create_token", "ana")
    call_command("drf_create_token", "ana", reset_token=True)

    rows = AuditEntry.objects.order_by("id")
    assert [(row.action, row.object_name, row.via, row.actor_id) for row in rows] == [
        ("token_created", "ana", "command", None)
    ] * 2
    assert capsys.readouterr().out.split()[2] not in str([row.changes for row in rows])


def test_one_that_is_there_already_is_no_news():
    make_user("ana")

    for _again in range(2):
        call_command("drf_create_token", "ana")

    assert AuditEntry.objects.count() == 1
