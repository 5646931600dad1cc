"""Opt-outs that are lifted, moved or deleted past the audit log are found."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from messaging.models import AuditEntry, OptOut
from messaging.services.audit import opt_out_proof
from messaging.services.audit.opt_out_proof import OptOutFlaw, verify_opt_outs
from messaging.services.contacts.opt_outs import end_opt_outs, record_opt_out
from tests.factories import NOW, make_conversation, make_did, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def opt_outs():
    """Three in force: of one number, of another contact, of all numbers."""
    did = make_did()
    threads = [make_conversation(did, phone=f"3460000000{number}") for number in range(3)]
    return [
        record_opt_out(conversation=thread, at=NOW, is_for_all_numbers=number == 2)
        for number, thread in enumerate(threads)
    ]


def test_opt_outs_that_came_and_ended_by_the_way_are_right(opt_outs):
    end_opt_outs(
        conversation=opt_outs[0].contact.conversations.get(),
        at=NOW + timedelta(days=1),
        by=make_user("eva", is_staff=True),
        reason="They called",
    )
    # All numbers but this one stay covered.
    thread = opt_outs[2].contact.conversations.get()
    end_opt_outs(conversation=thread, at=NOW + timedelta(days=1), by=None, keyword="START")

    assert verify_opt_outs() == (3, None)


def test_one_from_before_the_log_is_left_alone(opt_outs):
    AuditEntry.objects.all().delete()
    OptOut.objects.filter(pk=opt_outs[0].pk).delete()

    assert verify_opt_outs() == (0, None)


def lift(opt_out):
    OptOut.objects.filter(pk=opt_out.pk).update(ended_at=NOW, end_reason="x")


def delete(opt_out):
    OptOut.objects.filter(pk=opt_out.pk).delete()


def move(opt_out):
    other = make_conversation(phone="34699999999").contact
    OptOut.objects.filter(pk=opt_out.pk).update(contact=other)


def cut(opt_out):
    opt_out.allowed_numbers.add(make_did("447700900123"))


@pytest.mark.parametrize("change", [lift, cut], ids=["altogether", "another number"])
def test_an_end_for_one_number_covers_no_other_end(opt_outs, change):
    thread = opt_outs[2].contact.conversations.get()
    end_opt_outs(conversation=thread, at=NOW + timedelta(days=1), by=None, keyword="START")
    change(opt_outs[2])

    assert verify_opt_outs()[1] == OptOutFlaw(opt_outs[2].pk, "lifted")


def test_a_row_of_before_said_of_every_end_the_same(opt_outs):
    AuditEntry.objects.create(
        at=NOW,
        action="opt_out_ended",
        object_type="optout",
        object_id=str(opt_outs[2].pk),
        changes={"contact": opt_outs[2].contact_id, "number": None, "keyword": "START"},
    )
    cut(opt_outs[2])

    assert verify_opt_outs() == (3, None)


@pytest.mark.parametrize(
    ("change", "index", "problem"),
    [(lift, 0, "lifted"), (delete, 1, "deleted"), (move, 1, "moved"), (cut, 2, "lifted")],
)
def test_what_is_done_past_the_log_is_found(opt_outs, monkeypatch, change, index, problem):
    monkeypatch.setattr(opt_out_proof, "AT_ONCE", 2)
    change(opt_outs[index])

    assert verify_opt_outs()[1] == OptOutFlaw(opt_outs[index].pk, problem)
    with pytest.raises(CommandError, match=f"opt-out {opt_outs[index].pk} was {problem}"):
        call_command("verify_audit", stdout=io.StringIO())
