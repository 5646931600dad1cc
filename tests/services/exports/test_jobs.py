"""An export is written in parts, goes on after a crash, and is kept for three days."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from messaging.models import AuditEntry, ExportJob, ExportPart, KeyLimits, StaffAccess
from messaging.services.errors import InvalidInput
from messaging.services.exports import steps
from messaging.services.exports.jobs import (
    MOST_KEPT,
    delete_export,
    exports_seen_by,
    files_of,
    open_file,
    start_export,
)
from messaging.services.exports.retention import (
    KEPT_FOR,
    erase_exports,
    exports_holding,
    forget_exports,
)
from messaging.services.exports.steps import keep_exporting
from messaging.services.privacy.erasure import erase_contact
from messaging.services.privacy.redaction import redact_message
from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user
from tests.services.exports.files import exported, rows_of, text_of, work

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Killed(BaseException):
    """As by kill -9: nothing after it runs."""


@pytest.fixture
def agent(db):
    user = make_user("agent")
    make_did().members.add(user)
    return user


@pytest.fixture
def small(monkeypatch):
    """Two rows in a part."""
    monkeypatch.setattr(steps, "ROWS", 2)


@pytest.fixture
def five(db):
    thread = make_inbound().conversation
    return [make_outbound(thread, f"text {n}") for n in range(4)]


@pytest.mark.parametrize("killed_after", range(4))
def test_an_export_that_is_killed_goes_on_and_has_each_row_once(
    agent, five, small, monkeypatch, killed_after
):
    job = start_export(tables=["messages", "notes"], file_format="csv", by=agent, at=NOW)
    count, store = 0, steps._store

    def killed(*args, **kwargs):
        nonlocal count
        count += 1
        if count > killed_after:
            raise Killed
        return store(*args, **kwargs)

    monkeypatch.setattr(steps, "_store", killed)
    with pytest.raises(Killed):
        work()
    monkeypatch.setattr(steps, "_store", store)
    work()

    job.refresh_from_db()
    assert (job.state, job.counts, job.totals) == (
        "done", {"messages": 5, "notes": 0}, {"messages": 5, "notes": 0},
    )  # fmt: skip
    lines = text_of(job, "messages").splitlines()
    assert [lines[0].startswith("\ufeffid,"), len(lines)] == [True, 6]
    assert len(text_of(job, "notes").splitlines()) == 1


def test_two_workers_write_a_part_once(agent, five, small):
    job = start_export(tables=["messages"], file_format="jsonl", by=agent, at=NOW)
    steps._step(job.pk)
    late = ExportJob.objects.get(pk=job.pk)
    steps._step(job.pk)

    assert not steps._store(late, b"again\n", rows=2, last_id=10)

    work()
    job.refresh_from_db()
    assert len(rows_of(job, "messages")) == 5


def test_any_bytes_of_a_file_can_be_had(agent, five, small):
    job = exported(agent, "messages")
    (file,) = files_of(job)
    whole = text_of(job, "messages").encode()
    assert ExportPart.objects.count() == 3

    for begin in range(0, len(whole), 37):
        for end in (begin + 1, begin + 500, len(whole)):
            found = open_file(job, file, begin=begin, end=end, by=agent, at=NOW)
            assert b"".join(found) == whole[begin:end]


def test_a_turn_ends_when_its_time_is_over(agent, five, small):
    start_export(tables=["messages"], file_format="jsonl", by=agent, at=NOW)
    times, rests = iter(range(100)), []

    assert keep_exporting(clock=lambda: next(times), rest=rests.append) == 1
    assert len(rests) == 1


def test_who_may_not_export_starts_none_and_one_at_work_stops(agent, five):
    job = start_export(tables=["messages"], file_format="jsonl", by=agent, at=NOW)
    StaffAccess.objects.create(user=agent, may_export=False)
    agent = type(agent).objects.get(pk=agent.pk)

    with pytest.raises(PermissionDenied):
        start_export(tables=["messages"], file_format="jsonl", by=agent, at=NOW)
    work()

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "not_allowed")
    assert not ExportPart.objects.exists()
    assert not exports_seen_by(agent).exists()


@pytest.mark.parametrize(
    ("tables", "file_format", "field"),
    [([], "csv", "tables"), (["users"], "csv", "tables"), (["notes"], "xml", "format")],
)
def test_what_is_unknown_is_refused(agent, tables, file_format, field):
    with pytest.raises(InvalidInput) as refusal:
        start_export(tables=tables, file_format=file_format, by=agent, at=NOW)

    assert refusal.value.field == field


def test_somebody_has_few_at_work_and_few_kept(agent):
    for _ in range(MOST_KEPT + 2):
        exported(agent, "notes")
    assert ExportJob.objects.count() == MOST_KEPT

    for _ in range(2):
        start_export(tables=["notes"], file_format="csv", by=agent, at=NOW)
    with pytest.raises(InvalidInput) as refusal:
        start_export(tables=["notes"], file_format="csv", by=agent, at=NOW)
    assert refusal.value.code == "too_many"


def test_a_key_for_some_numbers_gets_those_and_sees_no_other_export(agent):
    make_inbound()
    other = make_did("447700900123", members=(agent,))
    make_inbound(other)
    whole = exported(agent, "messages")
    agent.key_limits = KeyLimits(frozenset({other.pk}))

    job = exported(agent, "messages")

    assert [row["number"] for row in rows_of(job, "messages")] == ["447700900123"]
    assert list(exports_seen_by(agent)) == [job]
    del agent.key_limits
    assert set(exports_seen_by(agent)) == {job, whole}


def test_the_audit_log_tells_who_took_what(agent, five):
    job = exported(agent, "messages")
    text_of(job, "messages")
    delete_export(job, by=agent, at=NOW)

    told = AuditEntry.objects.filter(object_type="exportjob").order_by("pk")
    assert [(row.action, row.actor_name, row.changes) for row in told] == [
        ("export_started", "agent", {"tables": ["messages"], "format": "jsonl"}),
        ("export_downloaded", "agent", {"table": "messages", "rows": 5}),
        ("export_deleted", "agent", {}),
    ]
    assert not ExportPart.objects.exists()


def test_who_skips_the_beginning_is_recorded_and_who_goes_on_only_once(agent, five):
    job = exported(agent, "messages")
    (file,) = files_of(job)

    for begin in (1, 10):
        list(open_file(job, file, begin=begin, end=file.byte_count, by=agent, at=NOW))

    assert AuditEntry.objects.filter(action="export_downloaded").count() == 1


def test_an_export_that_ends_while_others_are_looked_through_goes_too(agent, five):
    job = start_export(tables=["messages"], file_format="csv", by=agent, at=NOW)
    contact = five[0].conversation.contact

    holding = exports_holding(contact)
    work()
    erase_exports(holding)

    job.refresh_from_db()
    assert (job.state, ExportPart.objects.exists()) == ("failed", False)


def test_files_go_after_three_days(agent, five):
    exported(agent)

    assert forget_exports(at=NOW + KEPT_FOR) == 0
    assert forget_exports(at=NOW + KEPT_FOR + timedelta(seconds=1)) == 1
    assert not ExportJob.objects.exists()


def test_files_with_an_erased_person_go_and_others_stay(agent, five):
    london = make_did("447700900123")
    colleague = make_user()
    london.members.add(colleague)
    make_inbound(london, phone="34699888777")
    with_them, without = exported(agent), exported(colleague)
    at_work = start_export(tables=["notes"], file_format="csv", by=colleague, at=NOW)
    contact = five[0].conversation.contact

    counts = erase_contact(contact=contact, by=make_user(is_staff=True), at=NOW)

    assert counts["exports"] == 2
    states = [ExportJob.objects.get(pk=job.pk).state for job in (with_them, without, at_work)]
    assert states == ["failed", "done", "failed"]
    assert set(ExportPart.objects.values_list("job", flat=True)) == {without.pk}


def test_files_with_a_text_that_is_hidden_since_go(agent):
    message = make_inbound(content="my card is 4111")
    job = exported(agent)

    redact_message(message=message, content="***", by=agent, at=NOW)

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "contact_erased")
    assert not ExportPart.objects.exists()
