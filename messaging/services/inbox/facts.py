"""What other tables know about a conversation in a list: a class for each kind of fact."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Unread:
    """How many texts the reader has not seen; MOST_SHOWN + 1 for more."""

    count: int


@dataclass(frozen=True)
class Delivery:
    """The last message is ours: its status, and who wrote it ("" for the program)."""

    status: str
    first_name: str
    last_name: str
    username: str
    is_mine: bool


@dataclass(frozen=True)
class Trouble:
    """A message that failed, is unconfirmed or was not delivered, and is not yet resolved."""

    status: str
    message_id: int


@dataclass(frozen=True)
class Labeled:
    """A label, and the number of its color."""

    name: str
    color: int


@dataclass(frozen=True)
class OptedOut:
    """The contact asked for no messages from this number."""


@dataclass(frozen=True)
class Mentioned:
    """A note mentions the reader, who has not seen it."""


@dataclass(frozen=True)
class Scheduled:
    """A message waits for its time: ISO 8601 without a zone, in UTC."""

    send_at: str


@dataclass(frozen=True)
class Drafted:
    """What the reader has begun to write; their beginnings."""

    reply: str
    note: str


@dataclass(frozen=True)
class Replying:
    """A colleague is writing now."""

    first_name: str
    last_name: str
    username: str


Fact = Unread | Delivery | Trouble | Labeled | OptedOut | Mentioned | Scheduled | Drafted | Replying

#: By the words of the statement (`sql.py`), which names the fields in the order of the class.
KINDS: Final[Mapping[str, type[Fact]]] = {
    "unread": Unread,
    "delivery": Delivery,
    "trouble": Trouble,
    "label": Labeled,
    "opted_out": OptedOut,
    "mention": Mentioned,
    "scheduled": Scheduled,
    "draft": Drafted,
    "replying": Replying,
}


def fact_of(line: str) -> Fact:
    """Read a fact.

    Args:
        line: a JSON array: the conversation's id, the kind, what that kind holds.
    """
    _conversation_id, kind, *told = json.loads(line)
    return KINDS[kind](*told)
