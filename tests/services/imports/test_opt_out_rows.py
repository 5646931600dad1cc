"""Imported opt-outs hold like any other and lift none; an undo ends those nobody asked for."""

import pytest
from django.utils import timezone

from messaging.models import AuditEntry, ConversationEvent, ImportRow, Message, OptOut
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.errors import InvalidInput, OptedOut
from messaging.services.imports.jobs import confirm, undo
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.recipients import start_conversation
from tests.factories import NOW, PHONE, make_conversation, make_did, make_inbound, make_outbound
from tests.services.imports.files import checked, imported, make_supervisor, outcomes, work

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
]
LIST = f"phone\n+{PHONE}\n"


@pytest.fixture
def did():
    return make_did()


@pytest.fixture
def boss(did):
    return make_supervisor(did)


def opt_outs(text, boss, did):
    return imported(text, by=boss, did=did, kind="opt_outs")


def take_back(job, by, reason="wrong list"):
    undo(job, by=by, at=timezone.now(), reason=reason)
    work()
    return list(ImportRow.objects.filter(job=job).values_list("state", "reason"))


def test_it_holds_for_somebody_nobody_has_written_to(did, boss):
    opt_outs(LIST, boss, did)

    thread = start_conversation(did_number=did, phone=f"+{PHONE}", at=NOW)
    with pytest.raises(OptedOut):
        queue_message(NewMessage(content="x"), conversation=thread, user=boss, at=NOW)
    row = OptOut.objects.get()
    assert (row.did_number, row.created_by, row.ended_at) == (did, boss, None)


def test_it_covers_every_number_where_none_is_chosen(did, boss):
    opt_outs(LIST, boss, None)

    assert OptOut.objects.get().did_number is None


def test_what_waits_is_blocked_and_the_conversation_says_so(did, boss):
    waiting = make_outbound(make_conversation(did))

    opt_outs(LIST, boss, did)

    assert Message.objects.get(pk=waiting.pk).status == "blocked"
    event = ConversationEvent.objects.get(kind="opted_out")
    assert (event.actor, event.facts) == (boss, None)


def test_one_that_is_there_stays_as_it_was(did, boss):
    proof = make_inbound(did, content="STOP")

    job = opt_outs(LIST, boss, did)

    assert outcomes(job) == [(2, "same", "")]
    assert OptOut.objects.get().message == proof


def test_numbers_that_were_taken_out_are_covered_again(did, boss):
    old = record_opt_out(conversation=make_conversation(did), at=NOW, is_for_all_numbers=True)
    old.allowed_numbers.add(did)

    job = opt_outs(LIST, boss, None)

    assert not old.allowed_numbers.exists()
    assert take_back(job, boss) == [("undone", "")]
    assert list(old.allowed_numbers.all()) == [did]
    assert OptOut.objects.get().ended_at is None


def test_an_undo_ends_what_the_import_began_and_needs_a_reason(did, boss):
    job = opt_outs(LIST, boss, did)

    with pytest.raises(InvalidInput):
        undo(job, by=boss, at=timezone.now(), reason=" ")
    assert take_back(job, boss) == [("undone", "")]

    row = OptOut.objects.get()
    assert (row.ended_by, row.end_reason) == (boss, "wrong list")


@pytest.mark.parametrize("how", ["keyword", "by hand"])
def test_an_undo_leaves_somebody_who_asked_themselves_since(did, boss, how):
    job = opt_outs(LIST, boss, did)
    if how == "keyword":
        make_inbound(did, content="STOP")
    else:
        record_opt_out(conversation=make_conversation(did), at=NOW, by=boss)

    assert take_back(job, boss) == [("left", "left_asked_again")]
    assert OptOut.objects.get().ended_at is None


def test_an_undo_leaves_somebody_who_wrote_since(did, boss):
    job = opt_outs(LIST, boss, did)
    make_inbound(did, content="please never again")

    assert take_back(job, boss) == [("left", "left_in_use")]
    assert OptOut.objects.get().ended_at is None


def test_the_audit_log_tells_of_the_import_and_its_undo(did, boss):
    job = opt_outs(LIST, boss, did)
    take_back(job, boss)

    told = AuditEntry.objects.filter(object_type="importjob").order_by("pk")
    assert [(row.action, row.actor_name, row.object_id) for row in told] == [
        ("import_confirmed", boss.username, str(job.pk)),
        ("import_undone", boss.username, str(job.pk)),
    ]
    assert told[0].changes == {"kind": "opt_outs", "number": did.pk, "create": 1}


def test_a_number_that_is_none_is_invalid(did, boss):
    job = checked("phone\nhello\n", by=boss, did=did, kind="opt_outs")

    assert [row[1:] for row in outcomes(job)] == [("invalid", "number_not_part")]


def test_an_undo_leaves_who_is_on_another_list_too(did, boss):
    wrong = opt_outs(f"{LIST}+34612345679\n", boss, did)
    assert outcomes(opt_outs(LIST, boss, did)) == [(2, "same", "")]

    assert take_back(wrong, boss) == [("left", "left_asked_again"), ("undone", "")]
    assert OptOut.objects.in_force().get().contact.phone_key == PHONE


def test_one_that_ended_since_the_trial_run_is_recorded_again(did, boss):
    wrong = opt_outs(LIST, boss, did)
    right = checked(f"{LIST}+34612345679\n", by=boss, did=did, kind="opt_outs")
    assert [row[1] for row in outcomes(right)] == ["same", "create"]
    take_back(wrong, boss)

    confirm(right, by=boss, at=NOW)
    work()

    assert [row[1] for row in outcomes(right)] == ["create", "create"]
    assert OptOut.objects.in_force().count() == 2
    assert take_back(right, boss) == [("undone", ""), ("undone", "")]


def test_an_undo_covers_no_number_again_that_was_taken_out_since(did, boss):
    other = make_did("447700900123")
    old = record_opt_out(conversation=make_conversation(did), at=NOW, is_for_all_numbers=True)
    old.allowed_numbers.add(did)
    job = opt_outs(LIST, boss, None)
    old.allowed_numbers.add(other)

    assert take_back(job, boss) == [("undone", "")]
    assert set(old.allowed_numbers.all()) == {did, other}
