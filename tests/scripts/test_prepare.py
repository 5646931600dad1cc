"""What is made ready before the site starts."""

import re

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from scripts.prepare import make_administrator
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_an_administrator_is_made_once_and_can_sign_in(capsys, rf):
    make_administrator()
    said = capsys.readouterr().out
    make_administrator()

    name, password = re.findall(r"^(?:Username|Password): (\S+)$", said, re.MULTILINE)
    assert capsys.readouterr().out == ""
    assert authenticate(rf.post("/"), username=name, password=password).is_superuser


def test_a_superuser_who_was_made_inactive_is_no_administrator(capsys):
    make_user("admin", is_superuser=True, is_active=False)

    make_administrator()

    assert capsys.readouterr().out.startswith("Username: admin2\n")
    assert list(User.objects.filter(is_superuser=True, is_active=True).values_list("username")) == [
        ("admin2",)
    ]
