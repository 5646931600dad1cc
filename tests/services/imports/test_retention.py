"""The rows of imports are kept for a while, and an erased person is in none of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.models import Contact, ImportFile, ImportJob, ImportRow
from messaging.services.imports.jobs import confirm, undo
from messaging.services.imports.rejections import why
from messaging.services.imports.retention import forget_imports
from messaging.services.privacy.erasure import erase_contact
from tests.factories import NOW, PHONE, make_did, make_inbound, make_user
from tests.services.imports.files import checked, imported, make_supervisor, upload, work

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TEXT = f"name,phone\nElena Quintanilla,+{PHONE}\nWang,+8613800138000\n"


@pytest.fixture
def did():
    return make_did()


@pytest.fixture
def boss(did):
    return make_supervisor(did)


def test_what_nobody_confirms_goes_after_a_day(did, boss):
    checked(TEXT, by=boss, did=did)

    assert forget_imports(at=NOW + timedelta(hours=23)) == 0
    assert forget_imports(at=NOW + timedelta(hours=25)) == 1
    assert not ImportJob.objects.exists()
    assert not ImportFile.objects.exists()


def test_the_rows_go_after_a_week_and_the_counts_stay(did, boss):
    job = imported(TEXT, by=boss, did=did)
    later = timezone.now() + timedelta(days=8)

    assert forget_imports(at=later - timedelta(days=2)) == 0
    assert forget_imports(at=later) == 1
    assert forget_imports(at=later) == 0

    job.refresh_from_db()
    assert (job.counts, job.header, job.emptied_at) == ({"create": 2}, [], later)
    assert not ImportRow.objects.exists()
    assert Contact.objects.count() == 2
    forget_imports(at=later + timedelta(days=90))
    assert not ImportJob.objects.exists()


def person_to_erase(did):
    contact = make_inbound(did).conversation.contact
    Contact.objects.filter(pk=contact.pk).update(name="Elena Quintanilla")
    return Contact.objects.get(pk=contact.pk)


def erase(contact):
    return erase_contact(contact=contact, by=make_user(is_staff=True), at=NOW)


def everything_kept():
    rows = ImportRow.objects.values_list("cells", "key", "facts", "before", "after")
    jobs = ImportJob.objects.values_list("file_name", "header")
    return f"{list(rows)}{list(jobs)}".casefold()


def test_an_erased_person_is_in_no_row_of_an_import(did, boss):
    contact = person_to_erase(did)
    text = TEXT + f"Elena Q.,{PHONE[:6]}..,\nquintanilla,nonsense\nOther,nonsense\n"
    imported(text, by=boss, did=did, name="quintanilla.csv")

    counts = erase(contact)

    assert counts["import_rows"] == 3
    kept = everything_kept()
    assert [word for word in (PHONE, "elena", "quintanilla") if word in kept] == []
    assert "wang" in kept
    assert "other" in kept


def test_a_stored_file_with_an_erased_person_goes_and_others_stay(did, boss):
    contact = person_to_erase(did)
    upload(f"name,phone\nsomebody,{PHONE[:2]} {PHONE[2:]}\n", by=boss, did=did)
    other = upload("name,phone\nWang,+8613800138000\n", by=boss, did=did)

    erase(contact)

    assert list(ImportFile.objects.values_list("job", flat=True)) == [other.pk]


def test_a_stored_file_goes_where_the_person_is_in_what_is_not_read(did, boss):
    contact = person_to_erase(did)
    card = "BEGIN:VCARD\nFN:Wang\nTEL:+8613800138000\nX-FRIEND:Elena Quintanilla\nEND:VCARD\n"
    for text in (card, f"name,phone\nWang,+8613800138000{',' * 120}+{PHONE}\n"):
        upload(text, by=boss, did=did)

    erase(contact)

    assert not ImportFile.objects.exists()


def test_a_stored_file_that_cannot_be_read_any_more_goes_too(did, boss, settings):
    contact = person_to_erase(did)
    upload("name,phone\n" + "Wang,+8613800138000\n" * 5, by=boss, did=did)
    settings.IMPORT_MAX_ROWS = 1

    erase(contact)

    assert not ImportFile.objects.exists()


def test_the_number_of_an_erased_person_is_in_no_row_of_another_number_on_its_line(did, boss):
    text = f"name,phone,phone 2\nElena,+{PHONE},+34612345679\nWang,+8613800138000,\n"
    job = imported(text, by=boss, did=did)

    erase(Contact.objects.get(phone_key=PHONE))

    assert PHONE not in everything_kept()
    assert "34612345679" in everything_kept()
    undo(job, by=boss, at=timezone.now())
    work()
    assert not Contact.objects.filter(erased_at=None).exists()


def test_the_reason_of_a_row_is_told_without_what_it_quoted(did, boss, client):
    contact = person_to_erase(did)
    job = imported(f"Elena,phone,name\nx,+{PHONE},{'E' * 121}\n", by=boss, did=did)
    erase(contact)

    row = ImportRow.objects.get()
    assert why(row.reason, row.facts) == "“…” has more than 120 characters."
    assert [why(reason, {}) for reason in ("bad_field", "unknown_variable")] == [
        "“…” doesn’t fit the kind of its field.",
        "… isn’t a variable.",
    ]
    client.force_login(boss)
    assert client.get(f"/imports/{job.pk}/").status_code == 200
    assert client.get(f"/imports/{job.pk}/rejected.csv").getvalue()


def test_an_erased_person_is_not_imported_by_what_was_confirmed_before(did, boss):
    contact = person_to_erase(did)
    job = checked("name,phone\nOther name,+34612345678\n", by=boss, did=did)
    confirm(job, by=boss, at=NOW)

    erase(contact)
    work()

    job.refresh_from_db()
    assert job.state == "done"
    assert not Contact.objects.filter(erased_at=None).exists()


def test_an_undo_after_an_erasure_brings_nothing_back(did, boss):
    contact = person_to_erase(did)
    job = imported(f"name,phone\nOther name,+{PHONE}\n", by=boss, did=did)
    erase(Contact.objects.get(pk=contact.pk))

    undo(job, by=boss, at=timezone.now())
    work()

    assert Contact.objects.get().name == ""
