"""How many requests a key may make in a minute."""

import itertools

import pytest

from didsms_site.server import shared_counter
from messaging.models import ApiKey
from messaging.services.access.request_rate import Quota, take_request

#: A minute that no clock shows: other tests count in the minutes of today.
MINUTE = 60 * 1_000_000
_ids = itertools.count(1, 2)


@pytest.fixture
def key():
    return ApiKey(pk=next(_ids), requests_per_minute=2)


def test_requests_are_counted_to_the_limit_and_from_nothing_in_the_next_minute(key):
    found = [take_request(key, now=MINUTE + second) for second in (0, 20, 59, 60)]

    assert found == [
        Quota(2, 1, 60, False),
        Quota(2, 0, 40, False),
        Quota(2, 0, 1, True),
        Quota(2, 1, 60, False),
    ]


def test_all_processes_of_a_node_count_together(key, monkeypatch):
    over = []
    for process in (3, 7, 9):
        monkeypatch.setattr(shared_counter, "_slot", process)
        over.append(take_request(key, now=MINUTE).is_over)

    assert over == [False, False, True]


def test_a_process_that_is_in_the_next_minute_already_uses_up_nothing_of_this_one(key, monkeypatch):
    monkeypatch.setattr(shared_counter, "_slot", 3)
    take_request(key, now=MINUTE + 60)
    monkeypatch.setattr(shared_counter, "_slot", 7)

    assert take_request(key, now=MINUTE + 59) == Quota(2, 1, 1, False)


def test_keys_count_by_themselves(key):
    other = ApiKey(pk=key.pk + 1, requests_per_minute=2)
    for _time in range(3):
        take_request(key, now=MINUTE)

    assert take_request(other, now=MINUTE) == Quota(2, 1, 60, False)


def test_a_key_without_a_limit_of_its_own_has_the_usual_one(key, settings):
    settings.API_REQUESTS_PER_MINUTE = 5
    key.requests_per_minute = None

    assert take_request(key, now=MINUTE).most == 5


@pytest.mark.parametrize(("own", "usual"), [(0, 5), (None, 0)])
def test_nought_is_no_limit(key, settings, own, usual):
    settings.API_REQUESTS_PER_MINUTE, key.requests_per_minute = usual, own

    assert take_request(key, now=MINUTE) is None


def test_the_headers_are_those_of_the_draft():
    assert Quota(600, 42, 17, False).headers() == {
        "RateLimit-Policy": '"key";q=600;w=60',
        "RateLimit": '"key";r=42;t=17',
    }
