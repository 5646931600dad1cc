"""What raises an alarm."""

from datetime import timedelta

import pytest

from messaging.models import BackupRun, NumberHour, WorkerSighting
from messaging.reasons import Reason
from messaging.services.operations import alarms
from messaging.services.operations.alarms import node_name, what_is_wrong
from messaging.services.operations.health_checks import Check
from messaging.services.operations.number_hours import WEEK
from messaging.services.receiving import rejected_requests
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import open_breaker
from tests.factories import NOW, inbound_envelope, make_did, make_inbound, make_outbound
from tests.services.operations.test_number_hours import HOUR, make_sent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def room_on_the_disk(monkeypatch):
    """A node whose disk and spool are in order."""
    monkeypatch.setattr(alarms, "check_disk", lambda: Check("disk", True, "ok", ""))
    monkeypatch.setattr(alarms, "check_spool", lambda: Check("spool", True, "ok", ""))


def sight_worker(*, at=NOW, offset=None):
    WorkerSighting.objects.create(
        name="w1",
        started_at=at,
        seen_at=at,
        clock_offset_seconds=offset,
        clock_checked_at=at if offset is not None else None,
    )


def test_an_installation_in_order_raises_none():
    did = make_did()
    sight_worker()
    make_sent(did, at=NOW - timedelta(minutes=30), receipt_after=2)
    make_inbound(did, at=NOW - timedelta(minutes=30))

    assert what_is_wrong(at=NOW) == {}


def test_missing_and_slow_receipts_of_a_number_are_found():
    did = make_did()
    sight_worker()
    for back in range(1, 5):
        NumberHour.objects.create(
            did_number=did, hour=NOW - WEEK * back, accepted=50, late=1, receipt_seconds=3
        )
    for _turn in range(20):
        make_sent(did, at=NOW - timedelta(minutes=40), receipt_after=300)
    for _turn in range(10):
        make_sent(did, at=NOW - timedelta(minutes=30))

    assert what_is_wrong(at=NOW) == {
        ("receipts_missing", did.pk): {"share": 0.3333, "usual": 0.02, "accepted": 30},
        ("receipts_slow", did.pk): {"seconds": 300.0, "usual": 3.0},
    }


def test_a_silent_number_is_found():
    did = make_did()
    sight_worker()
    make_inbound(did, at=NOW - HOUR * 3)
    for back in range(1, 5):
        NumberHour.objects.create(did_number=did, hour=NOW - HOUR - WEEK * back, inbound=14)

    assert what_is_wrong(at=NOW) == {("number_silent", did.pk): {"hours": 2, "usual": 14}}


MIDNIGHT = NOW.replace(hour=0, minute=10)


@pytest.mark.parametrize(
    ("at", "rejected", "count"),
    [
        (NOW, {("bad_sign", 0): 5}, 5),
        (NOW, {("bad_sign", 0): 2, ("too_old", 1): 3}, 5),
        (MIDNIGHT, {("bad_sign", 0): 1, ("bad_sign", 1): 4}, 5),
        (NOW, {("bad_sign", 0): 4}, None),
        (NOW, {("bad_sign", hours): 4 for hours in range(2, 9)} | {("bad_sign", 0): 1}, None),
        (NOW, {("bad_sign", 2): 500}, None),
        (NOW, {("bad_sign", 24): 500}, None),
        (NOW, {("wrong_path_secret", 0): 500}, None),
    ],
    ids=[
        "now", "two hours", "over midnight", "few", "few an hour all day", "over", "yesterday",
        "a stranger's",
    ],
)  # fmt: skip
def test_refused_signatures_are_found_while_they_come(monkeypatch, at, rejected, count):
    sight_worker(at=at)
    rejected_requests._rejected._pending.clear()
    for (reason, hours_ago), times in rejected.items():
        monkeypatch.setattr(
            rejected_requests.timezone, "now", lambda ago=hours_ago: at - HOUR * ago
        )
        for _time in range(times):
            rejected_requests.count_rejected_request(reason)
        rejected_requests.write_rejected_requests()

    found = what_is_wrong(at=at)

    assert found == ({("signatures_refused", None): {"count": count}} if count else {})


def test_quarantine_and_a_clock_that_is_off_are_found():
    sight_worker(offset=-72.0)
    record_push(envelope=inbound_envelope())

    assert what_is_wrong(at=NOW) == {
        ("quarantine", None): {"count": 1},
        ("clock", None): {"offset_seconds": -72.0},
    }


@pytest.mark.parametrize(
    ("check", "is_found"),
    [
        (Check("spool", True, "ok", "", facts={"waiting": 3, "oldest_seconds": 121.0}), True),
        (Check("spool", True, "ok", "", facts={"waiting": 3, "oldest_seconds": 119.0}), False),
        (Check("spool", False, "full", ""), True),
    ],
    ids=["waits", "is being drained", "full"],
)
def test_a_spool_that_is_not_drained_is_found_with_its_node(monkeypatch, check, is_found):
    sight_worker()
    monkeypatch.setattr(alarms, "check_spool", lambda: check)

    found = what_is_wrong(at=NOW)

    facts = {"node": node_name(), "state": check.state, **check.facts}
    assert found == ({("spool", None): facts} if is_found else {})


def test_a_disk_that_fills_up_is_found(monkeypatch):
    sight_worker()
    low = Check("disk", False, "low", "", facts={"free_bytes": 7})
    monkeypatch.setattr(alarms, "check_disk", lambda: low)

    facts = {"node": node_name(), "state": "low", "free_bytes": 7}
    assert what_is_wrong(at=NOW) == {("disk", None): facts}


def test_a_message_that_waits_too_long_is_found_unless_sending_is_paused():
    sight_worker()
    message = make_outbound(at=NOW - timedelta(minutes=11))
    assert what_is_wrong(at=NOW) == {("queue_old", None): {"seconds": 660, "count": 1}}

    open_breaker(reason=Reason("1102"), message=message, at=NOW)
    assert what_is_wrong(at=NOW) == {}


@pytest.mark.parametrize(("minutes", "is_found"), [(1, False), (3, True)])
def test_a_worker_that_died_is_found(minutes, is_found):
    sight_worker(at=NOW - timedelta(minutes=minutes))

    assert (("worker_gone", None) in what_is_wrong(at=NOW)) is is_found


def test_without_any_worker_a_message_that_nobody_fetches_is_found():
    assert what_is_wrong(at=NOW) == {}
    make_outbound(at=NOW - timedelta(minutes=3))

    assert what_is_wrong(at=NOW) == {("worker_gone", None): {"count": 1}}


@pytest.mark.parametrize(
    ("run", "state"),
    [
        pytest.param({"failure_code": "no_room", "failure_facts": {}}, "failed", id="failed"),
        pytest.param({"proof_code": "no_database_to_try"}, "unproven", id="unproven"),
        pytest.param({}, None, id="good"),
    ],
)
def test_a_backup_that_is_not_in_order_is_found(run, state):
    sight_worker()
    BackupRun.objects.create(made_at=NOW, finished_at=NOW, host="h", **run)

    found = what_is_wrong(at=NOW)

    assert found.get(("backup", None), {}).get("state") == state
