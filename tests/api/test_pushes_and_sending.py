"""The resources for administrators: pushes and sending."""

import pytest

from messaging.models import Message, Push
from messaging.reasons import Reason
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import open_breaker
from tests.factories import NOW, inbound_envelope, make_did, make_inbound, make_outbound

PUSHES = "/api/v1/pushes/"
SENDING = "/api/v1/sending/"
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", [PUSHES, f"{PUSHES}1/", SENDING])
def test_only_administrators_read(api, path):
    assert api.get(path).status_code == 403


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("é".encode() * 3000, "é" * 2048),
        (b"x" + "é".encode() * 3000, "x" + "é" * 2047),
        (b"\xff" * 4096, "\ufffd" * 1365),
        (b"caf\xc3", "caf\ufffd"),
        (b"", ""),
    ],
    ids=["whole characters", "cut in one", "broken and long", "broken and short", "erased"],
)
def test_a_body_is_cut_between_characters_and_never_longer_than_4_kib(admin_api, raw, shown):
    push = Push.objects.create(received_at=NOW, raw_body=raw, outcome="quarantined")

    assert admin_api.get(f"{PUSHES}{push.pk}/").json()["body"] == shown


@pytest.mark.parametrize("path", [f"{PUSHES}1/replay/", f"{SENDING}resume/"])
def test_only_administrators_act(api, path):
    assert api.post(path).status_code == 403


def test_a_push_is_shown_with_the_beginning_of_its_body(admin_api):
    push = Push.objects.create(
        received_at=NOW,
        raw_body=b"a\x00" + "é".encode() * 3000,
        outcome="quarantined",
        reason="not_json",
        flags=["bad_size"],
        is_signed=True,
        remote_addr="192.0.2.1",
    )

    shown = admin_api.get(f"{PUSHES}{push.pk}/").json()

    body = shown.pop("body")
    assert (body[:3], len(body)) == ("aéé", 1 + 2047)
    assert shown == {
        "id": push.pk,
        "received_at": "2026-11-22T09:00:00Z",
        "kind": "unknown",
        "outcome": "quarantined",
        "reason": "not_json",
        "flags": ["bad_size"],
        "is_signed": True,
        "remote_addr": "192.0.2.1",
        "number": None,
        "message": None,
        "replayed_at": None,
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("outcome=applied", 1),
        ("outcome=quarantined", 1),
        ("reason=unknown_number", 1),
        ("kind=inbound", 1),
        ("is_signed=1", 0),
        ("number=8615088888888", 1),
    ],
)
def test_pushes_can_be_narrowed(admin_api, query, count):
    make_inbound()
    record_push(envelope=inbound_envelope(did="34911000000"))

    assert len(admin_api.get(f"{PUSHES}?{query}").json()["results"]) == count


def test_an_outcome_that_does_not_exist_is_a_400(admin_api):
    assert list(admin_api.get(f"{PUSHES}?outcome=lost").json()["fields"]) == ["outcome"]


def test_a_quarantined_push_is_replayed_once(admin_api):
    push = record_push(envelope=inbound_envelope())
    make_did()

    first = admin_api.post(f"{PUSHES}{push.pk}/replay/")
    again = admin_api.post(f"{PUSHES}{push.pk}/replay/")

    assert (first.status_code, first.json()["outcome"]) == (200, "applied")
    assert first.json()["message"] == Message.objects.get().pk
    assert (again.status_code, again.json()["code"]) == (409, "already_applied")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_queries_at_any_length(admin_api, rows, django_assert_num_queries):
    for number in range(rows):
        make_inbound(content=str(number))

    with django_assert_num_queries(2):  # the token, the pushes
        assert len(admin_api.get(PUSHES).json()["results"]) == rows


def test_a_running_queue_says_what_waits(admin_api):
    make_outbound()

    assert admin_api.get(SENDING).json() == {
        "state": "running",
        "reason": "",
        "pauses": [],
        "depth": 1,
        "oldest": "2026-11-22T09:00:00Z",
        "scheduled": 0,
    }


def test_a_paused_queue_says_why_and_goes_on_when_told_to(admin_api):
    open_breaker(reason=Reason("1102"), message=None, at=NOW)

    paused = admin_api.get(SENDING).json()
    resumed = admin_api.post(f"{SENDING}resume/")
    again = admin_api.post(f"{SENDING}resume/")

    assert (paused["state"], paused["reason"]) == (
        "paused",
        "The balance of the NXCloud account is used up: top it up at NXCloud.",
    )
    assert paused["pauses"] == [
        {
            "code": "1102",
            "reason": "The balance of the NXCloud account is used up: top it up at NXCloud.",
            "mender": "administrator",
            "message": None,
            "began_at": "2026-11-22T09:00:00Z",
            "next_trial_at": "2026-11-22T09:01:00Z",
            "trials": 0,
        }
    ]
    assert (resumed.status_code, resumed.json()["state"]) == (200, "running")
    assert again.status_code == 200
