"""Rows of the list, rendered once for everything that they show.

A list is fetched again after every change, and most of its rows have not changed. A row's HTML
depends on nothing but what the database holds about it, on a few facts of the page and on the
clock, so it is kept under all these, for as long as its words stay true. A list whose rows are made
again costs nine times the processor time on SQLite, eight on PostgreSQL (2026-11-29, `make
ablation`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django import template
from django.template.loader import get_template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from messaging.services.times.date_styles import DateStyle, active_style

if TYPE_CHECKING:
    from datetime import datetime

    from django.template import Context

    from messaging.services.inbox.pages import Page
    from messaging.services.inbox.records import Record

register = template.Library()

#: About 2 KB each.
ROWS_KEPT: Final = 4096
#: What a row takes from its page: view, query string, open conversation, whether it names its
#: number, language, time zone, date style.
Surroundings = tuple[str, str, bool, str | None, str, DateStyle]


class _Slot:
    """Where the HTML of one row is kept, and until when it holds."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept: tuple[str, datetime] | None = None


@register.simple_tag(takes_context=True)
def conversation_rows(context: Context) -> SafeString:
    """Return the rows of a list as HTML; the context is the list's (`rows_context`)."""
    page: Page = context["rows_page"]
    open_id = context.get("open_id")
    around: Surroundings = (
        context["view"],
        context["query"].query_string,
        bool(context.get("shows_number")),
        get_language(),
        timezone.get_current_timezone_name(),
        active_style(),
    )
    rows = [
        _html(record, around, is_open=open_id is not None and record.id == open_id, at=page.at)
        for record in page.records
    ]
    return mark_safe("".join(rows))  # noqa: S308  (rendered by the template, which escapes)


@register.simple_tag(takes_context=True)
def next_page(context: Context) -> SafeString:
    """Return the last row, which brings the next page; nothing on the last page."""
    if not context["next_query"]:
        return SafeString()
    return _more(context["view"], context["next_query"], get_language())


@lru_cache(maxsize=ROWS_KEPT)
def _more(view: str, next_query: str, _language: str | None) -> SafeString:
    html = get_template("inbox/_more.html").render({"view": view, "next_query": next_query})
    return mark_safe(html)  # noqa: S308  (rendered by the template, which escapes)


def _html(record: Record, around: Surroundings, *, is_open: bool, at: datetime) -> str:
    slot = _slot(record, around, is_open)
    if slot.kept is None or at >= slot.kept[1]:
        until = record.words_hold_until(at=at)
        slot.kept = _rendered(record, around, is_open=is_open, at=at), until
    return slot.kept[0]


@lru_cache(maxsize=ROWS_KEPT)
def _slot(_record: Record, _around: Surroundings, _is_open: bool) -> _Slot:
    return _Slot()


def _rendered(record: Record, around: Surroundings, *, is_open: bool, at: datetime) -> str:
    view, query_string, shows_number, _language, _zone, _style = around
    return get_template("inbox/_row.html").render(
        {
            "row": record.row(at=at),
            "view": view,
            "query_string": query_string,
            "is_open": is_open,
            "shows_number": shows_number,
        }
    )
