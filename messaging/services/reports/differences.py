"""Messages for which NXCloud billed another number of segments than we count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from messaging.models import Message, MessageFact

from .time_limit import report_time_limit

if TYPE_CHECKING:
    from .question import Question

#: A month's file holds at most so many.
MOST: Final = 20_000
_CHUNK: Final = 500


def billed_otherwise(question: Question) -> list[Message]:
    """Return the messages of the asked days, oldest first; with number and contact."""
    facts = MessageFact.objects.filter(
        differences=1, quarter__gte=question.begins, quarter__lt=question.ends
    )
    if question.numbers is not None:
        facts = facts.filter(did_number_id__in=question.numbers)
    with report_time_limit():
        ids = list(facts.order_by("quarter", "pk").values_list("pk", flat=True)[:MOST])
        found: dict[int, Message] = {}
        for begin in range(0, len(ids), _CHUNK):
            rows = Message.objects.filter(pk__in=ids[begin : begin + _CHUNK])
            found |= {m.pk: m for m in rows.select_related("did_number", "conversation__contact")}
    return [found[pk] for pk in ids if pk in found]
