"""Attempts to sign in that are under way at the same moment."""

import pytest

from messaging.models import AttemptCount
from messaging.services.access.sign_in_limits import SignIn
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ANN = SignIn(name="ann", address="192.0.2.1")
ELSEWHERE = SignIn(name="ann", address="198.51.100.1")


def test_a_crowd_that_is_right_shuts_nobody_out():
    waits = [ANN.begin(at=NOW) for _ in range(25)]
    for _ in range(25):
        ANN.succeeded(at=NOW)

    assert (waits, ANN.begin(at=NOW), ELSEWHERE.begin(at=NOW)) == ([0] * 25, 0, 0)


def test_guesses_at_the_same_moment_are_bounded():
    waits = [ANN.begin(at=NOW) for _ in range(100)]

    failures = [ANN.failed(at=NOW) for wait in waits if wait == 0]

    assert (waits.count(0), set(waits)) == (30, {0, 2})
    assert (failures[0], ANN.begin(at=NOW), ELSEWHERE.begin(at=NOW)) == (900, 900, 0)


def test_without_an_address_only_the_account_is_limited():
    nowhere = SignIn(name="ann", address="")
    for _ in range(10):
        nowhere.begin(at=NOW)
        nowhere.failed(at=NOW)

    other = SignIn(name="ben", address="")

    assert (nowhere.begin(at=NOW), other.begin(at=NOW)) == (900, 0)


def test_only_the_network_is_known_and_only_for_this_account():
    ANN.succeeded(at=NOW)

    assert AttemptCount.objects.count() == 1
    for number in range(40):
        guess = SignIn(name="ann", address=f"203.0.113.{number}")
        if guess.begin(at=NOW) == 0:
            guess.failed(at=NOW)
    assert (ANN.begin(at=NOW), ELSEWHERE.begin(at=NOW)) == (0, 2)


def test_guesses_of_others_at_the_same_address_shut_nobody_out_who_is_known_there():
    ANN.succeeded(at=NOW)
    for number in range(20):
        guess = SignIn(name=f"name-{number}", address=ANN.address)
        guess.begin(at=NOW)
        guess.failed(at=NOW)
    stranger = SignIn(name="ben", address=ANN.address)

    assert (ANN.begin(at=NOW), ANN.failed(at=NOW), stranger.begin(at=NOW)) == (0, 0, 900)


def test_guesses_at_an_account_that_is_known_there_are_limited_and_count_for_the_address():
    ANN.succeeded(at=NOW)
    for _ in range(10):
        ANN.begin(at=NOW)
        ANN.failed(at=NOW)
    for number in range(10):
        SignIn(name=f"name-{number}", address=ANN.address).failed(at=NOW)
    stranger = SignIn(name="ben", address=ANN.address)

    assert (ANN.begin(at=NOW), stranger.begin(at=NOW)) == (900, 900)
