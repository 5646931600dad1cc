"""The report of cost: what NXCloud charged, beside our own count of segments."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.models import Message
from messaging.services.reports.differences import billed_otherwise
from messaging.services.reports.figures import cost_report
from messaging.services.times.date_styles import write_exactly

from . import values
from .charts import Chart, Column, Row
from .pages import Page, Tile, counts, day_head, day_rows, key_rows, tile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from messaging.services.reports.question import Question

    from .values import Value

#: Differences on the page; the file has all.
MOST_SHOWN: Final = 200
_COUNTS: Final = ("billed_segments", "segments", "unpriced", "differences")


def page() -> Page:
    """Return the page."""
    return Page(
        title=_("Cost"),
        is_for_team=True,
        tiles=_tiles,
        charts={
            "days": _days,
            "numbers": _by("number", _("By number"), _("Number")),
            "countries": _by("country", _("By country"), _("Country")),
            "directions": _directions,
            "differences": _differences,
        },
        rules=(
            _(
                "Cost: NXCloud’s price times the segments that it billed, for received and "
                "outgoing messages."
            ),
            _(
                "Not priced yet: messages that NXCloud accepted or delivered to us without a "
                "price so far."
            ),
            _(
                "Differences: messages for which NXCloud billed another number of segments than "
                "we count."
            ),
        ),
    )


def _tiles(question: Question) -> list[Tile]:
    now, before = (
        cost_report(asked.by_keys(), is_prepared=True).total
        for asked in (question, question.before)
    )
    names = {
        "billed_segments": _("Billed segments"),
        "segments": _("Our segments"),
        "unpriced": _("Not priced yet"),
        "differences": _("Differences"),
    }
    return [
        tile(_("Cost"), values.money(now["cost"]), values.money(before["cost"])),
        *(
            tile(title, values.count(now[name]), values.count(before[name]))
            for name, title in names.items()
        ),
    ]


def _figures(row: Mapping[str, Any]) -> tuple[Value, ...]:
    return values.money(row.get("cost", values.ZERO)), *counts(*_COUNTS)(row)


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("Cost"), "cost", 1),
        Column(_("Billed segments"), "billed_segments"),
        Column(_("Our segments"), "segments"),
        Column(_("Not priced yet"), "unpriced"),
        Column(_("Differences"), "differences"),
    )


def _days(question: Question) -> Chart:
    report = cost_report(question.by_keys("day"), is_prepared=True)
    rows = day_rows(question, report, _figures)
    total = sum((row["cost"] for row in report.rows), values.ZERO)
    summary = _("%(cost)s in this period.") % {"cost": values.money(total).text}
    return Chart(
        "days",
        _("Cost per day"),
        summary,
        "bars",
        *day_head(),
        _columns(),
        rows if report.rows else [],
        axis="{:,.10g}".format,
        is_wide=True,
    )


def _by(key: str, title: str, head: str) -> Callable[[Question], Chart]:
    def chart(question: Question) -> Chart:
        report = cost_report(question.by_keys(key), is_prepared=True)
        rows = key_rows(key, report, _figures, largest=lambda row: float(row["cost"]))
        slug = {"number": "numbers", "country": "countries"}[key]
        return Chart(slug, title, _("What NXCloud charged."), "rows", head, key, _columns(), rows)

    return chart


def _directions(question: Question) -> Chart:
    report = cost_report(question.by_keys("direction"), is_prepared=True)
    words = dict(Message.Direction.choices)
    rows = [
        Row(str(words[row["direction"]]), row["direction"], _figures(row)) for row in report.rows
    ]
    return Chart(
        "directions",
        _("By direction"),
        _("What NXCloud charged."),
        "rows",
        _("Direction"),
        "direction",
        _columns(),
        rows,
    )


def _differences(question: Question) -> Chart:
    messages = billed_otherwise(question)
    rows = [_difference(message) for message in messages]
    summary = _("None: NXCloud billed what we count.")
    if messages:
        more = sum((_dearer(message) for message in messages), values.ZERO)
        summary = _("%(count)s messages; billed %(cost)s more than by our count.") % {
            "count": values.count(len(messages)).text,
            "cost": values.money(more).text,
        }
        if len(messages) > MOST_SHOWN:
            summary += " " + _("The first %(count)s are shown; the file has all.") % {
                "count": MOST_SHOWN
            }
    return Chart(
        "differences",
        _("Billed otherwise than counted"),
        summary,
        "table",
        _("Message"),
        "message",
        (
            Column(_("NXCloud’s ID"), "provider_message_id"),
            Column(_("Time"), "created_at"),
            Column(_("Direction"), "direction"),
            Column(_("Number"), "number"),
            Column(_("Contact"), "phone"),
            Column(_("Encoding"), "encoding"),
            Column(_("Our segments"), "segments"),
            Column(_("Billed segments"), "billed_segments"),
            Column(_("Unit price"), "price"),
            Column(_("Difference"), "cost_difference"),
        ),
        rows,
        is_wide=True,
        most_shown=MOST_SHOWN,
    )


def _difference(message: Message) -> Row:
    return Row(
        str(message.pk),
        str(message.pk),
        (
            values.words(message.provider_message_id or ""),
            values.words(
                write_exactly(message.created_at),
                plain=message.created_at.astimezone(UTC).isoformat(timespec="seconds"),
            ),
            values.words(message.get_direction_display(), plain=message.direction),
            values.words(message.did_number.formatted, plain=message.did_number.number),
            values.words(
                message.conversation.contact.formatted,
                plain=message.conversation.contact.phone_key,
            ),
            values.words(message.encoding),
            values.count(message.segments),
            values.count(message.billed_segments),
            values.money(message.price, digits=4),
            values.money(_dearer(message), digits=4),
        ),
        href=reverse("message-record", args=[message.pk]),
    )


def _dearer(message: Message) -> Decimal:
    """Return how much more was charged than by our count."""
    if message.price is None or message.billed_segments is None:
        return values.ZERO
    return message.price * (message.billed_segments - message.segments)
