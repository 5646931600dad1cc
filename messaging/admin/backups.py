"""Backups that were made, or tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from messaging.models import BackupRun
from messaging.services.operations.backup.problems import words_of

from .base import ReadOnlyAdmin, nothing, pill

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(BackupRun)
class BackupRunAdmin(ReadOnlyAdmin[BackupRun]):
    """When a backup was made, where it is, and what went wrong."""

    list_display = ("made_at", "state", "place", "host", "size", "proven_at", "why")
    fields = (
        "made_at",
        "state",
        "place",
        "host",
        "size",
        "finished_at",
        "proven_at",
        "why",
    )
    readonly_fields = ("state", "size", "why")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BackupRun]:
        """Return the newest first."""
        return super().get_queryset(request).order_by("-made_at")

    @admin.display(description=gettext_lazy("state"))
    def state(self, run: BackupRun) -> str:
        """Say whether it is whole."""
        if run.failure_code:
            return pill(pgettext("backup", "Failed"), "bad")
        return pill(_("Complete"), "good") if run.finished_at else pill(_("Running"))

    @admin.display(description=gettext_lazy("size"), ordering="size_bytes")
    def size(self, run: BackupRun) -> str:
        """Return its size in words."""
        return nothing() if run.size_bytes is None else filesizeformat(run.size_bytes)

    @admin.display(description=gettext_lazy("reason"))
    def why(self, run: BackupRun) -> str:
        """Say why there is none, or why it was not tried out."""
        if run.failure_code:
            return words_of(run.failure_code, run.failure_facts)
        return words_of(run.proof_code, run.proof_facts) if run.proof_code else nothing()
