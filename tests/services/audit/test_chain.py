"""The chain of the audit log finds what was changed, removed or inserted."""

import io

import pytest
from django.core.management import CommandError, call_command

from messaging.models import AuditEntry, AuditHead
from messaging.services.audit import chain
from messaging.services.audit.chain import Flaw, chain_waiting, verify
from messaging.services.audit.record import Subject, record
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def rows():
    """Four rows, three of them chained."""
    user = make_user("ana")
    for number in range(3):
        record("test", actor=user, about=Subject("x", number), changes={"n": [number, "é"]})
    assert chain_waiting() == 3
    record("test", actor=user)
    return list(AuditEntry.objects.order_by("id"))


def test_an_untouched_log_is_proven_also_with_rows_that_wait(rows):
    proof = verify()

    assert (proof.chained, proof.waiting, proof.flaw) == (3, 1, None)
    assert proof.head == AuditHead.objects.get().hash
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert proof.head in out.getvalue()


def test_the_chain_goes_on_where_it_was(rows):
    assert (chain_waiting(), chain_waiting()) == (1, 0)
    assert (verify().chained, verify().waiting) == (4, 0)
    assert len({row.hash for row in AuditEntry.objects.all()}) == 4


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "other"),
        ("actor_name", "bob"),
        ("remote_addr", "192.0.2.1"),
        ("changes", {"n": [2, 3]}),
        ("hash", "0" * 64),
    ],
)
def test_a_changed_row_is_found(rows, column, value):
    AuditEntry.objects.filter(pk=rows[1].pk).update(**{column: value})

    assert verify().flaw == Flaw(rows[1].pk, 2, "changed")
    with pytest.raises(CommandError, match=f"row {rows[1].pk} at place 2 was changed"):
        call_command("verify_audit")


@pytest.mark.parametrize("number", [0, 1, 2], ids=["first", "middle", "last"])
def test_a_removed_row_is_found(rows, number):
    rows[number].delete()

    assert verify().flaw == Flaw(None, number + 1, "removed")


def test_a_row_put_at_the_end_of_the_chain_is_found(rows):
    copy = rows[2]
    copy.pk, copy.position = copy.pk + 1000, 4
    copy.save(force_insert=True)

    assert verify().flaw == Flaw(copy.pk, 4, "inserted")


def test_rows_that_are_chained_while_it_looks_are_no_flaw(rows, monkeypatch):
    walk = chain._flaw_at

    def while_the_worker_goes_on(*arguments, **named):
        record("test", actor=None)
        chain_waiting()
        return walk(*arguments, **named)

    monkeypatch.setattr(chain, "_flaw_at", while_the_worker_goes_on)

    proof = verify()

    assert (proof.chained, proof.flaw) == (3, None)
    assert AuditHead.objects.get().position == 7


def test_a_row_that_the_database_alone_was_given_is_found_and_never_chained(rows):
    copy = rows[2]
    copy.pk, copy.position, copy.hash, copy.action = copy.pk + 1000, None, "", "forged"
    copy.save(force_insert=True)

    assert chain_waiting() == 1
    assert verify().flaw == Flaw(copy.pk, None, "unsealed")


def test_a_row_that_waits_cannot_be_changed_unseen(rows):
    AuditEntry.objects.filter(pk=rows[3].pk).update(actor_name="bob")

    assert verify().flaw == Flaw(rows[3].pk, None, "unsealed")


def test_a_new_secret_key_proves_the_old_rows(rows, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one that nobody can guess, either"

    assert verify().flaw is None
    assert chain_waiting() == 1
