"""The four reports: rows of keys with their figures, and the same over all.

- *messages*: counted on the day on which they were created (inbound: arrived), each in the status
  that it has now. `segments` is our own count.
- *responses*: `answered` counts the due replies that a person answered in the range, with median
  and 90th percentile of the wait; `waiting` is now, and None in rows by keys that mean nothing now.
- *delivery*: of the messages that NXCloud accepted, with and without a receipt; the wait for it.
- *cost*: NXCloud's segments times its price beside our own count, over both directions.

Medians and percentiles are read from histograms (`histogram.quantiles`), and wrong by at most 1 %.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth import get_user_model
from django.db.models import Count, F

from messaging.db.index_hints import NotByIndex
from messaging.db.literals import literal
from messaging.models import Conversation, DidNumber, Label
from messaging.statuses import Status

from .catch_up import BATCHES_OF_A_READER, catch_up
from .contributions import Kind
from .facts import MICROS
from .histogram import quantiles
from .packed_counts import CountSum
from .series import readable_series, want_zone
from .sums import cell_sums, hour_counts, waits
from .time_limit import report_time_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .question import Question
    from .sums import Measured, Values

Figures = dict[str, Any]

#: Statuses with a figure of their own.
COUNTED: Final = (
    Status.SENT,
    Status.DELIVERED,
    Status.UNDELIVERED,
    Status.FAILED,
    Status.UNCONFIRMED,
    Status.BLOCKED,
)
_INBOUND: Final = "CASE WHEN direction = 'inbound' THEN messages ELSE 0 END"
_OUTBOUND: Final = "CASE WHEN direction = 'outbound' THEN messages ELSE 0 END"
#: The name of a figure, and how it is read from a cell and from a row of a day.
MESSAGES: Final = (
    ("inbound", _INBOUND, _INBOUND),
    ("outbound", _OUTBOUND, _OUTBOUND),
    *((s.value, f"CASE WHEN status = '{s.value}' THEN messages ELSE 0 END", s) for s in COUNTED),
    ("segments", "segments", "segments"),
)
DELIVERY: Final = tuple((name, name, name) for name in ("with_receipt", "without_receipt"))
COST: Final = (
    ("segments", "chargeable_segments", "chargeable_segments"),
    ("billed_segments", "billed_segments", "billed_segments"),
    ("cost", "cost_micros", "cost_micros"),
    ("unpriced", "unpriced", "unpriced"),
    ("differences", "differences", "differences"),
)
NO_WAITS: Final = CountSum()
#: The column of a conversation by which those that wait now can be told apart.
_WAITING_BY: Final = {"number": "did_number_id", "user": "assignee_id", "label": "labels"}


@dataclass(frozen=True)
class Report:
    """An answer.

    Attributes:
        question: what was asked.
        rows: for each row the values of its keys, as shown, with its figures; in order.
        total: the figures over all.
        is_complete: False while the roll-ups are being made and messages are missing.
    """

    question: Question
    rows: list[Figures]
    total: Figures
    is_complete: bool


def prepare(question: Question) -> tuple[Question, bool]:
    """Count what is not counted yet, before one or more reports are read.

    Returns:
        The question, which knows then where to look; and whether everything is counted.
    """
    want_zone(question.zone)
    is_complete = catch_up(batches=BATCHES_OF_A_READER)
    known = replace(question, series=readable_series(question.zone), memo={})
    return known, is_complete


def messages_report(question: Question, *, is_prepared: bool = False) -> Report:
    """Return how many messages there were, by what became of them.

    Args:
        question: what is asked.
        is_prepared: `prepare` was called a moment ago; then the total is left out.
    """
    return _report(question, lambda asked: _sums(asked, MESSAGES), is_prepared=is_prepared)


def delivery_report(question: Question, *, is_prepared: bool = False) -> Report:
    """Return how many receipts came, and how fast."""
    names = ("latency_p50_seconds", "latency_p95_seconds")

    def figures(asked: Question) -> dict[Values, Figures]:
        found = _sums(asked, DELIVERY, where="direction = 'outbound'")
        delays = waits(asked, Kind.RECEIPT)
        return {
            values: row
            | dict(zip(names, quantiles(delays.get(values, NO_WAITS), 0.5, 0.95), strict=True))
            for values, row in found.items()
            if row["with_receipt"] or row["without_receipt"]
        }

    empty = dict.fromkeys(names)
    return _report(
        question,
        figures,
        empty={"with_receipt": 0, "without_receipt": 0} | empty,
        is_prepared=is_prepared,
    )


def cost_report(question: Question, *, is_prepared: bool = False) -> Report:
    """Return what NXCloud charged, beside our own count."""

    def figures(asked: Question) -> dict[Values, Figures]:
        found = _sums(asked, COST)
        return {
            v: row | {"cost": money(row["cost"])} for v, row in found.items() if any(row.values())
        }

    return _report(
        question,
        figures,
        empty=dict.fromkeys((name for name, *_sql in COST), 0) | {"cost": money(0)},
        is_prepared=is_prepared,
    )


def responses_report(question: Question, *, is_prepared: bool = False) -> Report:
    """Return how fast due replies were answered, and how many wait."""

    def figures(asked: Question) -> dict[Values, Figures]:
        answers, firsts = waits(asked, Kind.ANSWER), waits(asked, Kind.FIRST_ANSWER)
        now = _waiting(asked)
        found = {}
        for values in {*answers, *(now or {})}:
            found[values] = _response_figures(
                answers.get(values, NO_WAITS),
                firsts.get(values, NO_WAITS),
                waiting=None if now is None else now[values],
            )
        return found

    return _report(
        question,
        figures,
        empty=_response_figures(NO_WAITS, NO_WAITS, waiting=0),
        is_prepared=is_prepared,
    )


def messages_by_hour(question: Question) -> Counter[Values]:
    """Return how many messages there were by weekday (1 to 7) and hour; `prepare` was called."""
    with report_time_limit():
        return hour_counts(question)


def _response_figures(answers: CountSum, firsts: CountSum, *, waiting: int | None) -> Figures:
    median, p90 = quantiles(answers, 0.5, 0.9)
    first_median, first_p90 = quantiles(firsts, 0.5, 0.9)
    return {
        "answered": answers.total(),
        "median_seconds": median,
        "p90_seconds": p90,
        "first_answered": firsts.total(),
        "first_median_seconds": first_median,
        "first_p90_seconds": first_p90,
        "waiting": waiting,
    }


def money(micros: int) -> Decimal:
    """Return an amount of the account's currency, with six digits after the point."""
    return (Decimal(micros) / MICROS).quantize(Decimal("0.000001"))


def _sums(
    question: Question, sums: tuple[Measured, ...], *, where: str = ""
) -> dict[Values, Figures]:
    found = cell_sums(question, sums, where=where)
    return {values: {name: row[name] for name, *_sql in sums} for values, row in found.items()}


def _report(
    question: Question,
    figures: Callable[[Question], dict[Values, Figures]],
    *,
    empty: Figures | None = None,
    is_prepared: bool,
) -> Report:
    """Count what is not counted yet; then read the rows and the total."""
    is_complete = True
    if not is_prepared:
        question, is_complete = prepare(question)
    with report_time_limit():
        rows = figures(question)
        total = rows if is_prepared or not question.by else figures(question.by_keys())
        shown = _shown(question, rows)
    nothing = empty or dict.fromkeys((name for name, *_sql in MESSAGES), 0)
    return Report(
        question=question,
        rows=shown or ([] if question.by else [nothing]),
        total=total.get((), nothing),
        is_complete=is_complete,
    )


def _shown(question: Question, rows: Mapping[Values, Figures]) -> list[Figures]:
    """Return rows with ids replaced by what people call them, in the order of their keys."""
    names = {
        key: _names(key, {values[place] for values in rows})
        for place, key in enumerate(question.by)
    }
    shown = [
        dict(
            zip(
                question.by,
                (
                    names[key].get(value, value)
                    for key, value in zip(question.by, values, strict=True)
                ),
                strict=True,
            )
        )
        | figures
        for values, figures in rows.items()
    ]
    return sorted(shown, key=lambda row: [_order(row[key]) for key in question.by])


def _order(value: object) -> tuple[bool, Any]:
    return (value is None, value if value is not None else "")


def _names(key: str, ids: Iterable[Any]) -> dict[Any, Any]:
    """Return what the API calls the values of a key."""
    if key == "number":
        return dict(DidNumber.objects.filter(pk__in=ids).values_list("pk", "number"))
    if key == "user":
        users = get_user_model().objects.filter(pk__in=[pk for pk in ids if pk])
        return {0: None, **dict(users.values_list("pk", "username"))}
    if key == "label":
        labels = Label.objects.filter(pk__in=[pk for pk in ids if pk is not None])
        return dict(labels.values_list("pk", "name"))
    if key == "day":
        return {day: day.isoformat() for day in ids}
    if key == "country":
        return {"": None}
    return {}


def _waiting(question: Question) -> Counter[Values] | None:
    """Count the conversations that wait for a reply now; None by keys that say nothing of now."""
    if not set(question.by) <= set(_WAITING_BY):
        return None
    found: Counter[Values] = Counter()
    for row, count in _waiting_rows(question, has_labels="label" in question.by).items():
        number, user = row[:2]
        if question.numbers is not None and number not in question.numbers:
            continue
        if question.user is not None and user != question.user:
            continue
        values = dict(zip(_WAITING_BY, row, strict=False)) | {"user": user or 0}
        found[tuple(values[key] for key in question.by)] += count
    return found


def _waiting_rows(question: Question, *, has_labels: bool) -> Mapping[Values, int]:
    """Count who waits by number and user, and by label if asked for: once for a page."""
    memo = {} if question.memo is None else question.memo
    name = ("waiting", has_labels)
    if name not in memo:
        waiting = Conversation.objects.filter(
            needs_reply_since__isnull=False,
            status__in=[literal("open"), literal("closed")],  # so that the partial index serves
        )
        # In the order of _WAITING_BY. The index of numbers leads through all conversations.
        number = NotByIndex(F("did_number_id"))
        labels = ["labels"] if has_labels else []
        rows = waiting.order_by().values_list(number, "assignee_id", *labels)
        rows = rows.annotate(count=Count("*"))
        memo[name] = {tuple(values): count for *values, count in rows}
    found: Mapping[Values, int] = memo[name]
    return found
