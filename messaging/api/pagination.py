"""Cursor pages, ``{"next", "previous", "results"}``: newest first unless a view says otherwise."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.utils.urls import replace_query_param

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.views import APIView


#: A page of what is rare in a long list ends when so many rows have been looked at.
MOST_WALKED: Final = 10_000
#: On or back, rows to skip, and where: an id (p), or microseconds since 1970 (t).
CURSOR: Final = "([nb])([0-9]{1,4})(?:([pt])([0-9]{1,16}))?"
_CURSOR: Final = re.compile(CURSOR)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ChronologicalPagination(CursorPagination):
    """Pages that stay right while rows are added; a view's ``page_ordering`` is its order."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = ("-id",)

    def get_ordering(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> tuple[str, ...]:
        """Return the view's own order, else newest first."""
        return self.ordering_of(view)

    def ordering_of(self, view: APIView) -> tuple[str, ...]:
        """Return the view's own order, else newest first."""
        ordering: Sequence[str] = getattr(view, "page_ordering", self.ordering)
        return tuple(ordering)

    def get_page_size(self, request: Request) -> int:
        """Return how many rows a page holds; refuse what is not a number from 1 to the most."""
        text = request.query_params.get(self.page_size_query_param)
        if text is None:
            return self.page_size
        if not (
            text.isascii()
            and text.isdigit()
            and len(text) < 10
            and 1 <= int(text) <= self.max_page_size
        ):
            raise ValidationError(
                {
                    "page_size": [
                        _("Enter a number from 1 to %(most)d.") % {"most": self.max_page_size}
                    ]
                }
            )
        return int(text)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Read the cursor; a spoiled one is a bad value, not a missing page.

        Those of Django REST framework, which the version before gave, are still read.
        """
        text = request.query_params.get(self.cursor_query_param)
        if text is None:
            return None
        if (found := _CURSOR.fullmatch(text)) is not None:
            way, offset, kind, place = found.groups()
            skipped = min(int(offset), self.offset_cutoff)
            position: Any = _position(kind, place)  # a text; its stubs know of ids only
            return Cursor(skipped, way == "b", position)
        try:
            cursor: Cursor | None = super().decode_cursor(request)
        except NotFound as error:
            raise _bad_cursor() from error
        if not text or cursor is None or cursor.position is None:
            raise _bad_cursor()
        return cursor

    def encode_cursor(self, cursor: Cursor) -> str:
        """Return the address of a page."""
        way = "b" if cursor.reverse else "n"
        position: Any = cursor.position  # a text
        text = f"{way}{cursor.offset}{_place(position)}"
        address: str = replace_query_param(self.base_url or "", self.cursor_query_param, text)
        return address

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Describe what is read of an address."""
        kind = "t" if self.ordering_of(view)[0].endswith("_at") else "p"
        return [
            {
                "name": self.cursor_query_param,
                "required": False,
                "in": "query",
                "description": "Where a page begins: it is in next and previous.",
                "schema": {
                    "type": "string",
                    "pattern": f"^[nb][0-9]{{1,4}}({kind}[0-9]{{1,16}})?$",
                },
            },
            {
                "name": self.page_size_query_param,
                "required": False,
                "in": "query",
                "description": "Rows of a page.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": self.max_page_size,
                    "default": self.page_size,
                },
            },
        ]

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return one page; a cursor that does not fit this list is a bad value."""
        try:
            page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, OverflowError, DjangoValidationError) as error:
            raise _bad_cursor() from error
        return page


class WalkingPagination(ChronologicalPagination):
    """Pages of what no index finds: each looks at MOST_WALKED rows at most.

    A page that ends there may hold fewer rows than were asked for, or none, while ``next`` says
    that there is more to look at. The view's ``walked_rows`` are the rows that are looked at, in no
    order; None where an index finds what is asked for.
    """

    _walked_to: str | None = None

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return one page, and remember where its walk ended."""
        walked = getattr(view, "walked_rows", None)
        if walked is None or view is None:
            return super().paginate_queryset(queryset, request, view)
        order = self.get_ordering(request, queryset, view)
        column = order[0].removeprefix("-")
        end = self._end_of_walk(walked.order_by(*order), column, request)
        if end is not None:
            queryset = queryset.filter(**{f"{column}__gte": end})
        page = super().paginate_queryset(queryset, request, view)
        if end is not None and not self.has_next:
            self.has_next, self._walked_to = True, str(end)
        return page

    def get_next_link(self) -> str | None:
        """Return where to go on: behind the last row, or where the walk ended."""
        if self._walked_to is None:
            link: str | None = super().get_next_link()
            return link
        cursor = Cursor(0, reverse=False, position=self._walked_to)  # type: ignore[arg-type]  # text
        address: str = self.encode_cursor(cursor)
        return address

    def _end_of_walk(self, rows: QuerySet[Any], column: str, request: Request) -> Any:
        """Return what the last row of a walk holds in its column; None where the walk ends."""
        cursor = self.decode_cursor(request)
        if cursor is not None and cursor.reverse:
            return None  # that way was walked before
        if cursor is not None and cursor.position is not None:
            try:
                rows = rows.filter(**{f"{column}__lt": cursor.position})
            except (ValueError, TypeError, OverflowError, DjangoValidationError) as error:
                raise _bad_cursor() from error
        return rows.values_list(column, flat=True)[MOST_WALKED - 1 : MOST_WALKED].first()


def _position(kind: str | None, place: str | None) -> str | None:
    """Return what the column of a page's order is compared with."""
    if kind is None or place is None:
        return None
    return place if kind == "p" else str(_EPOCH + timedelta(microseconds=int(place)))


def _place(position: str | None) -> str:
    """Return the same as a cursor has it."""
    if position is None:
        return ""
    if position.isdigit():
        return f"p{position}"
    return f"t{(datetime.fromisoformat(position) - _EPOCH) // timedelta(microseconds=1)}"


def _bad_cursor() -> ValidationError:
    return ValidationError({"cursor": [_("Use the URLs in next and previous unchanged.")]})
