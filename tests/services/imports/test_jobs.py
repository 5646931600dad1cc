"""Who may import what, within which limits, and what can be done at which state."""

from datetime import timedelta

import pytest

from messaging.models import ContactField, ImportFile, ImportJob, Membership, TeamSettings
from messaging.policy import Role
from messaging.services.errors import InvalidInput, WrongState
from messaging.services.imports.jobs import (
    MOST_UNCONFIRMED,
    UNDO_FOR,
    Reading,
    can_be_undone,
    change_columns,
    choose_columns,
    confirm,
    discard,
    may_import,
    stored_table,
    undo,
)
from tests.factories import NOW, make_did, make_user
from tests.services.imports.files import checked, imported, make_supervisor, upload

pytestmark = pytest.mark.django_db
TEXT = "name,phone\nElena,+34612345678\n"


@pytest.fixture
def did():
    return make_did()


@pytest.fixture
def boss(did):
    return make_supervisor(did)


@pytest.mark.parametrize(
    ("role", "allowed"), [(Role.SUPERVISOR, True), (Role.AGENT, False), (Role.VIEWER, False)]
)
def test_who_may_import_to_a_number(did, role, allowed):
    TeamSettings.objects.create(pk=1, staff_create_replies=True)
    user = make_user()
    Membership.objects.create(didnumber=did, user=user, role=role)

    assert {
        kind: may_import(user, kind=kind, did_number=did) for kind in ImportJob.Kind.values
    } == dict.fromkeys(ImportJob.Kind.values, allowed)
    assert not may_import(user, kind="contacts", did_number=make_did("447700900123"))
    assert not may_import(user, kind="contacts", did_number=None)
    assert may_import(user, kind="opt_outs", did_number=None) == allowed


@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [("IMPORT_MAX_BYTES", 10, "too_large"), ("IMPORT_MAX_ROWS", 1, "too_many_rows")],
)
def test_a_file_has_limits(did, boss, settings, limit, value, code):
    setattr(settings, limit, value)

    with pytest.raises(InvalidInput) as refusal:
        upload(TEXT + "B,+34612345679\n", by=boss, did=did)

    assert (refusal.value.field, refusal.value.code) == ("file", code)
    assert not ImportJob.objects.exists()


def test_nobody_piles_up_files(did, boss):
    for _ in range(MOST_UNCONFIRMED):
        upload(TEXT, by=boss, did=did)

    with pytest.raises(InvalidInput) as refusal:
        upload(TEXT, by=boss, did=did)

    assert refusal.value.code == "too_many"


@pytest.mark.parametrize(
    ("columns", "code"),
    [(["name", ""], "missing_column"), (["phone", "phone"], None)],
)  # fmt: skip
def test_columns_must_hold_what_is_needed(did, boss, columns, code):
    job = upload(TEXT, by=boss, did=did)
    if code is None:
        assert choose_columns(job, Reading(columns)).state == "checking"
        return

    with pytest.raises(InvalidInput) as refusal:
        choose_columns(job, Reading(columns))

    assert refusal.value.code == code


def test_a_meaning_comes_once(did, boss):
    job = upload("a,b,c\n+34612345678,x,y\n", by=boss, did=did)

    with pytest.raises(InvalidInput) as refusal:
        choose_columns(job, Reading(["phone", "name", "name"]))

    assert refusal.value.code == "column_twice"


def test_a_file_that_is_read_in_another_way_shows_its_columns_again(did, boss):
    job = upload("name;phone\nElena;+34612345678\n", by=boss, did=did)

    row = choose_columns(job, Reading(job.columns, separator=","))

    assert (row.state, row.separator, len(row.columns)) == ("uploaded", ",", 1)


def test_the_trial_run_can_begin_again_until_it_is_confirmed(did, boss):
    job = checked(TEXT, by=boss, did=did)
    change_columns(job)
    choose_columns(job, Reading(["name", "phone"]))

    with pytest.raises(WrongState):
        confirm(job, by=boss, at=NOW)
    assert not job.rows.exists()


def test_what_is_confirmed_can_neither_be_changed_nor_discarded_nor_confirmed_again(did, boss):
    job = imported(TEXT, by=boss, did=did)

    for act in (
        lambda: choose_columns(job, Reading(job.columns)),
        lambda: change_columns(job),
        lambda: confirm(job, by=boss, at=NOW),
        lambda: discard(job),
        lambda: stored_table(job),
    ):
        with pytest.raises(WrongState):
            act()


def test_who_lost_the_right_confirms_and_undoes_nothing(did, boss):
    job = checked(TEXT, by=boss, did=did)
    done = imported("name,phone\nB,+34612345679\n", by=boss, did=did)
    Membership.objects.update(role=Role.AGENT)

    with pytest.raises(InvalidInput):
        confirm(job, by=boss, at=NOW)
    with pytest.raises(InvalidInput):
        undo(done, by=boss, at=done.finished_at)


def test_an_undo_is_possible_for_a_day_and_once(did, boss):
    job = imported(TEXT, by=boss, did=did)
    over = job.finished_at + UNDO_FOR

    assert can_be_undone(job, at=over - timedelta(seconds=1))
    assert not can_be_undone(job, at=over)
    with pytest.raises(WrongState):
        undo(job, by=boss, at=over)
    undo(job, by=boss, at=job.finished_at)
    with pytest.raises(WrongState):
        undo(job, by=boss, at=job.finished_at)


def test_a_discarded_import_is_gone(did, boss):
    discard(checked(TEXT, by=boss, did=did))

    assert not ImportJob.objects.exists()
    assert not ImportFile.objects.exists()


@pytest.mark.parametrize("names", ["City,city", "Town,city", "Other,Other"])
def test_two_columns_do_not_fill_one_field(did, boss, names):
    ContactField.objects.create(key="city", name="Town")
    job = upload(f"phone,{names}\n+34612345678,A,B\n", by=boss, did=did)
    meanings = ["phone", "field", "field"]

    with pytest.raises(InvalidInput) as refusal:
        choose_columns(job, Reading(meanings))
    assert refusal.value.code == "column_twice"
