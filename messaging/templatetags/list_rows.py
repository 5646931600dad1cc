"""Rows of the list, rendered once for everything that they show.

A list is fetched anew after every change, and most of its rows have not changed. A row's HTML
depends on nothing but the row's prepared words and a few facts of the page, so both together are
the key under which it is kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from messaging.services.lists import Row

if TYPE_CHECKING:
    from django.template import Context

register = template.Library()

#: About 2 KB each.
ROWS_KEPT: Final = 4096


@register.simple_tag(takes_context=True)
def conversation_row(context: Context, row: Row) -> SafeString:
    """Return one row of the list as HTML.

    Args:
        context: of the list: view, query, open_id, shows_number.
        row: what to show.
    """
    values = tuple(tuple(v) if isinstance(v, list) else v for v in vars(row).values())
    return _rendered(
        values,
        context["view"],
        context["query"].query_string,
        row.id == context.get("open_id"),
        bool(context.get("shows_number")),
        get_language(),
    )


@lru_cache(maxsize=ROWS_KEPT)
def _rendered(
    values: tuple[Any, ...],
    view: str,
    query_string: str,
    is_open: bool,
    shows_number: bool,
    _language: str | None,
) -> SafeString:
    html = get_template("inbox/_row.html").render(
        {
            "row": Row(*values),
            "view": view,
            "query_string": query_string,
            "is_open": is_open,
            "shows_number": shows_number,
        }
    )
    return mark_safe(html)  # noqa: S308  (rendered by the template, which escapes)
