"""Recovery codes: ten, each once, and none readable in the database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from messaging.models import RecoveryCode
from messaging.services.access.recovery_codes import codes_left, make_codes, take_recovery_code
from tests.factories import NOW, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_ten_codes_each_works_once_however_it_is_typed():
    user = make_user()
    codes = make_codes(user=user, address="")

    assert len(set(codes)) == 10
    assert take_recovery_code(user=user, code=codes[0], at=NOW)
    assert not take_recovery_code(user=user, code=codes[0], at=NOW)
    assert take_recovery_code(user=user, code=f" {codes[1].upper().replace('-', ' ')} ", at=NOW)
    assert codes_left(user=user) == 8


def test_a_code_is_its_owners_alone():
    codes = make_codes(user=make_user(), address="")

    assert not take_recovery_code(user=make_user(), code=codes[0], at=NOW)


def test_new_codes_end_the_old_ones():
    user = make_user()
    old = make_codes(user=user, address="")
    new = make_codes(user=user, address="")

    assert not take_recovery_code(user=user, code=old[0], at=NOW)
    assert take_recovery_code(user=user, code=new[0], at=NOW)


def test_the_database_holds_digests_which_a_changed_key_still_knows(settings):
    user = make_user()
    code = make_codes(user=user, address="")[0]
    kept = "".join(RecoveryCode.objects.values_list("digest", flat=True))
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 50

    assert code.replace("-", "") not in kept
    assert take_recovery_code(user=user, code=code, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_code_one_is_let_in():
    user = make_user()
    code = make_codes(user=user, address="")[0]

    def attempt(_number: int) -> bool:
        try:
            return take_recovery_code(user=user, code=code, at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(attempt, range(4))) == [False, False, False, True]


@pytest.mark.parametrize(
    "code",
    ["", "-", "\0" * 10, "\udcff" * 10, "a" * 100_000, "ﷺ" * 40],
    ids=["empty", "dash", "nul", "surrogates", "long", "ligatures"],
)
def test_what_is_no_code_is_refused(code):
    user = make_user()
    make_codes(user=user, address="")

    assert not take_recovery_code(user=user, code=code, at=NOW)
