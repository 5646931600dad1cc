"""What administrators decide for the whole team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse

from messaging.models import TeamSettings
from messaging.models.team_settings import ONLY

from .base import AdministratorAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(TeamSettings)
class TeamSettingsAdmin(AdministratorAdmin[TeamSettings]):
    """One row, so its list is its form."""

    fields = ("staff_create_labels", "staff_create_replies")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """There is one row, and the list makes it."""
        return False

    def has_delete_permission(
        self, _request: HttpRequest, _obj: TeamSettings | None = None
    ) -> bool:
        """It stays."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Go to the form."""
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        TeamSettings.objects.get_or_create(pk=ONLY)
        return HttpResponseRedirect(reverse("admin:messaging_teamsettings_change", args=[ONLY]))
