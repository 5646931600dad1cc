"""How often somebody may try to sign in, seen from the outside."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from messaging.models import AttemptCount

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


@pytest.fixture
def later(monkeypatch) -> Callable[[timedelta], None]:
    """Let time pass for what counts attempts."""

    def later(by: timedelta) -> None:
        now: datetime = timezone.now() + by
        monkeypatch.setattr("messaging.views.account.sign_in.timezone.now", lambda: now)

    return later


def test_addresses_of_one_ipv6_network_count_together(client: Client):
    User.objects.create_superuser("ann", password="right")

    answers = [
        try_to_sign_in(client, "wrong", address=f"2001:db8:1:2::{number:x}") for number in range(10)
    ]
    neighbor = try_to_sign_in(client, "right", address="2001:db8:1:3::1")

    assert (answers, neighbor) == ([200] * 9 + [429], 302)


@pytest.mark.parametrize(
    "hop",
    ["203.0.113.9:{port}", "unknown", "[2001:db8::{port}]:{port}", "_x{port}"],
    ids=["port", "unknown", "IPv6 with port", "a made-up name"],
)
def test_what_a_proxy_writes_beside_an_address_does_not_void_the_limit(
    client: Client, settings, hop: str
):
    settings.TRUSTED_PROXY_COUNT = 1
    User.objects.create_superuser("ann", password="right")
    form = {"username": "ann", "password": "wrong"}

    answers = [
        client.post(LOGIN, form, headers={"X-Forwarded-For": hop.format(port=5000 + n)}).status_code
        for n in range(11)
    ]

    assert answers == [200] * 9 + [429] * 2


def test_one_address_cannot_try_many_names(client: Client):
    User.objects.create_superuser("ann", password="right")

    answers = [try_to_sign_in(client, "wrong", name=f"name{number}") for number in range(20)]
    shut_out = try_to_sign_in(client, "right")
    elsewhere = try_to_sign_in(client, "right", address="192.0.2.2")

    assert (answers, shut_out, elsewhere) == ([200] * 19 + [429], 429, 302)


@pytest.mark.database
def test_a_name_with_nul_is_told_to_wait_like_any_other(client: Client):
    for number in range(20):
        try_to_sign_in(client, "wrong", name=f"name{number}")

    assert try_to_sign_in(client, "wrong", name="a\0b") == 429


def test_many_addresses_only_slow_one_account_down(client: Client, later):
    User.objects.create_superuser("ann", password="right")

    answers = [
        try_to_sign_in(client, "wrong", address=f"192.0.2.{number}") for number in range(10, 30)
    ]
    at_once = try_to_sign_in(client, "right", address="198.51.100.1")
    later(timedelta(seconds=61))
    soon = try_to_sign_in(client, "right", address="198.51.100.1")

    assert (answers, at_once, soon) == ([200] * 10 + [429] * 10, 429, 302)


def test_a_slowed_down_account_says_how_many_seconds_to_wait(client: Client):
    for number in range(10, 20):
        try_to_sign_in(client, "wrong", address=f"192.0.2.{number}")

    response = client.post(LOGIN, {"username": "ann", "password": "x"}, REMOTE_ADDR="198.51.100.1")

    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 2
    assert "then try again." in response.content.decode()


def test_where_somebody_has_signed_in_before_no_stranger_slows_them_down(client: Client):
    User.objects.create_superuser("ann", password="right")
    assert try_to_sign_in(client, "right", address="198.51.100.1") == 302
    client.logout()
    for number in range(10, 30):
        try_to_sign_in(client, "wrong", address=f"192.0.2.{number}")

    assert try_to_sign_in(client, "right", address="198.51.100.1") == 302


def test_capitals_and_wide_letters_do_not_give_more_attempts(client: Client):
    names = ["ann", "ANN", "Ann", "\uff41nn", " ann "]

    answers = [try_to_sign_in(client, "wrong", name=names[n % 5]) for n in range(10)]

    assert answers == [200] * 9 + [429]


def test_refused_attempts_leave_nothing_behind(client: Client, shut_out: User):
    def rows() -> list[tuple[object, ...]]:
        return list(AttemptCount.objects.order_by("key").values_list())

    before = rows()
    answers = {try_to_sign_in(client, f"wrong {number}") for number in range(30)}

    assert (answers, rows()) == ({429}, before)


def test_a_form_that_was_not_filled_in_is_no_attempt(client: Client):
    answers = {try_to_sign_in(client, "") for _ in range(12)}

    assert (answers, AttemptCount.objects.count()) == ({200}, 0)


def test_after_a_quarter_of_an_hour_one_may_try_again(client: Client, shut_out: User, later):
    later(timedelta(minutes=14))
    still = try_to_sign_in(client, "right")
    later(timedelta(minutes=15, seconds=5))

    assert (still, try_to_sign_in(client, "right")) == (429, 302)


def test_names_and_addresses_are_not_kept(client: Client, shut_out: User):
    kept = str(list(AttemptCount.objects.values()))

    assert "ann" not in kept
    assert "192.0.2" not in kept
