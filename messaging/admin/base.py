"""What our admin pages share: administrators may do everything, history is never deleted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminToField
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import BadRequest
from django.core.paginator import Page, Paginator
from django.db.models import Model
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from messaging.models import is_administrator
from messaging.phone_numbers import searched_digits
from messaging.services.audit.record import record
from messaging.services.audit.searches import record_search
from messaging.services.times.date_styles import write_exactly
from messaging.typed_numbers import InvalidPhoneNumber
from messaging.views.shared.responses import parse_positive_int

from .audited_changes import changes_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise as StrPromise
    from django.utils.safestring import SafeString

    GenericModelAdmin = admin.ModelAdmin
    GenericPaginator = Paginator[Any]
else:
    GenericPaginator = Paginator

    class GenericModelAdmin(admin.ModelAdmin):
        """ModelAdmin that may be written with its model's type, as the type checker reads it."""

        @classmethod
        def __class_getitem__(cls, _model: object) -> type[GenericModelAdmin]:
            """Return the class itself."""
            return cls


Row = TypeVar("Row", bound=Model)
MOST_COUNTED: Final = 10_000
#: Characters of a search; each word becomes a condition on every column that is searched.
LONGEST_SEARCH: Final = 200
#: What Django's filters ask of the field that they are about.
_LOOKUPS_OF_FILTERS: Final = frozenset(
    {"", "exact", "id__exact", "isnull", "in", "gt", "gte", "lt", "lte"}
)


class KeyPaginator(GenericPaginator):
    """Goes to a page by keys alone: whole rows that are skipped would be read as well.

    Of a longer list it leads through the first MOST_COUNTED rows: counting a million takes longer
    than showing a page of them, and nobody turns so many pages.
    """

    most_counted: Final = MOST_COUNTED

    @cached_property
    def count(self) -> int:
        """How many rows can be paged through."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows[:MOST_COUNTED].count()

    def page(self, number: int | str) -> Page[Any]:
        """Return a page."""
        number = self.validate_number(number)
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        begin = (number - 1) * self.per_page
        keys = rows.values_list("pk", flat=True)[begin : begin + self.per_page]
        return Page(rows.filter(pk__in=list(keys)), number, self)


class AdministratorAdmin(GenericModelAdmin[Row]):
    """Every administrator works here; a row with history cannot be deleted.

    Attributes:
        history: names of relations; a row with any of them is deactivated, not deleted.
        how_to_retire: what to do with such a row instead, in words.
        linked_by: fields by which other pages link to a list, beside its filters.
    """

    history: Sequence[str] = ()
    how_to_retire: str | StrPromise = ""
    linked_by: Sequence[str] = ()
    paginator = KeyPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the section to administrators."""
        return is_administrator(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Let administrators look."""
        return is_administrator(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let administrators add."""
        return is_administrator(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Let administrators change."""
        return is_administrator(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Let administrators delete one row at a time, while it has no history."""
        return is_administrator(request.user) and obj is not None and not self.has_history(obj)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Refuse keys that no row can have: a database can't even look for them."""
        keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if any(parse_positive_int(key) is None for key in keys):
            raise BadRequest("What is selected is no row.")
        return super().response_action(request, queryset, *args, **kwargs)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Note for the audit log what became what."""
        request.audited_changes = changes_of(form)  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record it in the audit log too."""
        self._audit(request, "created", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record it in the audit log too."""
        self._audit(request, "changed", obj)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Record it in the audit log too."""
        for obj in queryset:
            self._audit(request, "deleted", obj)
        return super().log_deletions(request, queryset)

    def _audit(self, request: HttpRequest, action: str, obj: Any) -> None:
        changes = getattr(request, "audited_changes", {}) if action != "deleted" else {}
        record(action, actor=request.user, about=obj, changes=changes)

    def has_history(self, obj: Row) -> bool:
        """Tell whether anything refers to the row that must not be lost."""
        return any(getattr(obj, name).exists() for name in self.history)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let a list be narrowed only by its filters, and as our own pages link to it.

        Django lets any column be asked about, and one who may ask whether a key begins with "a"
        finds out the key.
        """
        name, _found, how = lookup.partition("__")
        is_offered = name in self._filter_names() and how in _LOOKUPS_OF_FILTERS
        # PostgreSQL takes no NUL, and none of our values has one.
        is_text = "\0" not in str(value)
        return is_offered and is_text and super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Row], search_term: str
    ) -> tuple[QuerySet[Row], bool]:
        """Find nothing for a text that nobody types: SQLite refuses patterns of any length."""
        if len(search_term) > LONGEST_SEARCH:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def _filter_names(self) -> set[str]:
        entries: Sequence[Any] = self.list_filter
        fields = [entry[0] if isinstance(entry, list | tuple) else entry for entry in entries]
        names = {field if isinstance(field, str) else field.parameter_name for field in fields}
        return names | set(self.linked_by)

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Hand no column of a row to other pages: none of ours picks a row in a second window."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Head the list with what is in it; it is no window to pick a row in."""
        if IS_POPUP_VAR in request.GET:
            raise DisallowedModelAdminToField  # Each row would hold its key, of a token the secret.
        where = str(self.opts.model_name)
        text = request.GET.get("q", "").strip()
        record_search(user=request.user, text=text, at=timezone.now(), where=where)
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Say what to do instead, where somebody wants to delete what has history."""
        obj = self.get_object(request, object_id)
        is_kept = obj is not None and self.how_to_retire and self.has_history(obj)
        if obj is None or not is_kept or not self.has_view_permission(request, obj):
            return super().delete_view(request, object_id, extra_context)
        messages.warning(request, str(self.how_to_retire))
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=[obj.pk]))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer choices without little buttons that lead elsewhere in the middle of a form."""
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if formfield is not None and isinstance(formfield.widget, RelatedFieldWidgetWrapper):
            formfield.widget = formfield.widget.widget
        return formfield

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Say what to do with a row that cannot be deleted."""
        obj = kwargs.get("obj")
        if obj is not None and self.how_to_retire and self.has_history(obj):
            context["how_to_retire"] = self.how_to_retire
        return super().render_change_form(request, context, **kwargs)


class NumberSearchAdmin(AdministratorAdmin[Row]):
    """Rows that are searched by a phone number too, in any spelling."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Row], search_term: str
    ) -> tuple[QuerySet[Row], bool]:
        """Look for the digits of what is written like a number."""
        with suppress(InvalidPhoneNumber):
            search_term = searched_digits(search_term)
        return super().get_search_results(request, queryset, search_term)


class SearchedAdmin(AdministratorAdmin[Row]):
    """Rows that the product's own search finds: Django's would read all of them for each word."""

    # Without a field Django shows no box to search in; nothing is looked for in this one.
    search_fields = ("pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Row], search_term: str
    ) -> tuple[QuerySet[Row], bool]:
        """Return what fits, and that no row is in it twice."""
        if not search_term.strip():
            return queryset, False
        return self.found(queryset, text=search_term, request=request), False

    def found(self, rows: QuerySet[Row], *, text: str, request: HttpRequest) -> QuerySet[Row]:
        """Return the rows that fit a text."""
        raise NotImplementedError


class ReadOnlyAdmin(AdministratorAdmin[Row]):
    """Rows that only the program writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody deletes."""
        return False


def when(moment: datetime | None) -> str:
    """Return a time as its reader writes it, to the second: the admin is for finding out."""
    return write_exactly(moment) if moment else nothing()


def pill(text: object, tone: str = "") -> SafeString:
    """Return a word as a small colored label.

    Args:
        text: the word.
        tone: "good", "warn", "bad" or "" for a quiet one.
    """
    return format_html('<span class="pill {}">{}</span>', tone, text)


def nothing() -> str:
    """Return what is shown where there is nothing."""
    return _("–")
