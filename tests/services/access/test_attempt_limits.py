"""Limits: counting, waiting, forgetting."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from messaging.models import AttemptCount
from messaging.services.access.attempt_limits import (
    Counter,
    Limit,
    confirm_failure,
    count_of,
    forget,
    forget_old_attempts,
    take,
    wait_for,
)
from messaging.services.access.sign_in_limits import ACCOUNT, ADDRESS, PAIR
from tests.factories import NOW

THREE = Limit("three", most=3, within=timedelta(minutes=10), first_wait=timedelta(minutes=5))
ANN, BEN = Counter(THREE, "ann"), Counter(THREE, "ben")


@pytest.mark.parametrize(
    ("count", "seconds"),
    [(9, 0), (10, 2), (11, 4), (12, 8), (13, 16), (14, 32), (15, 60), (16, 60), (10**9, 60)],
)
def test_an_account_is_slowed_down_for_a_minute_at_most(count: int, seconds: int):
    assert ACCOUNT.wait_after(count) == timedelta(seconds=seconds)


@pytest.mark.parametrize("limit", [PAIR, ADDRESS], ids=["pair", "address"])
def test_an_address_is_shut_out_for_a_quarter_of_an_hour(limit: Limit):
    waits = [limit.wait_after(count) for count in (limit.most - 1, limit.most, limit.most + 5)]

    assert waits == [timedelta(0), timedelta(minutes=15), timedelta(minutes=15)]


@pytest.mark.database
@pytest.mark.django_db
def test_the_last_attempt_may_be_made_and_blocks_those_after_it():
    waits = [take(ANN, at=NOW) for _ in range(4)]

    assert (waits, wait_for(ANN, at=NOW), wait_for(BEN, at=NOW)) == ([0, 0, 0, 300], 300, 0)


@pytest.mark.django_db
def test_the_window_begins_with_the_first_attempt():
    take(ANN, at=NOW)
    take(ANN, at=NOW + timedelta(minutes=9))

    before, after = NOW + timedelta(minutes=9, seconds=59), NOW + timedelta(minutes=10)

    assert (count_of(ANN, at=before), count_of(ANN, at=after)) == (2, 0)
    assert take(ANN, at=after) == 0
    assert count_of(ANN, at=after) == 1


@pytest.mark.django_db
def test_a_block_outlasts_the_window_in_which_it_began():
    for minute in (0, 1, 9):
        take(ANN, at=NOW + timedelta(minutes=minute))

    assert take(ANN, at=NOW + timedelta(minutes=13)) == 60
    assert take(ANN, at=NOW + timedelta(minutes=14)) == 0


@pytest.mark.django_db
def test_where_one_counter_blocks_none_counts():
    for _ in range(3):
        take(ANN, at=NOW)

    assert take(ANN, BEN, at=NOW) == 300
    assert AttemptCount.objects.count() == 1


@pytest.mark.django_db
def test_forgetting_one_subject_starts_it_from_zero():
    for _ in range(3):
        take(ANN, at=NOW)
    take(BEN, at=NOW)

    forget(ANN)

    assert (take(ANN, at=NOW), count_of(BEN, at=NOW)) == (0, 1)


@pytest.mark.django_db
def test_counters_whose_time_is_over_are_deleted():
    take(ANN, at=NOW)
    take(BEN, at=NOW + timedelta(minutes=5))

    deleted = forget_old_attempts(at=NOW + timedelta(minutes=12))

    assert (deleted, count_of(BEN, at=NOW + timedelta(minutes=12))) == (1, 1)


@pytest.mark.django_db
def test_the_same_subject_of_two_limits_counts_twice():
    other = Counter(Limit("other", 3, timedelta(minutes=1), timedelta(minutes=1)), "ann")
    take(ANN, at=NOW)

    assert (count_of(ANN, at=NOW), count_of(other, at=NOW)) == (1, 0)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_moment_do_not_pass_together():
    def attempt(_number: int) -> int:
        try:
            return take(ANN, BEN, at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(attempt, range(16)))

    assert sorted(waits) == [0] * 3 + [300] * 13


CROWD = Counter(
    Limit(
        "crowd",
        most=3,
        within=timedelta(minutes=10),
        first_wait=timedelta(minutes=5),
        in_flight=4,
    ),
    "ann",
)


@pytest.mark.database
@pytest.mark.django_db
def test_attempts_under_way_block_nobody_until_one_fails():
    under_way = [take(CROWD, at=NOW) for _ in range(8)]

    failed = confirm_failure(CROWD, at=NOW)

    assert under_way == [0] * 7 + [2]
    assert (failed, take(CROWD, at=NOW)) == (300, 300)


@pytest.mark.django_db
def test_failures_one_after_another_block_with_the_last_that_is_free():
    waits = []
    for _ in range(3):
        take(CROWD, at=NOW)
        waits.append(confirm_failure(CROWD, at=NOW))

    assert waits == [0, 0, 300]


@pytest.mark.django_db
def test_a_failure_after_somebody_was_right_counts_nothing():
    take(CROWD, at=NOW)
    forget(CROWD)

    assert (confirm_failure(CROWD, at=NOW), count_of(CROWD, at=NOW)) == (0, 0)
