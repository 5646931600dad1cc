"""What was exported and read back is exported the same again, and nothing of it is sent."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db.models import Sum

from messaging.models import (
    AuditEntry,
    AuditHead,
    CircuitBreakerTrip,
    Contact,
    Mailing,
    Message,
    Notification,
    RejectedRequestCount,
    ReportCell,
    ReportSeries,
    StatusChange,
)
from messaging.services.audit.chain import verify
from messaging.services.audit.opt_out_proof import verify_opt_outs
from messaging.services.contacts.erased_numbers import contact_of
from messaging.services.operations.archive import put_back, take
from messaging.services.operations.archive.contents import TABLES, table_name
from messaging.services.operations.archive.problems import ArchiveProblem
from messaging.services.operations.archive.put_back import check_archive, import_archive
from messaging.services.operations.archive.take import export_archive
from messaging.services.operations.backup.after_restore import ID_GAP
from messaging.services.reports.catch_up import catch_up
from messaging.services.reports.check import differences
from messaging.services.sending.circuit_breaker import current_trip
from messaging.services.sending.claims import claim_due_messages
from tests.factories import NOW, make_inbound

from .conftest import empty_database

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LATER = NOW + timedelta(hours=6)


def data_of(path: Path) -> dict[str, list[dict]]:
    """Return the rows of each table."""
    with zipfile.ZipFile(path) as file:
        return {
            name.removeprefix("data/").removesuffix(".jsonl"): [
                json.loads(line) for line in file.read(name).splitlines() if line
            ]
            for name in file.namelist()
            if name.startswith("data/")
        }


def test_the_company_of_these_tests_has_rows_in_every_table(archive):
    assert [name for name, rows in data_of(archive).items() if not rows] == []


def test_what_was_read_back_is_exported_the_same_again(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(take, "AT_ONCE", 2)
    monkeypatch.setattr(put_back, "AT_ONCE", 3)
    before = data_of(archive)
    waiting = [row["id"] for row in before["messaging_message"] if row["status"] == "queued"]
    empty_database()

    done = import_archive(path=archive, at=LATER)
    export_archive(path=tmp_path / "two.zip", at=LATER)

    after = data_of(tmp_path / "two.zip")
    assert (len(waiting), done.unconfirmed, done.scheduled, done.people) == (1, 1, 1, 2)
    assert done.rows == {name: len(rows) for name, rows in before.items()}
    # The acts themselves: an import, an export, and the pause.
    assert [row["action"] for row in after["messaging_auditentry"][-2:]] == [
        "archive_imported",
        "archive_exported",
    ]
    del after["messaging_auditentry"][-2:]
    assert after["messaging_circuitbreakertrip"].pop()["code"] == "restored"
    assert after["messaging_statuschange"].pop()["message_id"] == waiting[0]
    # A mention that nobody was told of by mail so far.
    (told,) = before["messaging_notification"]
    before["messaging_notification"] = [told | {"emailed_at": "2026-11-22T15:00:00.000000Z"}]
    changed = {"messaging_audithead", "messaging_conversation", "messaging_message"}
    for name in before.keys() - changed:
        assert after[name] == before[name], name
    assert [row for row in after["messaging_message"] if row["id"] not in waiting] == [
        row for row in before["messaging_message"] if row["id"] not in waiting
    ]


def test_reports_still_count_the_messages_that_were_deleted_for_their_age(archive):
    catch_up()
    before = counted_messages()
    empty_database()

    import_archive(path=archive, at=LATER)
    catch_up()

    assert counted_messages() == before
    assert sum(before.values()) == Message.objects.count() + 1
    assert differences() == []


def counted_messages() -> dict[int, int]:
    """Messages by the quarter-hour in which they began."""
    cells = ReportCell.objects.filter(series_id__in=ReportSeries.objects.filter(span="quarter"))
    return dict(cells.values_list("start").annotate(total=Sum("messages")))


def test_nothing_is_sent_that_was_waiting(archive):
    Message.objects.filter(status="queued").update(queued_at=NOW)
    empty_database()

    import_archive(path=archive, at=LATER)

    assert current_trip().code == "restored"
    message = Message.objects.get(content__startswith="waits")
    assert (message.status, message.error_code) == ("unconfirmed", "since_backup")
    assert StatusChange.objects.filter(message=message).latest("id").code == "since_backup"
    assert Message.objects.get(content__startswith="tomorrow").status == "scheduled"
    assert claim_due_messages(worker="w", limit=10, at=LATER) == []
    assert not Notification.objects.filter(emailed_at__isnull=True).exists()


def test_the_log_still_proves_itself_and_opt_outs_hold(archive):
    empty_database()

    import_archive(path=archive, at=LATER)

    proof = verify()
    assert (proof.flaw, proof.erased > 0, proof.waiting) == (None, True, 1)
    assert verify_opt_outs()[1] is None
    assert AuditEntry.objects.latest("id").action == "archive_imported"
    contact, is_new = contact_of(phone_key="34600000001", phone="+34600000001")
    assert is_new
    assert contact.pk > ID_GAP


def test_nobody_gets_in_with_what_is_in_it(archive):
    text = archive.read_bytes()
    with zipfile.ZipFile(archive) as file:
        everything = b"".join(file.read(name) for name in file.namelist())
    for user in User.objects.all():
        assert user.password.encode() not in text + everything
    assert b"dddddddd" not in everything
    empty_database()

    import_archive(path=archive, at=LATER)

    assert {user.username: user.has_usable_password() for user in User.objects.all()} == {
        "boss": True, "lin": True, "robot": False,
    }  # fmt: skip
    assert not User.objects.get(username="boss").check_password("a good pass phrase")


def test_new_rows_get_ids_that_nobody_has_seen(archive):
    highest = Message.objects.latest("id").pk
    empty_database()

    import_archive(path=archive, at=LATER)

    assert make_inbound(content="after").pk > highest + ID_GAP // 2
    assert User.objects.create_user("new").pk > User.objects.get(username="boss").pk


def test_a_database_with_rows_is_left_as_it_is(archive):
    before = Contact.objects.count()

    with pytest.raises(ArchiveProblem, match="isn’t empty"):
        import_archive(path=archive, at=LATER)

    assert (Contact.objects.count(), CircuitBreakerTrip.objects.count()) == (before, 1)


def test_what_web_and_worker_write_by_themselves_is_replaced(archive):
    empty_database()
    Mailing.objects.create(key="audit-head", due_at=LATER)
    AuditHead.objects.create(pk=1)
    RejectedRequestCount.objects.create(day=NOW.date(), reason="signature", count=9, last_at=LATER)

    import_archive(path=archive, at=LATER)

    assert Mailing.objects.get().sent_at == NOW
    assert RejectedRequestCount.objects.get().count == 2


@pytest.mark.nightly_on_postgresql
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "newer didsms"),
        ({"migrations": [["messaging", "9999_of_tomorrow"]]}, "doesn’t know"),
        ({"migrations": "x"}, "damaged"),
        ({"made_at": "yesterday"}, "damaged"),
        ({"files": None}, "damaged"),
        ({"rows": {}}, "damaged"),
        ({"product": "other"}, "isn’t an archive of didsms"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(archive, tmp_path, changes, words):
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            if name == "manifest.json":
                raw = json.dumps({**json.loads(raw), **changes}).encode()
            new.writestr(name, raw)
    empty_database()

    with pytest.raises(ArchiveProblem, match=words):
        import_archive(path=changed, at=LATER)

    assert not any(model._base_manager.exists() for model in TABLES)


def test_other_columns_are_refused(archive, monkeypatch):
    ours = put_back.schema()
    ours["tables"]["messaging_label"]["columns"].append({"name": "shape", "type": "text"})
    monkeypatch.setattr(put_back, "schema", lambda: ours)

    with pytest.raises(ArchiveProblem, match="messaging_label has other columns"):
        check_archive(path=archive)


def test_a_database_that_is_not_migrated_is_refused(archive, monkeypatch):
    monkeypatch.setattr(put_back, "pending_migrations", lambda: [("messaging", "0001")])

    with pytest.raises(ArchiveProblem, match="migrate"):
        import_archive(path=archive, at=LATER)


def test_an_export_that_fails_leaves_nothing_under_the_name(company, tmp_path, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError("the disk")

    monkeypatch.setattr(take, "write_pages", fails)

    with pytest.raises(RuntimeError):
        export_archive(path=tmp_path / "one.zip", at=NOW)

    assert list(tmp_path.glob("**/*.zip*")) == []


def test_what_is_written_while_it_is_made_is_not_in_it_by_half(
    transactional_db, company, tmp_path, monkeypatch
):
    written = table_name(Contact)
    lines = take._Counted.lines

    def with_traffic(self):
        yield from lines(self)
        if table_name(self._model) == written:
            _message_from_another_connection()

    monkeypatch.setattr(take._Counted, "lines", with_traffic)
    export_archive(path=tmp_path / "one.zip", at=NOW)

    data = data_of(tmp_path / "one.zip")
    contacts = {row["id"] for row in data["messaging_contact"]}
    assert {row["contact_id"] for row in data["messaging_conversation"]} <= contacts
    assert Contact.objects.filter(phone_key="34655555555").exists()


def _message_from_another_connection() -> None:
    from threading import Thread

    from django.db import connection

    def write() -> None:
        make_inbound(phone="34655555555")
        connection.close()

    thread = Thread(target=write)
    thread.start()
    thread.join()
