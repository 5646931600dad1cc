"""Who must have a second factor, until when, and how it is reset."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core import mail

from messaging.models import AuditEntry, RecoveryCode, SecondFactor
from messaging.services.access.recovery_codes import make_codes
from messaging.services.access.second_factor import (
    begin_grace,
    due_at,
    factor_of,
    is_overdue,
    is_required,
    may_remove_one,
    reset,
)
from tests.factories import NOW, make_user
from tests.processes import until

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("setting", "required"),
    [
        ("administrators", [True, False, False]),
        ("everyone", [True, True, False]),
        ("nobody", [False, False, False]),
    ],
)
def test_who_must_have_one_is_a_setting(settings, setting, required):
    settings.REQUIRE_SECOND_FACTOR = setting
    people = [make_user(is_staff=True), make_user(), AnonymousUser()]

    assert [is_required(person) for person in people] == required


def test_three_days_begin_with_the_first_sign_in_and_not_again():
    ana = make_user(is_staff=True)
    assert (due_at(ana), is_overdue(ana, at=NOW)) == (None, False)

    begin_grace(ana, at=NOW)
    begin_grace(ana, at=NOW + timedelta(days=2))

    ana = User.objects.get(pk=ana.pk)
    assert due_at(ana) == NOW + timedelta(days=3)
    assert not is_overdue(ana, at=NOW + timedelta(days=3, seconds=-1))
    assert is_overdue(ana, at=NOW + timedelta(days=3))


def test_time_does_not_run_for_who_need_not_or_has_one():
    ana, ben = make_user(is_staff=True), make_user()
    SecondFactor.objects.create(user=ana, passkey_count=1)

    begin_grace(ana, at=NOW)
    begin_grace(ben, at=NOW)

    assert not SecondFactor.objects.filter(grace_ends_at__isnull=False).exists()


def test_one_who_has_set_it_up_is_never_overdue():
    ana = make_user(is_staff=True)
    SecondFactor.objects.create(user=ana, secret="x", grace_ends_at=NOW)

    assert not is_overdue(ana, at=NOW)


@pytest.mark.parametrize(
    ("is_staff", "secret", "passkeys", "may"),
    [
        (True, "x", 0, False),
        (True, "", 1, False),
        (True, "x", 1, True),
        (True, "", 2, True),
        (False, "x", 0, True),
    ],
)
def test_the_last_factor_stays_where_one_is_required(is_staff, secret, passkeys, may):
    factor = SecondFactor(secret=secret, passkey_count=passkeys)

    assert may_remove_one(make_user(is_staff=is_staff), factor) == may


def test_a_reset_takes_everything_away_and_is_recorded_and_told(
    django_capture_on_commit_callbacks,
):
    ana = make_user("ana", email="ana@example.com")
    SecondFactor.objects.create(user=ana, secret="x", grace_ends_at=NOW)
    make_codes(user=ana, address="")

    with django_capture_on_commit_callbacks(execute=True):
        assert reset(ana, actor=None)

    assert factor_of(User.objects.get(pk=ana.pk)).pk is None
    assert not RecoveryCode.objects.exists()
    row = AuditEntry.objects.get(action="second_factor_reset")
    assert (row.via, row.object_name, row.actor_id) == ("command", "ana", None)
    until(lambda: mail.outbox, what="a mail")
    assert mail.outbox[-1].subject == "[didsms] Two-step verification was turned off"
    assert mail.outbox[-1].to == ["ana@example.com"]
