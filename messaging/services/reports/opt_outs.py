"""How many contacts opted out, on which days and numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Coalesce

from messaging.models import DidNumber, OptOut

from .quarters import day_of, moment_of, quarter_of
from .time_limit import report_time_limit

if TYPE_CHECKING:
    from .question import Question


def opt_outs_by(question: Question, key: str) -> Counter[Any]:
    """Count the opt-outs of the asked days.

    One for all numbers counts for the number that the contact wrote to, where it was a message.

    Args:
        question: which days, whose numbers.
        key: "day" or "number".

    Returns:
        Counts by day (ISO 8601), or by the digits of the number; None where no number is known.
    """
    rows = OptOut.objects.filter(
        created_at__gte=moment_of(question.begins), created_at__lt=moment_of(question.ends)
    ).annotate(where=Coalesce("did_number_id", "message__did_number_id"))
    if question.numbers is not None:
        rows = rows.filter(where__in=question.numbers)
    with report_time_limit():
        found = list(rows.order_by().values_list("created_at", "where"))
    if key == "day":
        return Counter(day_of(quarter_of(at), question.zone).isoformat() for at, _did in found)
    numbers = dict(DidNumber.objects.values_list("pk", "number"))
    return Counter(numbers.get(did) for _at, did in found)
