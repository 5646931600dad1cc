"""Codes of an authenticator app: the right ones, each once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.db import connection

from messaging.models import SecondFactor
from messaging.services.access.authenticator import (
    address_of,
    looks_like_code,
    new_secret,
    qr_code,
    take_code,
    turn_off,
    turn_on,
)
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NOW = datetime(2026, 11, 30, 12, 0, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)


def code_at(secret: str, at: datetime) -> str:
    return pyotp.TOTP(secret).at(at)


def person(secret: str, **fields):
    """Somebody whose app was set up an hour ago."""
    user = make_user(**fields)
    at = NOW - timedelta(hours=1)
    assert turn_on(user=user, secret=secret, code=code_at(secret, at), at=at, address="")
    return user


def test_the_published_vector_is_taken():
    """RFC 6238, appendix B: the 20 bytes "12345678901234567890" at 59 s."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    assert turn_on(
        user=make_user(),
        secret=secret,
        code="287082",
        at=datetime.fromtimestamp(59, UTC),
        address="",
    )


@pytest.mark.parametrize(
    ("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_differ_by_one_step(steps, is_taken):
    secret = new_secret()
    user = person(secret)

    assert take_code(user=user, code=code_at(secret, NOW + steps * STEP), at=NOW) == is_taken


def test_a_code_is_taken_once_and_no_older_one_after_it():
    secret = new_secret()
    user = person(secret)
    before, now, after = (code_at(secret, NOW + steps * STEP) for steps in (-1, 0, 1))

    assert [take_code(user=user, code=code, at=NOW) for code in (now, now, before, after)] == [
        True, False, False, True,
    ]  # fmt: skip


def test_the_code_that_set_up_the_app_does_not_sign_in():
    secret, user = new_secret(), make_user()
    code = code_at(secret, NOW)
    turn_on(user=user, secret=secret, code=code, at=NOW, address="")

    assert not take_code(user=user, code=code, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_code_one_is_let_in():
    secret = new_secret()
    user = person(secret)
    code = code_at(secret, NOW)

    def attempt(_number: int) -> bool:
        try:
            return take_code(user=user, code=code, at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(attempt, range(4))) == [False, False, False, True]


@pytest.mark.parametrize(
    "code",
    ["", "12345", "1234567", "abcdef", "\0" * 6, "\udcff" * 6, "٠١٢٣٤٥", "1" * 100_000, "²" * 6],
    ids=["empty", "short", "wide", "letters", "nul", "surrogates", "arabic", "long", "superscript"],
)
def test_what_is_no_code_is_refused(code):
    assert not take_code(user=person(new_secret()), code=code, at=NOW)


def test_blanks_and_wide_digits_do_not_matter():
    wide = str.maketrans("0123456789", "0123456789")
    secret = new_secret()
    code = code_at(secret, NOW)

    assert looks_like_code(f" {code[:3]} {code[3:]} ")
    assert take_code(user=person(secret), code=f" {code[:3]} {code[3:]} ".translate(wide), at=NOW)


def test_the_database_does_not_show_the_secret_and_a_new_key_seals_it_again(settings):
    secret = new_secret()
    user = person(secret)
    old = SecondFactor.objects.get(user=user).secret
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 50

    assert take_code(user=user, code=code_at(secret, NOW), at=NOW)

    settings.SECRET_KEY_FALLBACKS = []
    later = NOW + STEP
    assert secret not in old
    assert take_code(user=user, code=code_at(secret, later), at=later)


def test_the_only_factor_of_somebody_who_needs_one_stays():
    ana, ben = person(new_secret(), is_staff=True), person(new_secret())

    assert (turn_off(user=ana, address=""), turn_off(user=ben, address="")) == (False, True)
    has_app = [SecondFactor.objects.get(user=user).has_authenticator for user in (ana, ben)]
    assert has_app == [True, False]


def test_the_qr_code_is_an_element_without_styles_or_scripts():
    address = address_of("A" * 32, user=make_user("ana maría"), site="sms.example.com")
    code = qr_code(address)

    assert address == (
        "otpauth://totp/didsms:ana%20mar%C3%ADa%40sms.example.com?secret=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&issuer=didsms"
    )
    assert code.startswith("<svg")
    assert not {"style", "script", "class"} & set(code.replace("=", " ").replace("<", " ").split())
