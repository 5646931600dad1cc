"""The check finds what does not agree, and counting again repairs it."""

import pytest
from django.core.management import CommandError, call_command

from messaging.models import MessageFact, ReportCell, ReportDay, ReportDelay
from messaging.services.reports.catch_up import catch_up
from messaging.services.reports.packed_counts import packed
from messaging.services.reports.series import want_zone
from tests.factories import NOW, make_inbound, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def counted():
    want_zone("Asia/Shanghai")
    catch_up()
    message = make_inbound()
    make_outbound(message.conversation, user=make_user(), at=NOW.replace(minute=20))
    catch_up(builds=1000)


def test_figures_that_agree_are_said_to(counted, capsys):
    call_command("check_reports")

    assert capsys.readouterr().out == "The figures agree with the messages.\n"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: ReportCell.objects.filter(direction="inbound").update(segments=9),
        lambda: ReportCell.objects.filter(direction="outbound").delete(),
        lambda: MessageFact.objects.filter(direction="inbound").update(status="sent"),
        lambda: MessageFact.objects.filter(direction="outbound").update(answer_bin=None),
        lambda: ReportDelay.objects.all().update(bin=7),
        lambda: ReportDay.objects.filter(facet="country").update(segments=9),
        lambda: ReportDay.objects.filter(facet="all").update(answers=packed({7: 1})),
        lambda: ReportDay.objects.filter(did_number_id=0).delete(),
    ],
    ids=[
        "a sum",
        "a missing cell",
        "a status",
        "an answer",
        "a wait",
        "a day’s sum",
        "a day’s wait",
        "a missing day",
    ],
)
def test_what_differs_is_found_and_counting_again_repairs_it(counted, capsys, spoil):
    spoil()

    with pytest.raises(CommandError):
        call_command("check_reports")
    assert capsys.readouterr().out.count("\n") >= 1
    call_command("rebuild_reports")
    assert capsys.readouterr().out == "2 messages counted\n"
    call_command("check_reports")
