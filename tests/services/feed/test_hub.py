"""The hub's slots: nobody takes all of them, and none is taken for ever."""

import gc

import pytest
from django.test import RequestFactory

from messaging.services.feed import hub as hub_module
from messaging.services.feed.hub import MOST_STREAMS_OF_ONE, QUEUE_LENGTH, Hub
from messaging.views.machines import live
from tests.factories import make_user

HINT = (1, "message", 1, 1)


@pytest.fixture
def hub(monkeypatch) -> Hub:
    """A hub that hears of nothing."""
    monkeypatch.setattr(hub_module, "FIRST_LOOK_SECONDS", 0)
    monkeypatch.setattr(Hub, "_run", lambda _self: None)
    return Hub()


def test_a_person_with_too_many_streams_loses_the_oldest(hub):
    mine = [hub.subscribe(person_id=1) for _turn in range(MOST_STREAMS_OF_ONE + 2)]
    other = hub.subscribe(person_id=2)

    ended = [stream.changes.qsize() == 1 and stream.changes.get() is None for stream in mine]

    assert ended == [True] * 2 + [False] * MOST_STREAMS_OF_ONE
    assert other.changes.empty()
    assert hub.stream_count == MOST_STREAMS_OF_ONE + 1


def test_a_stream_that_did_not_keep_up_can_be_ended_all_the_same(hub):
    stream = hub.subscribe(person_id=1)
    for _turn in range(QUEUE_LENGTH + 1):
        stream.put(HINT)

    stream.end()

    heard = [stream.changes.get() for _turn in range(QUEUE_LENGTH)]
    assert heard == [HINT] * (QUEUE_LENGTH - 1) + [None]
    assert stream.has_gap


def test_a_place_that_nobody_holds_any_more_is_free(hub):
    stream = hub.subscribe(person_id=1)
    assert hub.stream_count == 1

    del stream
    gc.collect()

    assert hub.stream_count == 0


@pytest.mark.django_db
@pytest.mark.parametrize("read", [0, 1], ids=["before its first byte", "after it"])
def test_a_response_that_is_closed_gives_its_place_back(hub, monkeypatch, rf: RequestFactory, read):
    monkeypatch.setattr(live, "hub", hub)
    monkeypatch.setattr(live.connection, "close", lambda: None)
    request = rf.get("/live/stream")
    request.user = make_user()
    response = live.stream(request)
    events = iter(response)
    for _turn in range(read):
        next(events)
    assert hub.stream_count == 1

    response.close()

    assert hub.stream_count == 0
