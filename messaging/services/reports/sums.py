"""Read sums and waits from the roll-ups, by any keys; from the finest source only where needed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db import connection

from messaging.models import ReportCell, ReportDelay, ReportSeries

from .contributions import Kind
from .day_sums import day_hours, day_sums, day_waits, facet_for
from .packed_counts import CountSum, packed
from .quarters import day_of, hour_of
from .series import readable_series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .question import Question

Span = ReportSeries.Span
#: The values of a row's keys, in the order of the question.
Values = tuple[Any, ...]
#: A name, and the SQL of what is added up: over the columns of a cell, and of a row of a day.
Measured = tuple[str, str, str]
_Sum = TypeVar("_Sum")
_TIMES: Final = frozenset({"day", "hour", "weekday"})
_COLUMNS: Final = {
    "number": "did_number_id",
    "direction": "direction",
    "status": "status",
    "country": "country",
    "user": "user_id",
    "code": "code",
    "label": "label_id",
}
#: What the cells by hour know, and what the counts of waits know.
_OF_HOURS: Final = _TIMES | {"number", "direction", "status"}
_OF_WAITS: Final = _TIMES | {"number", "country", "user"}
#: Who asks for one of them asks for the other.
_READ_TOGETHER: Final = (Kind.ANSWER, Kind.FIRST_ANSWER)
_LABELS: Final = (
    " LEFT JOIN messaging_conversation_labels l ON l.conversation_id = f.conversation_id"
)


@dataclass(frozen=True)
class Source:
    """A table to add up.

    Attributes:
        table: its name, with the tables that it needs beside it.
        time: its column of quarter-hours.
        series_id: which series; None for a table without.
    """

    table: str
    time: str
    series_id: int | None = None


def cell_sums(
    question: Question, sums: Sequence[Measured], *, where: str = ""
) -> dict[Values, Counter[str]]:
    """Return sums over messages by the keys of a question.

    Args:
        question: what is asked.
        sums: what is added up.
        where: a condition of SQL, "" for none.

    Returns:
        The sums by name for each row that has messages; values of keys are ids, days and words.
    """
    return _remembered(
        question, (tuple(sums), where), lambda: _cell_sums(question, sums, where=where), _added
    )


def _added(counts: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total


def _cell_sums(
    question: Question, sums: Sequence[Measured], *, where: str
) -> dict[Values, Counter[str]]:
    series_id = _kept(question).get(Span.PAGE)
    facet = facet_for(question)
    if series_id is not None and facet is not None:
        texts = [(name, text) for name, _of_cells, text in sums]
        return day_sums(question, facet, texts, where=where, series_id=series_id)
    source = _cell_source(question)
    chosen = ", ".join(f"SUM({sql})" for _name, sql, _of_days in sums)
    found: dict[Values, Counter[str]] = defaultdict(Counter)
    for values, row in _grouped(question, source, chosen, where):
        for (name, *_sql), value in zip(sums, row, strict=True):
            found[values][name] += int(value or 0)
    return found


def waits(question: Question, kind: Kind) -> dict[Values, CountSum]:
    """Return histograms of waits by the keys of a question."""
    return _remembered(question, kind, lambda: _waits(question, kind), CountSum.of)


def _waits(question: Question, kind: Kind) -> dict[Values, CountSum]:
    series_id = _kept(question).get(Span.PAGE)
    facet = facet_for(question)
    if series_id is not None and facet is not None and set(question.by) <= _OF_WAITS:
        kinds = _READ_TOGETHER if kind in _READ_TOGETHER else (kind,)
        read = day_waits(question, facet, kinds, series_id=series_id)
        if question.memo is not None:
            for other in kinds:
                question.memo.setdefault(_memo_key(question, other), read[other])
        return read[kind]
    found: dict[Values, Counter[int]] = defaultdict(Counter)
    source, column, count, where = _wait_source(question, kind)
    for values, (place, number) in _grouped(
        question, source, f"{column}, {count}", where, group_also=column
    ):
        found[values][int(place)] += int(number)
    return {values: CountSum([packed(+counts)]) for values, counts in found.items()}


def _remembered(
    question: Question,
    what: object,
    read: Callable[[], dict[Values, _Sum]],
    added: Callable[[Iterable[_Sum]], _Sum],
) -> dict[Values, _Sum]:
    """Return what was added up for this page already; a total is the sum of its days."""
    if question.memo is None:
        return read()
    key = _memo_key(question, what)
    if key not in question.memo:
        of_days = (
            None if question.by else question.memo.get(_memo_key(question.by_keys("day"), what))
        )
        if of_days:
            question.memo[key] = {(): added(of_days.values())}
        else:
            question.memo[key] = read() if of_days is None else {}
    found: dict[Values, _Sum] = question.memo[key]
    return found


def _memo_key(question: Question, what: object) -> tuple[object, ...]:
    return (question.first, question.last, question.numbers, question.user, what, question.by)


def answer_waits(question: Question) -> Counter[int]:
    """Return the histogram of all answers that are asked for: how many by bin."""
    found = waits(question.by_keys(), Kind.ANSWER).get(())
    return Counter() if found is None else found.counts()


def hour_counts(question: Question) -> Counter[Values]:
    """Return how many messages there were by weekday and hour."""
    asked = question.by_keys("weekday", "hour")
    series_id = _kept(question).get(Span.PAGE)
    facet = facet_for(question.by_keys())
    if series_id is not None and facet is not None:
        return day_hours(asked, facet, series_id=series_id)
    found = cell_sums(asked, (("messages", "messages", "messages"),))
    return Counter({values: counts["messages"] for values, counts in found.items()})


def _kept(question: Question) -> Mapping[str, int]:
    """Return the ids of the series that can be read, by span."""
    return readable_series(question.zone) if question.series is None else question.series


def _cell_source(question: Question) -> Source:
    if "label" in question.by:
        facts = "(SELECT *, 1 AS messages FROM messaging_messagefact) f"
        return Source(f"{facts}{_LABELS}", "f.quarter")
    return _series(question, ReportCell._meta.db_table, hours=_OF_HOURS)


def _wait_source(question: Question, kind: Kind) -> tuple[Source, str, str, str]:
    if not set(question.by) <= _OF_WAITS:
        column = "f.receipt_bin" if kind == Kind.RECEIPT else "f.answer_bin"
        first = " AND f.is_first_answer" if kind == Kind.FIRST_ANSWER else ""
        labels = _LABELS if "label" in question.by else ""
        source = Source(f"messaging_messagefact f{labels}", "f.quarter")
        return source, column, "COUNT(*)", f"{column} IS NOT NULL{first}"
    source = _series(question, ReportDelay._meta.db_table, hours=_TIMES | {"number"})
    return source, "bin", "SUM(count)", f"kind = '{kind.value}'"


def _series(question: Question, table: str, *, hours: Iterable[str]) -> Source:
    """Return the coarsest series that can answer a question."""
    keys = set(question.by)
    kept = _kept(question)
    span = Span.DAY
    if "hour" in keys:
        is_known = keys <= set(hours) and question.user is None
        span = Span.HOUR if is_known else Span.QUARTER
    # Without any series nothing is counted yet.
    return Source(table, "start", kept.get(span, kept.get(Span.QUARTER, 0)))


def _grouped(
    question: Question, source: Source, chosen: str, where: str, *, group_also: str = ""
) -> Iterable[tuple[Values, Sequence[Any]]]:
    has_time = bool(_TIMES & set(question.by))
    columns = [_COLUMNS[key] for key in question.by if key not in _TIMES]
    keys = [source.time, *columns] if has_time else columns
    conditions = [f"{source.time} >= %s", f"{source.time} < %s"]
    params: list[Any] = [question.begins, question.ends]
    if source.series_id is not None:
        conditions.insert(0, "series_id = %s")
        params.insert(0, source.series_id)
    if question.numbers is not None:
        if not question.numbers:
            return
        conditions.append(f"did_number_id IN ({', '.join(['%s'] * len(question.numbers))})")
        params += question.numbers
    if question.user is not None:
        conditions.append("user_id = %s")
        params.append(question.user)
    if where:
        conditions.append(where)
    groups = [*keys, *([group_also] if group_also else [])]
    text = (
        f"SELECT {', '.join([*keys, chosen])} FROM {source.table}"  # noqa: S608
        f" WHERE {' AND '.join(conditions)}"
    )
    if groups:
        text += f" GROUP BY {', '.join(groups)}"
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        rows = cursor.fetchall()
    for row in rows:
        if not keys and row[-1] is None:
            continue  # A sum over nothing.
        yield _values(question, row, has_time=has_time), row[len(keys) :]


def _values(question: Question, row: Sequence[Any], *, has_time: bool) -> Values:
    rest = iter(row[1:] if has_time else row)
    return tuple(
        _time(key, row[0], question.zone) if key in _TIMES else next(rest) for key in question.by
    )


def _time(key: str, quarter: int, zone: str) -> Any:
    if key == "hour":
        return hour_of(quarter, zone)
    day = day_of(quarter, zone)
    return day if key == "day" else day.isoweekday()
