"""What reports show of the past does not change when its messages go, nor when it is remade."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command

from messaging.models import (
    Answer,
    Message,
    MessageFact,
    ReportCell,
    ReportDay,
    ReportDelay,
    ReportSeries,
)
from messaging.services.operations.old_messages import delete_messages
from messaging.services.reports.catch_up import catch_up
from messaging.services.reports.check import differences
from messaging.services.reports.series import want_zone
from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DAY = timedelta(days=1)
OLD = NOW - 40 * DAY


def figures():
    """All roll-ups, without the ids of their rows."""
    spans = dict(ReportSeries.objects.values_list("pk", "span"))
    found = []
    for model in (ReportCell, ReportDelay, ReportDay):
        for row in model.objects.values():
            row.pop("id")
            row["series_id"] = spans[row["series_id"]]
            values = ((k, bytes(v) if isinstance(v, memoryview) else v) for k, v in row.items())
            found.append((model.__name__, *values))
    return sorted(found, key=str)


@pytest.fixture
def did():
    return make_did()


@pytest.fixture
def counted(did):
    want_zone("Asia/Shanghai")
    user = make_user()
    for at in (OLD, NOW):
        asked = make_inbound(did, content=f"Question {at}", at=at)
        make_outbound(
            asked.conversation,
            f"Answer {at}",
            user=user,
            at=at + timedelta(minutes=5),
            status="sent",
            sent_at=at + timedelta(minutes=5),
            price="0.05",
            billed_segments=1,
        )
    catch_up(builds=1000)
    return figures()


def delete_old(did):
    ids = list(Message.objects.values_list("pk", flat=True))
    counts = delete_messages(ids, did_number_id=did.pk, before=NOW - 30 * DAY, at=NOW)
    assert counts["messages"] == 2


def test_the_figures_stay_when_the_messages_go(did, counted):
    assert any(row[0] == "ReportDelay" for row in counted)

    delete_old(did)

    assert figures() == counted
    catch_up(builds=1000)
    assert figures() == counted
    assert MessageFact.objects.filter(is_pruned=True).count() == 2
    assert Answer.objects.count() == 2


def test_the_check_says_that_they_agree(did, counted, capsys):
    delete_old(did)

    assert differences() == []
    call_command("check_reports")


def test_the_check_still_finds_what_differs_of_gone_messages(did, counted):
    delete_old(did)
    ReportCell.objects.filter(start=min(ReportCell.objects.values_list("start", flat=True))).update(
        segments=9
    )

    assert differences()


def test_making_them_again_keeps_what_was_counted(did, counted):
    delete_old(did)

    call_command("rebuild_reports")

    assert figures() == counted
    assert differences() == []
    call_command("rebuild_reports")
    assert figures() == counted


def test_what_was_not_counted_yet_is_counted_before_it_goes(did):
    asked = make_inbound(did, at=OLD)
    make_outbound(asked.conversation, at=OLD, status="sent", sent_at=OLD, user=make_user())

    delete_old(did)
    catch_up(builds=1000)

    assert MessageFact.objects.count() == 2
    cells = ReportCell.objects.filter(series_id=ReportSeries.objects.get(span="quarter").pk)
    assert sum(cells.values_list("messages", flat=True)) == 2
    assert differences() == []
