"""Accounts made at the command line."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from messaging.models import Membership, StaffAccess
from tests.factories import DID, make_did, make_user

pytestmark = pytest.mark.django_db
OTHER = "447700900123"


def create(name: str, *options: str, password: str | None = None, monkeypatch=None) -> str:
    out = io.StringIO()
    if password is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        options = (*options, "--password-stdin")
    call_command("create_user", name, *options, stdout=out)
    return out.getvalue()


def test_a_viewer_of_two_numbers(monkeypatch):
    make_did()
    make_did(OTHER)

    create(
        "vera", "--email", "vera@example.com", "--role", "viewer", "--numbers", f"{DID},+{OTHER}",
        password="a good pass phrase", monkeypatch=monkeypatch,
    )  # fmt: skip

    vera = User.objects.get(username="vera")
    roles = Membership.objects.filter(user=vera).values_list("didnumber__number", "role")
    assert set(roles) == {(DID, "viewer"), (OTHER, "viewer")}
    assert (vera.check_password("a good pass phrase"), vera.is_staff) == (True, False)


def test_an_administrator_needs_no_numbers_and_gets_a_link():
    said = create("root", "--role", "administrator")

    root = User.objects.get(username="root")
    assert (root.is_staff, root.has_usable_password()) == (True, False)
    assert "/accounts/reset/" in said


def test_a_role_on_all_numbers():
    create("sue", "--role", "supervisor", "--all-numbers")

    assert StaffAccess.objects.get(user__username="sue").everywhere == "supervisor"


@pytest.mark.parametrize(
    ("name", "options", "password"),
    [
        pytest.param("taken", (), None, id="the name is taken"),
        pytest.param("new", ("--numbers", "12345"), None, id="no such number"),
        pytest.param("new", ("--email", "nowhere"), None, id="no address"),
        pytest.param("new", (), "12345", id="a weak password"),
    ],
)
def test_what_cannot_be_used_makes_nothing(name, options, password, monkeypatch):
    make_user("taken")
    make_did()
    with pytest.raises(CommandError):
        create(name, *options, password=password, monkeypatch=monkeypatch)

    assert list(User.objects.values_list("username", flat=True)) == ["taken"]
