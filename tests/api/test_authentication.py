"""Signing in with a token."""

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from messaging.services.access.tokens import token_of
from tests.api.conftest import client_of
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ROOT = "/api/v1/messages/"


def test_a_token_brings_its_user_whole(ana):
    token = Token.objects.create(user=ana)

    found = token_of(token.key)

    columns = [field.attname for field in ana._meta.concrete_fields]
    ana.refresh_from_db()
    assert (found.key, found.created) == (token.key, token.created)
    assert [getattr(found.user, name) for name in columns] == [
        getattr(ana, name) for name in columns
    ]


@pytest.mark.parametrize("key", ["", "nonsense", "a\0b", "x" * 500])
def test_a_key_that_is_none_signs_nobody_in(key, ana):
    Token.objects.create(user=ana)

    assert token_of(key) is None


def test_a_token_is_dead_from_the_call_that_follows_its_end(ana):
    client = client_of(ana)
    assert client.get(ROOT).status_code == 200

    Token.objects.all().delete()

    response = client.get(ROOT)
    assert (response.status_code, response.json()["code"]) == (401, "authentication_failed")


def test_an_inactive_user_is_not_signed_in():
    user = make_user("gone")
    client = client_of(user)
    user.is_active = False
    user.save()

    response = client.get(ROOT)

    assert (response.status_code, response.json()["detail"]) == (401, "User inactive or deleted.")


def test_another_users_token_shows_nothing_of_mine(ana):
    client_of(ana)
    bob = make_user("bob")

    assert token_of(client_of(bob)._credentials["HTTP_AUTHORIZATION"].split()[1]).user == bob


def test_a_call_without_a_token_is_refused(db):
    assert APIClient().get(ROOT).status_code == 401
