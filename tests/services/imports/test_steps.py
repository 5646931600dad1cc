"""An import goes on where it was, in small transactions, and writes each row once."""

import pytest
from django.db import transaction

from messaging.models import Change, Contact, ImportFile, ImportJob, ImportRow, Membership
from messaging.policy import Role
from messaging.services.imports import steps
from messaging.services.imports.jobs import Reading, choose_columns, confirm, undo
from messaging.services.imports.steps import keep_importing
from tests.factories import NOW, make_did
from tests.services.imports.files import (
    checked,
    imported,
    make_supervisor,
    outcomes,
    upload,
    work,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PEOPLE = "name,phone\n" + "".join(f"P{n},+346123456{n:02}\n" for n in range(10))


class Killed(BaseException):
    """As by kill -9: nothing after it runs."""


@pytest.fixture
def did():
    return make_did()


@pytest.fixture
def boss(did):
    return make_supervisor(did)


@pytest.fixture
def small(monkeypatch):
    """Three rows in a transaction."""
    monkeypatch.setattr(steps, "LOOK_AT", 3)
    monkeypatch.setattr(steps, "WRITE", 3)


def test_each_row_is_counted_by_what_it_does(did, boss):
    job = checked(
        "name,phone\nA,+34612345601\nB,+34612345602\nA again,0034 612 345 601\nC,nonsense\nD,\n",
        by=boss, did=did,
    )  # fmt: skip

    assert outcomes(job) == [
        (2, "create", ""),
        (3, "create", ""),
        (4, "duplicate", "in_file"),
        (5, "invalid", "number_not_part"),
        (6, "invalid", "number_empty"),
    ]
    assert job.state == "checked"
    assert job.counts == {"create": 2, "duplicate": 1, "invalid": 2}
    assert not Contact.objects.exists()


def test_a_duplicate_is_found_in_a_later_transaction_too(did, boss, small):
    text = PEOPLE + "again,+34612345600\n"

    assert outcomes(checked(text, by=boss, did=did))[-1] == (12, "duplicate", "in_file")


@pytest.mark.parametrize("killed_after", range(1, 9))
def test_an_import_that_is_killed_goes_on_and_writes_each_row_once(
    did, boss, small, monkeypatch, killed_after
):
    job = upload(PEOPLE, by=boss, did=did)
    choose_columns(job, Reading(job.columns))
    original, count = steps._note, 0

    def killed(*args):
        nonlocal count
        count += 1
        if count == killed_after:
            raise Killed
        original(*args)

    for begin in (lambda: None, lambda: confirm(ImportJob.objects.get(), by=boss, at=NOW)):
        begin()
        count = 0
        monkeypatch.setattr(steps, "_note", killed)
        with pytest.raises(Killed), transaction.atomic():
            work()
        monkeypatch.setattr(steps, "_note", original)
        work()

    job.refresh_from_db()
    assert (job.state, job.counts) == ("done", {"create": 10})
    assert sorted(Contact.objects.values_list("name", flat=True)) == [f"P{n}" for n in range(10)]
    assert ImportRow.objects.count() == 10


def test_a_turn_ends_when_its_time_is_over(did, boss, small):
    job = upload(PEOPLE, by=boss, did=did)
    choose_columns(job, Reading(job.columns))
    times = iter(range(100))
    rests = []

    count = keep_importing(clock=lambda: next(times), rest=rests.append)

    assert (count, len(rests)) == (1, 1)
    job.refresh_from_db()
    assert (job.state, job.checked_count) == ("checking", 3)


def test_a_long_import_does_not_hold_up_the_next_one(did, boss, small):
    jobs = [upload(PEOPLE, by=boss, did=did) for _ in range(2)]
    for job in jobs:
        choose_columns(job, Reading(job.columns))

    for _ in jobs:
        times = iter(range(100))
        keep_importing(clock=lambda times=times: next(times), rest=lambda seconds: None)

    assert [ImportJob.objects.get(pk=job.pk).checked_count for job in jobs] == [3, 3]


def test_the_file_goes_once_it_is_confirmed_and_open_pages_hear_once(did, boss, small):
    job = checked(PEOPLE, by=boss, did=did)
    assert ImportFile.objects.count() == 1
    before = Change.objects.count()

    confirm(job, by=boss, at=NOW)
    work()

    assert not ImportFile.objects.exists()
    assert Change.objects.count() == before + 1


def test_who_lost_the_right_meanwhile_imports_nothing_more(did, boss):
    job = checked(PEOPLE, by=boss, did=did)
    confirm(job, by=boss, at=NOW)
    Membership.objects.update(role=Role.AGENT)

    work()

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "not_allowed")
    assert not Contact.objects.exists()


def test_an_import_that_fails_does_not_hold_up_the_next_one(did, boss, monkeypatch):
    first, second = (checked(PEOPLE, by=boss, did=did) for _ in range(2))
    for job in (first, second):
        confirm(job, by=boss, at=NOW)
    original = steps._write

    def broken(job, importer):
        if job.pk == first.pk:
            raise ValueError("a row of its own kind")
        return original(job, importer)

    monkeypatch.setattr(steps, "_write", broken)
    monkeypatch.setattr(steps, "_guard", steps.RowGuard("import"))
    work()

    assert [ImportJob.objects.get(pk=job.pk).state for job in (first, second)] == [
        "running",
        "done",
    ]


def test_an_undo_takes_back_all_of_it(did, boss, small):
    job = imported(PEOPLE, by=boss, did=did)
    job.refresh_from_db()
    undo(job, by=boss, at=job.finished_at)
    work()

    job.refresh_from_db()
    assert (job.state, job.counts) == ("undone", {"create": 10, "undone": 10})
    assert not Contact.objects.exists()


def test_odd_texts_are_stored(did, boss):
    name = "😀" * 60
    text = f"name,phone,a\0b\n{name}\0,+34612345678,{'x' * 100_000}\nB,+34612345679,ok\n"
    job = imported(text, by=boss, did=did, name="a\0b😀.csv")

    assert (job.file_name, job.header[2]) == ("a\ufffdb😀.csv", "a\ufffdb")
    names = set(Contact.objects.values_list("name", flat=True))
    assert names == {f"{name}\ufffd", "B"}
