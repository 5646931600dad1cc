"""No change is missed, also where a smaller id becomes visible after a greater one."""

import threading

import pytest
from django.db import connection, connections, transaction

from messaging.models import Message, MessageFact, ReportCursor
from messaging.services.reports.catch_up import catch_up
from messaging.services.reports.changed_messages import MOST_GAPS, _merged, open_transactions
from tests.factories import make_conversation, make_did, make_inbound, make_outbound

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


class Elsewhere:
    """A transaction of another connection that stays open until it is told."""

    def __init__(self, work):
        self._done, self._end, self._work = threading.Event(), threading.Event(), work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._done.wait(20)

    def _run(self):
        try:
            with transaction.atomic():
                self._work()
                self._done.set()
                self._end.wait(20)
                if self.rolls_back:
                    transaction.set_rollback(True)
        finally:
            self._done.set()
            connections.close_all()

    rolls_back = False

    def end(self, *, rolls_back=False):
        self.rolls_back = rolls_back
        self._end.set()
        self._thread.join()


def on_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one transaction write at a time")


@pytest.mark.parametrize("rolls_back", [False, True], ids=["committed", "rolled back"])
def test_a_message_with_a_smaller_id_that_commits_later_is_counted(rolls_back):
    on_postgresql()
    make_did()
    catch_up()
    late = Elsewhere(lambda: make_inbound(phone="34611111111"))
    make_inbound(phone="34622222222")

    assert [catch_up() for _turn in range(2)] == [True, True]
    assert (MessageFact.objects.count(), len(ReportCursor.objects.get().gaps)) == (1, 1)
    late.end(rolls_back=rolls_back)
    catch_up()

    assert MessageFact.objects.count() == Message.objects.count() == 2 - rolls_back
    assert ReportCursor.objects.get().gaps == []


def test_a_status_with_a_smaller_id_that_commits_later_is_counted():
    on_postgresql()
    from messaging.services.history.message_status import change_status
    from messaging.statuses import Status
    from tests.factories import NOW

    first = make_outbound(make_conversation(phone="34611111111"))
    second = make_outbound(make_conversation(phone="34622222222"))
    catch_up()

    def start(message):
        change_status(message=message, to=Status.SENDING, at=NOW, attempt_started_at=NOW)

    late = Elsewhere(lambda: start(first))
    start(second)
    catch_up()
    late.end()
    catch_up()

    assert set(MessageFact.objects.values_list("status", flat=True)) == {"sending"}


def test_counting_from_nothing_waits_for_the_transactions_that_were_open():
    on_postgresql()
    make_outbound()
    ReportCursor.objects.all().delete()
    late = Elsewhere(lambda: make_outbound(make_conversation(phone="34611111111")))

    assert catch_up() is False
    late.end()

    assert catch_up() is True
    assert MessageFact.objects.count() == 2


def test_on_sqlite_there_is_nothing_to_wait_for():
    if connection.vendor == "sqlite":
        assert open_transactions() == []


def test_many_gaps_become_few_that_cover_them_all():
    gaps = [[[number * 3, number * 3 + 1]] for number in range(MOST_GAPS * 5)]

    merged = _merged(gaps)

    assert len(merged) <= MOST_GAPS
    assert all(any(a <= low and high <= b for a, b in merged) for [[low, high]] in gaps)
