"""The roll-ups say what the messages say, whatever happened in whatever order."""

from random import Random
from types import SimpleNamespace

import pytest

from messaging.models import Answer, MessageFact, ReportCell, ReportCursor, ReportDay
from messaging.services.reports import catch_up as catch_up_module
from messaging.services.reports import changed_messages
from messaging.services.reports.catch_up import (
    LONGEST_REST_SECONDS,
    REST_OF_THE_WORKER,
    catch_up,
    keep_counting,
)
from messaging.services.reports.check import differences
from messaging.services.reports.rebuild import rebuild
from messaging.services.reports.series import has_unbuilt, want_zone
from tests.factories import make_did, make_inbound, make_user

from .days import Days

pytestmark = [pytest.mark.django_db, pytest.mark.database]


#: `make soak` tries more days.
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 9))]


def make_days(seed):
    numbers = [make_did(), make_did("34911234567")]
    return Days(numbers, [make_user("ana"), make_user("ben")], Random(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_after_random_days_every_sum_is_what_the_messages_say(seed):
    days = make_days(seed)
    for turn in range(4):
        days.go_on(20)
        assert catch_up(builds=7)
        if turn == 1:
            want_zone("Asia/Kathmandu")
    assert differences() == []
    catch_up(builds=1000)

    assert not has_unbuilt()
    assert differences() == []


@pytest.mark.parametrize("seed", SEEDS)
def test_counting_again_from_nothing_gives_the_same(seed):
    days = make_days(seed)
    want_zone("America/New_York")
    for _turn in range(3):
        days.go_on(20)
        catch_up(builds=5)
    catch_up(builds=1000)
    before = kept()

    rebuild()

    assert kept() == before


@pytest.mark.parametrize("seed", SEEDS)
def test_answers_are_those_that_people_gave_to_replies_that_were_due(seed):
    days = make_days(seed)
    for _turn in range(8):
        days.go_on(8)
        catch_up()

    valid = MessageFact.objects.filter(answer_bin__isnull=False).values_list("pk", flat=True)
    stamps = Answer.objects.filter(pk__in=valid)
    assert {stamp.message_id: stamp.seconds for stamp in stamps} == days.answers


def test_nothing_new_costs_four_small_queries(django_assert_num_queries):
    make_inbound()
    catch_up()
    catch_up()  # looks once more where an id is missing

    with django_assert_num_queries(4):
        assert catch_up()


def test_a_cell_that_became_empty_is_gone():
    days = make_days(0)
    want_zone("Asia/Kathmandu")
    for _turn in range(3):
        days.go_on(20)
        catch_up(builds=50)

    assert not ReportCell.objects.filter(messages__lte=0).exists()
    assert not ReportDay.objects.filter(messages__lte=0).exists()


def test_more_than_a_batch_is_left_to_the_next_turn(monkeypatch):
    monkeypatch.setattr("messaging.services.reports.changed_messages.BATCH", 2)
    for _number in range(5):
        make_inbound()

    assert [catch_up(batches=1) for _turn in range(3)] == [False, False, True]
    assert MessageFact.objects.count() == 5
    assert ReportCursor.objects.get().is_complete


def kept():
    """All facts and cells without their own ids."""
    facts = sorted(MessageFact.objects.values_list())
    cells = sorted(row[1:] for row in ReportCell.objects.values_list())
    days = sorted(row[1:] for row in ReportDay.objects.values_list())
    return facts, cells, days


@pytest.fixture
def rests(monkeypatch) -> list[float]:
    """Take down how long is rested, while each look at the clock takes a tenth of a second."""
    found: list[float] = []
    ticks = iter(range(10_000))
    clock = SimpleNamespace(monotonic=lambda: next(ticks) / 10, sleep=found.append)
    monkeypatch.setattr(catch_up_module, "time", clock)
    monkeypatch.setattr(changed_messages, "BATCH", 3)
    return found


def test_the_worker_rests_after_each_transaction_and_a_reader_does_not(rests, monkeypatch):
    keep_counting()
    rests.clear()
    for _number in range(7):
        make_inbound()

    catch_up(batches=1)
    assert rests == []

    keep_counting()
    assert rests[0] == pytest.approx(REST_OF_THE_WORKER / 10)

    rests.clear()
    monkeypatch.setattr(catch_up_module, "REST_OF_THE_WORKER", 1000.0)
    for _number in range(7):
        make_inbound()
    keep_counting()
    assert rests[0] == LONGEST_REST_SECONDS
    assert differences() == []
