"""Cursor pages, ``{"next", "previous", "results"}``: newest first unless a view says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.views import APIView


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
        ordering: Sequence[str] = getattr(view, "page_ordering", self.ordering)
        return tuple(ordering)

    def get_page_size(self, request: Request) -> int:
        """Return how many rows a page holds; refuse what is not a number from 1 to the most."""
        text = request.query_params.get(self.page_size_query_param, "")
        if not text:
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
        """Read the cursor; a spoiled one is a bad value, not a missing page."""
        try:
            cursor: Cursor | None = super().decode_cursor(request)
        except NotFound as error:
            raise _bad_cursor() from error
        return cursor

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return one page; a cursor that does not fit this list is a bad value."""
        try:
            page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, OverflowError, DjangoValidationError) as error:
            raise _bad_cursor() from error
        return page


def _bad_cursor() -> ValidationError:
    return ValidationError({"cursor": [_("Use the URLs in next and previous unchanged.")]})
