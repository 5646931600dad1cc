"""Between password and second factor a session remembers somebody, for a short time."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from messaging.services.access.pending_sign_in import (
    await_factor,
    is_proved,
    prove,
    stop_waiting,
    who_waits,
)
from messaging.services.access.sessions import SessionStore
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return make_user("ana")


@pytest.fixture
def session(ana) -> SessionStore:
    session = SessionStore()
    await_factor(session, user=ana, next_page="/reports/", at=NOW)
    return session


@pytest.mark.parametrize(("minutes", "waits"), [(0, True), (9, True), (10, False), (-1, False)])
def test_somebody_waits_for_ten_minutes(session, ana, minutes, waits):
    found = who_waits(session, at=NOW + timedelta(minutes=minutes))

    assert found == ((ana, "/reports/") if waits else None)


def test_nobody_waits_any_more_after_another_password(session, ana):
    ana.set_password("another good phrase")
    ana.save()

    assert who_waits(session, at=NOW) is None


def test_a_deactivated_account_does_not_wait(session, ana):
    User.objects.filter(pk=ana.pk).update(is_active=False)

    assert who_waits(session, at=NOW) is None


def test_signing_in_ends_the_wait_and_proves_who_it_is_for_a_while(session):
    stop_waiting(session, at=NOW)

    assert who_waits(session, at=NOW) is None
    assert is_proved(session, at=NOW + timedelta(minutes=14))
    assert not is_proved(session, at=NOW + timedelta(minutes=15))


def test_a_session_of_before_has_proved_nothing():
    session = SessionStore()
    assert not is_proved(session, at=NOW)

    prove(session, at=NOW)
    assert is_proved(session, at=NOW)
