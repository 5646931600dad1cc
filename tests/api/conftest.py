"""What the tests of the API share: a client that is signed in by token."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from tests.factories import make_user


def client_of(user: User) -> APIClient:
    """A client that sends the user's token."""
    client = APIClient()
    token, _new = Token.objects.get_or_create(user=user)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
    return client


def error_of(response: Any) -> dict[str, Any]:
    """An error without the name of its request, which no other has."""
    body: dict[str, Any] = response.json()
    assert body.pop("request_id") == response.headers["X-Request-ID"] != ""
    return body


@pytest.fixture
def ana(db: None) -> User:
    """A member of staff who is no administrator."""
    return make_user("ana")


@pytest.fixture
def boss(db: None) -> User:
    """An administrator."""
    return make_user("boss", is_staff=True)


@pytest.fixture
def api(ana: User) -> APIClient:
    """Ana's client."""
    return client_of(ana)


@pytest.fixture
def admin_api(boss: User) -> APIClient:
    """The administrator's client."""
    return client_of(boss)
