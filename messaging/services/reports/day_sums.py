"""Read sums and waits from the rows of days (`page_days.py`), as pages ask for them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from .packed_counts import CountSum, merged
from .page_days import ALL_NUMBERS, PACKED_OF, TABLE, Facet, Kind
from .quarters import day_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .question import Question

_TIMES: Final = frozenset({"day", "weekday"})
_PLAIN: Final = _TIMES | {"number", "direction"}
_FACETS: Final = {"user": Facet.USER, "country": Facet.COUNTRY, "code": Facet.CODE}
_COLUMNS: Final = {"number": "did_number_id", "direction": "direction"}


def facet_for(question: Question) -> Facet | None:
    """Return the facet whose rows can answer a question; None where none can."""
    others = set(question.by) - _PLAIN
    if question.user is not None:
        return Facet.USER if others <= {"user"} else None
    if not others:
        return Facet.ALL
    return _FACETS.get(others.pop()) if len(others) == 1 else None


def day_sums(
    question: Question,
    facet: Facet,
    sums: Sequence[tuple[str, str]],
    *,
    where: str,
    series_id: int,
) -> dict[tuple[Any, ...], Counter[str]]:
    """Return sums over messages by the keys of a question.

    Args:
        question: what is asked.
        facet: as `facet_for` says.
        sums: a name and the SQL of what is added up, over the columns of a day.
        where: a condition of SQL, "" for none.
        series_id: of the zone's days.
    """
    chosen = ", ".join(f"SUM({text})" for _name, text in sums)
    found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    rows = _rows(question, facet, chosen, where=where, series_id=series_id, is_grouped=True)
    for values, row in rows:
        counts = found[values]
        for (name, _text), value in zip(sums, row, strict=True):
            counts[name] += int(value)
    return found


def day_waits(
    question: Question, facet: Facet, kinds: Sequence[Kind], *, series_id: int
) -> dict[Kind, dict[tuple[Any, ...], CountSum]]:
    """Return, for each kind, histograms of waits by the keys of a question; without empty ones."""
    columns = ", ".join(PACKED_OF[kind] for kind in kinds)
    parts: dict[Kind, dict[tuple[Any, ...], list[bytes]]] = {
        kind: defaultdict(list) for kind in kinds
    }
    where = "direction = 'outbound'"
    for values, row in _rows(question, facet, columns, where=where, series_id=series_id):
        for kind, data in zip(kinds, row, strict=True):
            if data:
                parts[kind][values].append(data)
    return {
        kind: {values: CountSum(data) for values, data in found.items()}
        for kind, found in parts.items()
    }


def day_hours(question: Question, facet: Facet, *, series_id: int) -> Counter[tuple[Any, ...]]:
    """Return how many messages there were by weekday and hour."""
    parts: dict[int, list[bytes]] = defaultdict(list)
    asked = question.by_keys("weekday")
    for (weekday,), (data,) in _rows(asked, facet, "hours", where="", series_id=series_id):
        parts[weekday].append(data)
    return Counter(
        {
            (weekday, hour): count
            for weekday, data in parts.items()
            for hour, count in merged(data).items()
        }
    )


def _rows(
    question: Question,
    facet: Facet,
    chosen: str,
    *,
    where: str,
    series_id: int,
    is_grouped: bool = False,
) -> Iterator[tuple[tuple[Any, ...], Sequence[Any]]]:
    has_time = bool(_TIMES & set(question.by))
    columns = [_COLUMNS.get(key, "who") for key in question.by if key not in _TIMES]
    keys = ["start", *columns] if has_time else columns
    conditions = ["series_id = %s", "facet = %s", "start >= %s", "start < %s"]
    params: list[Any] = [series_id, facet.value, question.begins, question.ends]
    if question.numbers is not None:
        conditions.append(f"did_number_id IN ({', '.join(['%s'] * len(question.numbers))})")
        params += question.numbers
    else:
        has_numbers = "number" in question.by
        conditions.append(f"did_number_id {'<>' if has_numbers else '='} {ALL_NUMBERS}")
    if question.user is not None:
        conditions.append("who = %s")
        params.append(str(question.user))
    if where:
        conditions.append(where)
    text = f"SELECT {', '.join([*keys, chosen])} FROM {TABLE} WHERE {' AND '.join(conditions)}"  # noqa: S608
    if is_grouped:
        text += f" GROUP BY {', '.join(keys)}" if keys else " HAVING COUNT(*) > 0"
    if question.numbers is not None and not question.numbers:
        return
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        found = cursor.fetchall()
    known: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in found:
        key = row[: len(keys)]
        if key not in known:
            known[key] = _values(question, key, has_time=has_time)
        yield known[key], row[len(keys) :]


def _values(question: Question, key: Sequence[Any], *, has_time: bool) -> tuple[Any, ...]:
    rest = iter(key[1:] if has_time else key)
    return tuple(
        _time(name, key[0], question.zone) if name in _TIMES else _value(name, next(rest))
        for name in question.by
    )


def _time(key: str, start: int, zone: str) -> Any:
    day = day_of(start, zone)
    return day if key == "day" else day.isoweekday()


def _value(key: str, value: Any) -> Any:
    return int(value) if key == "user" else value
