"""A message as its writer wants it sent, before it is in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from messaging.models import Message


@dataclass(frozen=True, kw_only=True)
class NewMessage:
    """What is to be sent, and how; who sends it and in which conversation is said beside it.

    Attributes:
        content: the text; line ends and accents are normalized before anything is counted.
        client_id: the writer's own name for it; the same again is the same message.
        send_at: a future instant to send at, aware; None for now.
        cancel_if_they_write: cancel it when the contact writes first; only for one that has a time.
        is_held: hold it for the undo window first; only for one without a time.
        last_seen_id: the newest message the writer had seen; refuse when somebody wrote since.
        takes_conversation: assign an unassigned conversation to the writer.
        resend_of: the message that this one repeats.
        is_automatic: an answer of the program, which does not settle "needs reply".
    """

    content: str
    client_id: str | None = None
    send_at: datetime | None = None
    cancel_if_they_write: bool = False
    is_held: bool = False
    last_seen_id: int | None = None
    takes_conversation: bool = False
    resend_of: Message | None = None
    is_automatic: bool = False
