"""The audit log, to read: filters and a file of what they leave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import AuditEntry
from messaging.services.audit.record import Subject, record
from messaging.services.reports.csv_text import csv_text

from .base import ReadOnlyAdmin, nothing, pill, when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern

COLUMNS: Final = (
    "id", "at", "actor_id", "actor_name", "via", "token", "remote_addr", "action", "object_type",
    "object_id", "object_name", "changes", "position", "hash",
)  # fmt: skip
ROWS_OF_A_PART: Final = 500


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """Who did what; nobody changes it here, and `manage.py verify_audit` shows it elsewhere."""

    change_list_template = "admin/messaging/auditentry/change_list.html"
    list_display = ("shown_at", "who", "did", "to_what", "what_changed", "remote_addr")
    list_filter = ("action", "via", "object_type", ("at", admin.DateFieldListFilter))
    search_fields = ("actor_name", "object_name", "object_id", "remote_addr")
    ordering = ("-id",)
    fields = (
        "shown_at", "who", "via", "token", "remote_addr", "action", "object_type", "object_id",
        "object_name", "what_changed", "position", "hash",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        """Add the file."""
        view = self.admin_site.admin_view(self.as_csv)
        return [path("csv/", view, name="messaging_auditentry_csv"), *super().get_urls()]

    def as_csv(self, request: HttpRequest) -> HttpResponseBase:
        """Download what the filters leave; that it was downloaded is recorded too."""
        if request.method != "GET":
            return HttpResponseRedirect(reverse("admin:messaging_auditentry_changelist"))
        try:
            rows = self.get_changelist_instance(request).get_queryset(request).order_by("id")
        except IncorrectLookupParameters:  # as Django's own list answers
            return HttpResponseRedirect(reverse("admin:messaging_auditentry_changelist") + "?e=1")
        record(
            "export",
            actor=request.user,
            about=Subject("auditentry"),
            changes={"form": "csv", "filters": request.GET.dict()},
        )
        response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="audit.csv"'
        response["X-Content-Type-Options"] = "nosniff"
        return response

    @admin.display(description=gettext_lazy("time"), ordering="id")
    def shown_at(self, entry: AuditEntry) -> str:
        """Return when, to the second."""
        return when(entry.at)

    @admin.display(description=gettext_lazy("who"))
    def who(self, entry: AuditEntry) -> str:
        """Name who did it, and the token."""
        name = entry.actor_name or entry.get_via_display()
        return format_html("{} <code>{}…</code>", name, entry.token) if entry.token else name

    @admin.display(description=gettext_lazy("action"), ordering="action")
    def did(self, entry: AuditEntry) -> str:
        """Return the word for what they did."""
        return pill(entry.action)

    @admin.display(description=gettext_lazy("object"))
    def to_what(self, entry: AuditEntry) -> str:
        """Name the object."""
        return (
            entry.object_name
            or " ".join(filter(None, [entry.object_type, entry.object_id]))
            or nothing()
        )

    @admin.display(description=gettext_lazy("changes"))
    def what_changed(self, entry: AuditEntry) -> str:
        """Say what became what."""
        if not entry.changes:
            return nothing()
        return format_html_join(
            "; ", "{}: {}", [(name, _words(value)) for name, value in entry.changes.items()]
        )


def _words(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2:
        return _("%(before)s → %(after)s") % {"before": _plain(value[0]), "after": _plain(value[1])}
    return _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _lines(rows: QuerySet[AuditEntry]) -> Iterator[str]:
    part: list[list[Any]] = [list(COLUMNS)]
    for entry in rows.iterator(chunk_size=ROWS_OF_A_PART):
        values = {name: getattr(entry, name) for name in COLUMNS}
        values["at"], values["changes"] = entry.at.isoformat(), _plain(entry.changes)
        part.append(list(values.values()))
        if len(part) == ROWS_OF_A_PART:
            yield csv_text(part[0], part[1:])
            part = []
    if part:
        yield csv_text(part[0], part[1:])
