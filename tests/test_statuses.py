"""Every pair of statuses: what may follow what."""

import itertools
from pathlib import Path

import pytest

from messaging.statuses import (
    INITIAL,
    RESENDABLE,
    TRANSITIONS,
    WAITING,
    Status,
    can_become,
    mermaid_diagram,
)

S = Status
ALLOWED = {
    ("scheduled", "queued"),
    ("scheduled", "canceled"),
    ("scheduled", "blocked"),
    ("scheduled", "unconfirmed"),
    ("held", "queued"),
    ("held", "canceled"),
    ("held", "blocked"),
    ("held", "unconfirmed"),
    ("queued", "sending"),
    ("queued", "canceled"),
    ("queued", "blocked"),
    ("queued", "unconfirmed"),
    ("sending", "sent"),
    ("sending", "queued"),
    ("sending", "failed"),
    ("sending", "unconfirmed"),
    ("sent", "delivered"),
    ("sent", "undelivered"),
    ("undelivered", "delivered"),
    ("unconfirmed", "sent"),
    ("unconfirmed", "delivered"),
    ("unconfirmed", "undelivered"),
    ("unconfirmed", "failed"),
}


@pytest.mark.parametrize(
    ("old", "new"), list(itertools.product([s.value for s in Status], repeat=2))
)
def test_a_status_may_follow_another_only_as_the_table_says(old, new):
    assert can_become(old, new) == ((old, new) in ALLOWED)


def test_every_status_has_its_row():
    assert set(TRANSITIONS) == set(Status)


def test_what_may_have_left_never_waits_again_for_a_worker():
    may_have_left = {S.UNCONFIRMED, S.SENT, S.DELIVERED, S.UNDELIVERED, S.FAILED}

    assert not [
        s for s in may_have_left if S.QUEUED in TRANSITIONS[s] or S.SENDING in TRANSITIONS[s]
    ]


def test_only_waiting_messages_can_be_canceled():
    assert {s for s in Status if S.CANCELED in TRANSITIONS[s]} == WAITING == INITIAL


def test_nothing_that_was_delivered_or_is_on_its_way_can_be_sent_again():
    assert not RESENDABLE & {
        S.SENT,
        S.DELIVERED,
        S.SENDING,
        S.QUEUED,
        S.SCHEDULED,
        S.HELD,
        S.RECEIVED,
    }


def test_the_diagram_shows_every_move():
    arrows = {
        tuple(line.strip().split(" --> "))
        for line in mermaid_diagram().splitlines()
        if "-->" in line
    }

    assert {(a, b) for a, b in arrows if "[*]" not in (a, b)} == ALLOWED


def test_the_architecture_shows_the_diagram_of_the_table():
    text = (Path(__file__).parent.parent / "ARCHITECTURE.md").read_text("utf-8")

    assert f"```mermaid\n{mermaid_diagram()}```" in text
