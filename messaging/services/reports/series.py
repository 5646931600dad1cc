"""The resolutions in which the sums are kept: quarter-hours, and the days and hours of zones.

Quarter-hours serve every zone. The days and hours of the zones that people look at are kept as
well: cells by all keys, which the API needs, and rows for pages (`page_days.py`), of which a month
has some hundred, however many messages it had.
"""

from __future__ import annotations

from typing import Final

from django.db import connection
from django.db.models import Max, Min, Q

from messaging.models import ReportCell, ReportDelay, ReportSeries

from .contributions import CELL_KEY, DELAY_KEY, MEASURES, start_in
from .page_days import add_up_days

Span = ReportSeries.Span
#: Reports in a further zone are added up from quarter-hours each time.
MOST_ZONES: Final = 8
#: Added up in one transaction: so few that a push, which waits for it on SQLite, hardly notices.
STEPS: Final[dict[str, int]] = {Span.DAY.value: 4, Span.HOUR.value: 48, Span.PAGE.value: 1}
#: In the order in which they are made: what pages read comes first.
_SPANS_OF_A_ZONE: Final = (Span.PAGE, Span.DAY, Span.HOUR)
#: Quarter-hours; a day can have 25 hours.
LONGEST_STEP: Final = 100


def counted_series() -> list[ReportSeries]:
    """Return the series that are written with every change, as far as they are made."""
    made = Q(is_built=True) | Q(built_from__isnull=False)
    rows = list(ReportSeries.objects.filter(made).order_by("pk"))
    if not any(row.span == Span.QUARTER for row in rows):
        rows.append(ReportSeries.objects.create(span=Span.QUARTER, zone="", is_built=True))
    return rows


def readable_series(zone: str) -> dict[str, int]:
    """Return the ids of the series by which a zone's reports can be read, by span."""
    rows = ReportSeries.objects.filter(is_built=True, zone__in=("", zone))
    return dict(rows.values_list("span", "pk"))


def has_unbuilt() -> bool:
    """Tell whether a series is wanted and not kept yet."""
    return ReportSeries.objects.filter(is_built=False).exists()


def want_zone(zone: str) -> None:
    """Let the days and hours of a zone be kept from now on, unless there are many already."""
    kept = set(ReportSeries.objects.exclude(zone="").values_list("zone", "span"))
    zones = {name for name, _span in kept}
    missing = [span for span in _SPANS_OF_A_ZONE if (zone, span.value) not in kept]
    if not missing or (zone not in zones and len(zones) >= MOST_ZONES):
        return
    ReportSeries.objects.bulk_create(
        [ReportSeries(span=span, zone=zone) for span in missing],
        ignore_conflicts=True,
    )


def build_some() -> bool:
    """Add up a few steps of a series that is wanted and not kept yet; the newest come first.

    Must run in a transaction that holds the cursor, when everything is counted. From then on these
    steps are kept up to date (`counted_series`).

    Returns:
        Whether there was something to do.
    """
    quarters = ReportSeries.objects.filter(span=Span.QUARTER, is_built=True).first()
    series = ReportSeries.objects.filter(is_built=False).order_by("pk").first()
    if quarters is None or series is None:
        return False
    steps = _next_steps(quarters, series)
    if steps:
        if series.span == Span.PAGE:
            add_up_days(quarters, series, steps[0][0], steps[-1][1])
        else:
            _add_up(quarters, series, steps)
        series.built_from = steps[0][0]
    else:
        series.is_built, series.built_from = True, None
    series.save(update_fields=["is_built", "built_from"])
    return True


def _next_steps(quarters: ReportSeries, series: ReportSeries) -> list[tuple[int, int]]:
    """Return the next steps to add up: each its first quarter-hour, and the one after its last."""
    cells = ReportCell.objects.filter(series_id=quarters.pk)
    ends = cells.aggregate(Min("start"), Max("start"))
    if ends["start__min"] is None:
        return []
    after = series.built_from
    if after is None:
        after = start_in(series, ends["start__max"]) + LONGEST_STEP
    else:
        # What lies between two messages has no steps to add up.
        newest = cells.filter(start__lt=after).aggregate(Max("start"))["start__max"]
        if newest is None:
            return []
        ends["start__max"] = newest
    length = 4 if series.span == Span.HOUR else LONGEST_STEP
    first = max(ends["start__max"] - length * STEPS[series.span], ends["start__min"])
    starts = sorted({start_in(series, number) for number in range(first, ends["start__max"] + 1)})
    return list(zip(starts, [*starts[1:], after], strict=True))


def _add_up(quarters: ReportSeries, series: ReportSeries, steps: list[tuple[int, int]]) -> None:
    is_hour = series.span == Span.HOUR
    values = [number for step in steps for number in step]
    with connection.cursor() as cursor:
        for text in (_cells_text(is_hour, len(steps)), _delays_text(is_hour, len(steps))):
            cursor.execute(text, [*values, series.pk, quarters.pk, steps[0][0], steps[-1][1]])


def _cells_text(is_hour: bool, steps: int) -> str:
    left_out = {"user_id": "0", "country": "''", "code": "''"} if is_hour else {}
    return _text(ReportCell._meta.db_table, CELL_KEY, MEASURES, left_out, steps)


def _delays_text(is_hour: bool, steps: int) -> str:
    left_out = {"user_id": "0", "country": "''"} if is_hour else {}
    # Its index begins with series and kind.
    kinds = ", ".join(f"'{kind}'" for kind in ReportDelay.Kind.values)
    text = _text(ReportDelay._meta.db_table, DELAY_KEY, ("count",), left_out, steps)
    return text.replace(" WHERE ", f" WHERE kind IN ({kinds}) AND ", 1)


def _text(
    table: str,
    key: tuple[str, ...],
    measures: tuple[str, ...],
    left_out: dict[str, str],
    steps: int,
) -> str:
    kept = [f'"{name}"' for name in key[1:] if name not in left_out]
    chosen = [left_out.get(name, f'"{name}"') for name in key[1:]]
    columns = ", ".join(f'"{name}"' for name in ("series_id", *key, *measures))
    sums = ", ".join(f'SUM("{name}")' for name in measures)
    return (
        f"WITH step (begins, ends) AS (VALUES {', '.join(['(%s, %s)'] * steps)})"  # noqa: S608
        f" INSERT INTO {table} ({columns})"
        f" SELECT %s, step.begins, {', '.join(chosen)}, {sums} FROM step"
        f' JOIN {table} ON "start" >= step.begins AND "start" < step.ends'
        # Both ends once more, so that its index is used whichever side is read first.
        f' WHERE series_id = %s AND "start" >= %s AND "start" < %s'
        f" GROUP BY step.begins, {', '.join(kept)}"
    )
