"""The change feed: write a hint in the change's own transaction and announce it once, after commit.

On SQLite the commit itself is the announcement (``PRAGMA data_version`` moves), on PostgreSQL the
notifier sends it. A hint that is lost costs freshness for seconds, since listeners also look at the
table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from messaging.db.model_rows import insert_rows
from messaging.models import Change

from .notifier import Hint, notifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from messaging.models import Conversation


def announce(*, kind: Change.Kind, conversation: Conversation | None = None) -> None:
    """Tell every open browser and worker that something changed.

    Args:
        kind: what happened.
        conversation: where; None for what concerns everybody.
    """
    announce_many(
        kind=kind,
        threads=[(conversation.pk, conversation.did_number_id)] if conversation else [(None, None)],
    )


def announce_many(*, kind: Change.Kind, threads: Iterable[tuple[int | None, int | None]]) -> None:
    """Tell of one kind of change in several conversations.

    Args:
        kind: what happened.
        threads: pairs of conversation id and DID number id.
    """
    rows = [
        Change(kind=kind, conversation_id=conversation, did_number_id=number)
        for conversation, number in threads
    ]
    with transaction.atomic(savepoint=False):
        insert_rows(rows)
    notify_after_commit(
        [(row.pk, row.kind, row.conversation_id, row.did_number_id) for row in rows]
    )


def notify_after_commit(hints: list[Hint]) -> None:
    """Hand hints to the notifier once the transaction has committed (PostgreSQL only)."""
    if hints and connection.vendor == "postgresql":
        transaction.on_commit(lambda: notifier.put(hints))
