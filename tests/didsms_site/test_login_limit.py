import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def try_to_sign_in(
    client: Client, password: str, *, name: str = "ann", address: str = "192.0.2.1"
) -> int:
    form = {"username": name, "password": password}
    return client.post(LOGIN, form, REMOTE_ADDR=address).status_code


@pytest.fixture
def shut_out(client: Client) -> User:
    """An administrator whose password somebody has guessed ten times from one address."""
    user = User.objects.create_superuser("ann", password="right")
    answers = [try_to_sign_in(client, f"wrong {number}") for number in range(10)]
    assert answers == [200] * 9 + [429]
    return user


def test_after_ten_failures_even_the_right_password_waits(client: Client, shut_out: User):
    response = client.post(LOGIN, {"username": "ann", "password": "right"}, REMOTE_ADDR="192.0.2.1")

    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()


def test_others_at_the_same_address_are_not_shut_out(client: Client, shut_out: User):
    User.objects.create_superuser("ben", password="right")

    assert try_to_sign_in(client, "right", name="ben") == 302


def test_nobody_can_shut_out_a_colleague_who_is_elsewhere(client: Client, shut_out: User):
    assert try_to_sign_in(client, "right", address="192.0.2.2") == 302


def test_behind_a_proxy_the_callers_address_counts(client: Client, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    User.objects.create_superuser("ann", password="right")
    form = {"username": "ann", "password": "wrong"}
    for _ in range(10):
        client.post(LOGIN, form, headers={"X-Forwarded-For": "198.51.100.7"})

    def answer(caller: str) -> int:
        form = {"username": "ann", "password": "right"}
        return client.post(LOGIN, form, headers={"X-Forwarded-For": caller}).status_code

    assert (answer("198.51.100.7"), answer("198.51.100.8")) == (429, 302)


def test_signing_in_forgets_earlier_failures(client: Client):
    User.objects.create_superuser("ann", password="right")
    for _ in range(3):
        for _ in range(6):
            assert try_to_sign_in(client, "wrong") == 200
        assert try_to_sign_in(client, "right") == 302
        client.logout()


def test_an_api_token_is_never_shut_out(client: Client, shut_out: User):
    token = Token.objects.create(user=shut_out)

    response = client.get("/api/v1/numbers/", headers={"Authorization": f"Token {token.key}"})

    assert response.status_code == 200
