"""`manage.py reset_second_factor`: the glass that is broken when a phone is lost."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from messaging.models import AuditEntry, SecondFactor
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def run(name: str) -> str:
    said = StringIO()
    call_command("reset_second_factor", name, stdout=said)
    return said.getvalue().strip()


def test_afterwards_the_password_is_enough(client):
    ana = make_user("ana")
    SecondFactor.objects.create(user=ana, secret="x", passkey_count=1)

    assert run("ana") == "ana signs in with the password alone now."

    form = {"username": "ana", "password": "a good pass phrase"}
    assert client.post("/accounts/login/", form)["Location"] == "/"
    assert AuditEntry.objects.filter(action="second_factor_reset", via="command").count() == 1


def test_without_a_factor_the_days_begin_again():
    make_user("ana")

    assert run("ana") == "ana had no second factor; their days to set one up begin again."


def test_nobody_of_that_name():
    with pytest.raises(CommandError, match=r"There is no user ben\."):
        run("ben")
