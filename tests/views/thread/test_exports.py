"""A conversation on paper and in a spreadsheet."""

from __future__ import annotations

import re

import pytest

from messaging.services.conversations import lifecycle
from tests.factories import make_outbound
from tests.views.thread.pages import NOW, path

pytestmark = pytest.mark.django_db


def test_paper_names_everybody(staff, ana, conversation):
    lifecycle.assign(conversation=conversation, to=ana, by=ana, at=NOW())
    make_outbound(conversation, "Taken back", user=ana, status="canceled", at=NOW())

    paper = staff.get(path("conversation-print", conversation.pk)).content.decode()

    assert "took this conversation" in paper
    assert "You" not in re.sub(r"<[^>]+>", " ", paper).split()
    assert '<article class="out canceled">' in paper


def test_print_and_export_hold_everything(staff, ana, conversation):
    for number in range(60):
        make_outbound(conversation, f"Line {number}", user=ana, at=NOW())

    paper = staff.get(path("conversation-print", conversation.pk)).content.decode()
    sheet = staff.get(path("conversation-csv", conversation.pk))

    assert paper.count("<article") == 61
    assert sheet["Content-Type"] == "text/csv; charset=utf-8"
    assert sheet["Content-Disposition"].startswith(
        f'attachment; filename="conversation-{conversation.pk}-'
    )
    assert len(sheet.getvalue().decode().splitlines()) == 62
