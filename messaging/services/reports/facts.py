"""What the roll-ups count of one message, worked out from its rows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db.models import F, OuterRef, Subquery

from messaging.models import Answer, Message, MessageFact, StatusChange
from messaging.services.history.summary import NO_ANSWER
from messaging.statuses import Status

from .countries import country_of
from .histogram import bin_of
from .quarters import quarter_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: The provider took the message; it may or may not have told what became of it.
ACCEPTED: Final = frozenset({Status.SENT, Status.DELIVERED, Status.UNDELIVERED})
#: The provider asks money for it, or may.
CHARGEABLE: Final = ACCEPTED | {Status.RECEIVED}
MICROS: Final = Decimal(1_000_000)
_NO_ANSWER: Final = frozenset(NO_ANSWER)
_COLUMNS: Final = (
    "id", "did_number_id", "conversation_id", "created_at", "direction", "status", "sent_by_id",
    "error_code", "segments", "billed_segments", "price", "has_receipt", "sent_at",
    "send_at", "queued_at", "phone_key", "receipt_at",
)  # fmt: skip


def facts_of(ids: Iterable[int]) -> list[MessageFact]:
    """Work out the facts of some messages, as their rows are now; not yet written.

    A message that its writer took back in the undo window has none.
    """
    wanted = list(ids)
    receipts = StatusChange.objects.filter(
        message_id=OuterRef("pk"), status__in=[Status.DELIVERED, Status.UNDELIVERED]
    )
    rows = (
        Message.objects.filter(pk__in=wanted)
        .not_undone()
        .order_by()
        .annotate(
            phone_key=F("conversation__contact__phone_key"),
            receipt_at=Subquery(receipts.order_by("id").values("at")[:1]),
        )
        .values_list(*_COLUMNS)
    )
    answers = {answer.message_id: answer for answer in Answer.objects.filter(pk__in=wanted)}
    return [_fact(dict(zip(_COLUMNS, row, strict=True)), answers.get(row[0])) for row in rows]


def _fact(row: dict[str, Any], answer: Answer | None) -> MessageFact:
    status, billed, price = row["status"], row["billed_segments"], row["price"]
    is_chargeable = status in CHARGEABLE
    has_cost = billed is not None and price is not None
    is_accepted = status in ACCEPTED
    is_answer = answer is not None and status not in _NO_ANSWER
    return MessageFact(
        message_id=row["id"],
        did_number_id=row["did_number_id"],
        conversation_id=row["conversation_id"],
        quarter=quarter_of(row["created_at"]),
        direction=row["direction"],
        status=status,
        user_id=row["sent_by_id"] or 0,
        country=country_of(row["phone_key"]),
        code=row["error_code"] or "",
        segments=row["segments"],
        chargeable_segments=row["segments"] if is_chargeable else 0,
        billed_segments=billed or 0,
        cost_micros=int(price * billed * MICROS) if has_cost else 0,
        unpriced=int(is_chargeable and not has_cost),
        differences=int(billed is not None and billed != row["segments"]),
        with_receipt=int(is_accepted and row["has_receipt"]),
        without_receipt=int(is_accepted and not row["has_receipt"]),
        receipt_bin=_receipt_bin(row["sent_at"], row["receipt_at"]) if is_accepted else None,
        answer_bin=bin_of(answer.seconds) if answer is not None and is_answer else None,
        is_first_answer=answer is not None and is_answer and answer.is_first,
    )


def _receipt_bin(sent_at: datetime | None, receipt_at: datetime | None) -> int | None:
    """Return the place of the wait for a receipt; one that overtook the answer took no time."""
    if sent_at is None or receipt_at is None:
        return None
    return bin_of((receipt_at - sent_at).total_seconds())
