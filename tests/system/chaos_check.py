"""What must hold after whatever has failed: each check returns what contradicts it."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from messaging.statuses import Status, can_become

from .chaos import CLOCK_STEP_SECONDS, Chaos


def findings(chaos: Chaos) -> dict[str, Any]:
    """Return what was found, by the promise that it breaks; nothing where all hold."""
    checks = {
        "an acknowledged push is there once": pushes_once,
        "what the API took is there once": sends_once,
        "no text leaves twice": nothing_left_twice,
        "what is said of a message is true": true_statuses,
        "a canceled message does not leave": canceled_stay,
        "a status only goes forward": forward_only,
        "opt-outs are respected": opt_outs,
        "hidden stays hidden": hidden_stay,
        "what is unconfirmed says why": unconfirmed_say_why,
        "within a conversation the order is kept": in_order,
    }
    found = {name: check(chaos) for name, check in checks.items()}
    return {name: wrong for name, wrong in found.items() if wrong}


def column(chaos: Chaos, sql: str) -> list[Any]:
    return [row[0] for row in chaos.database.rows(sql)]


def left(chaos: Chaos) -> Counter[str]:
    """Return how often the provider accepted each text."""
    _total, records = chaos.simulator.ledger.requests()
    return Counter(record.content for record in records if record.outcome == "accepted")


def unequal(found: Iterable[str], wanted: Iterable[str]) -> dict[str, Any]:
    """Return what is missing, what nobody asked for, and what is there twice."""
    there, wanted = Counter(found), set(wanted)
    wrong = {
        "missing": sorted(wanted - set(there)),
        "unknown": sorted(set(there) - wanted),
        "twice": sorted(name for name, count in there.items() if count > 1),
    }
    return {name: names for name, names in wrong.items() if names}


def pushes_once(chaos: Chaos) -> Any:
    stored = column(
        chaos, "SELECT provider_message_id FROM messaging_message WHERE direction = 'inbound'"
    )
    return unequal(stored, chaos.traffic.pushes)


def sends_once(chaos: Chaos) -> Any:
    stored = column(chaos, "SELECT client_id FROM messaging_message WHERE client_id IS NOT NULL")
    return unequal(stored, chaos.traffic.sends)


def nothing_left_twice(chaos: Chaos) -> Any:
    return [content for content, count in left(chaos).items() if count > 1]


def true_statuses(chaos: Chaos) -> Any:
    by_status: dict[str, set[str]] = defaultdict(set)
    for content, status in chaos.database.rows(
        "SELECT content, status FROM messaging_message WHERE client_id IS NOT NULL"
    ):
        by_status[status].add(content)
    gone = set(left(chaos))
    never = set(chaos.traffic.sends.values()) - gone
    known = set().union(
        *(by_status[one] for one in ("unconfirmed", "failed", "blocked", "canceled"))
    )
    return [
        *((by_status["sent"] | by_status["delivered"] | by_status["undelivered"]) - gone),
        *((by_status["failed"] | by_status["blocked"]) & gone),
        *(never - known),
    ]


def canceled_stay(chaos: Chaos) -> Any:
    gone = left(chaos)
    return [key for key in chaos.traffic.canceled if chaos.traffic.sends[key] in gone]


def histories(chaos: Chaos) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for message, status in chaos.database.rows(
        "SELECT message_id, status FROM messaging_statuschange ORDER BY message_id, id"
    ):
        found[message].append(status)
    return found


def forward_only(chaos: Chaos) -> Any:
    return [
        (message, history)
        for message, history in histories(chaos).items()
        if any(
            old != new and not can_become(Status(old), Status(new))
            for old, new in itertools.pairwise(history)
        )
    ]


def opt_outs(chaos: Chaos) -> Any:
    """What was begun after an opt-out; where clocks were stepped, by more than their steps."""
    rows = chaos.database.rows(
        "SELECT m.id, m.attempt_started_at, o.created_at, o.ended_at FROM messaging_message m"
        " JOIN messaging_conversation c ON c.id = m.conversation_id"
        " JOIN messaging_optout o ON o.contact_id = c.contact_id"
        " WHERE m.client_id IS NOT NULL AND m.attempt_started_at > o.created_at"
        " AND (o.ended_at IS NULL OR m.attempt_started_at < o.ended_at)"
        " AND m.status NOT IN ('blocked', 'canceled')"
    )
    if not chaos.faults["clock stepped"]:
        return rows
    return [row for row in rows if seconds_between(row[2], row[1]) > 2 * CLOCK_STEP_SECONDS]


def seconds_between(begin: Any, end: Any) -> float:
    if isinstance(begin, str):
        begin, end = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    return float((end - begin).total_seconds())


def hidden_stay(chaos: Chaos) -> Any:
    """Look for texts that the API called hidden, wherever texts are."""
    kept = " ".join(
        str(text)
        for text in column(chaos, "SELECT content FROM messaging_message")
        + column(chaos, "SELECT search_text FROM messaging_message")
        + column(chaos, "SELECT last_preview FROM messaging_conversation")
    )
    bodies = b" ".join(bytes(body) for body in column(chaos, "SELECT raw_body FROM messaging_push"))
    return [
        text
        for text in chaos.traffic.hidden
        if text in kept or text.replace(" ", "+").encode() in bodies
    ]


def unconfirmed_say_why(chaos: Chaos) -> Any:
    return column(
        chaos,
        "SELECT id FROM messaging_message WHERE status = 'unconfirmed' AND error_code IS NULL",
    )


def in_order(chaos: Chaos) -> Any:
    """Return pairs of a conversation whose second left first, though the first had been taken.

    Of messages that were never in doubt. Both the queue's order and the caller's must say so: a
    node's clock may have been stepped, and an answer may come long after its message.
    """
    doubtful = {pk for pk, history in histories(chaos).items() if "unconfirmed" in history}
    _total, records = chaos.simulator.ledger.requests()
    left_at = {one.content: one.number for one in records if one.outcome == "accepted"}
    taken, asked = chaos.traffic.taken, chaos.traffic.asked
    waiting: dict[int, list[tuple[str, int]]] = defaultdict(list)
    wrong = []
    for pk, conversation, key, content in chaos.database.rows(
        "SELECT id, conversation_id, client_id, content FROM messaging_message"
        " WHERE client_id LIKE 'order%' ORDER BY queued_at, id"
    ):
        if pk in doubtful or content not in left_at:
            continue
        wrong += [
            (conversation, earlier, key)
            for earlier, number in waiting[conversation]
            if left_at[content] < number and taken[earlier] <= asked[key]
        ]
        waiting[conversation].append((key, left_at[content]))
    return wrong
