"""Sending as a whole: when it was paused, its workers, and rejected requests to the webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from messaging.models import CircuitBreakerTrip, RejectedRequestCount, WorkerSighting
from messaging.services.operations.health_checks import WORKER_SEEN_WITHIN
from messaging.services.sending.circuit_breaker import current_trip

from .base import ReadOnlyAdmin, nothing, pill
from .rejection_labels import rejection_label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest


@admin.register(CircuitBreakerTrip)
class CircuitBreakerTripAdmin(ReadOnlyAdmin[CircuitBreakerTrip]):
    """When nothing was sent, and why."""

    change_list_template = "admin/messaging/circuitbreakertrip/change_list.html"
    list_display = (
        "began_at",
        "state",
        "why",
        "code",
        "who",
        "probes",
        "ended_at",
        "ended_by",
    )
    list_select_related = ("ended_by",)
    list_filter = ("code",)
    fields = (
        "began_at",
        "state",
        "why",
        "code",
        "who",
        "message",
        "next_probe_at",
        "probes",
        "ended_at",
        "ended_by",
    )
    readonly_fields = ("state", "why", "who")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Offer to resume while the breaker is open."""
        context = {"trip": current_trip(), **(extra_context or {})}
        return super().changelist_view(request, context)

    @admin.display(description=gettext_lazy("state"))
    def state(self, trip: CircuitBreakerTrip) -> str:
        """Say whether it is still open."""
        return pill(_("Ended")) if trip.ended_at else pill(pgettext("period", "Active"), "bad")

    @admin.display(description=gettext_lazy("reason"), ordering="code")
    def why(self, trip: CircuitBreakerTrip) -> str:
        """Return the reason."""
        return trip.reason.words()

    @admin.display(description=gettext_lazy("who can fix it"))
    def who(self, trip: CircuitBreakerTrip) -> str:
        """Say who can fix the cause."""
        return trip.reason.owner_label


@admin.register(WorkerSighting)
class WorkerSightingAdmin(ReadOnlyAdmin[WorkerSighting]):
    """Workers at work."""

    list_display = ("name", "state", "started_at", "seen_at", "clock")

    @admin.display(description=gettext_lazy("state"))
    def state(self, worker: WorkerSighting) -> str:
        """Say whether it was seen lately."""
        if timezone.now() - worker.seen_at <= WORKER_SEEN_WITHIN:
            return pill(_("Running"), "good")
        return pill(_("Stopped"), "bad")

    @admin.display(description=gettext_lazy("NXCloud’s clock is ahead by"))
    def clock(self, worker: WorkerSighting) -> str:
        """Say how far the provider's clock was from ours."""
        if worker.clock_offset_seconds is None:
            return nothing()
        return _("%(seconds).1f s") % {"seconds": worker.clock_offset_seconds}


class RejectionFilter(admin.AllValuesFieldListFilter):
    """Offers the reasons in words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Return what can be chosen."""
        for choice in super().choices(changelist):
            yield {
                **choice,
                "display": rejection_label(str(choice["display"])) or choice["display"],
            }


@admin.register(RejectedRequestCount)
class RejectedRequestCountAdmin(ReadOnlyAdmin[RejectedRequestCount]):
    """Calls that were not authentic; they are counted, not stored."""

    list_display = ("day", "why", "count", "last_at")
    list_filter = (("reason", RejectionFilter),)
    fields = ("day", "why", "count", "last_at")
    readonly_fields = ("why",)

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, rejected: RejectedRequestCount) -> str:
        """Return the reason in words, the word itself where the pointer rests."""
        words = rejection_label(rejected.reason) or rejected.reason
        return format_html('<span title="{}">{}</span>', rejected.reason, words)
