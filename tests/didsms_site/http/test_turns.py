"""Parts of pages take turns, but nobody waits for long and nothing else waits at all."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from didsms_site.http import turns

LIST = "/inbox/parts/list/?view=open"


class Work:
    """A view that goes on when it is told to, and knows how many were inside at once."""

    def __init__(self):
        self.go_on = threading.Event()
        self.inside = threading.Semaphore(0)
        self.at_once = self.most = 0

    def __call__(self, _request):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.inside.release()
        assert self.go_on.wait(10)
        self.at_once -= 1
        return HttpResponse()


@pytest.fixture
def work():
    return Work()


def ask(middleware, path):
    return middleware(RequestFactory().get(path)).status_code


def test_parts_are_made_one_after_the_other(work, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_WAIT_SECONDS", 10)
    middleware = turns.TurnsMiddleware(work)

    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(ask, middleware, LIST) for _ in range(3)]
        assert work.inside.acquire(timeout=10)
        work.go_on.set()
        assert [one.result(10) for one in asked] == [200, 200, 200]

    assert work.most == 1


@pytest.mark.parametrize("path", ["/inbox/open/", "/api/v1/messages/", f"{LIST}&q=hello"])
def test_pages_and_searches_do_not_wait(work, monkeypatch, path):
    monkeypatch.setattr(turns, "LONGEST_WAIT_SECONDS", 10)
    middleware = turns.TurnsMiddleware(work)

    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(ask, middleware, one) for one in (LIST, path)]
        assert work.inside.acquire(timeout=5)
        assert work.inside.acquire(timeout=5)
        work.go_on.set()
        assert [one.result(10) for one in asked] == [200, 200]


def test_a_request_that_waited_long_enough_goes_on(work, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_WAIT_SECONDS", 0.01)
    middleware = turns.TurnsMiddleware(work)

    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(ask, middleware, LIST) for _ in range(2)]
        assert work.inside.acquire(timeout=10)
        assert work.inside.acquire(timeout=10)
        work.go_on.set()
        assert [one.result(10) for one in asked] == [200, 200]
