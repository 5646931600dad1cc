"""The resource ``audit``: who did what; for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from messaging.models import AuditEntry
from messaging.services.access.scopes import Scope

from .fields import Filters, UtcDateTimeField
from .permissions import HasScope, IsAdministrator, Scopes
from .query_fields import QueryIdField

if TYPE_CHECKING:
    from django.db.models import QuerySet


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """One thing that somebody did."""

    at = UtcDateTimeField(read_only=True)
    actor = serializers.IntegerField(
        source="actor_id",
        read_only=True,
        allow_null=True,
        help_text="Id of the user, who may be gone; null for a contact.",
    )
    changes = serializers.DictField(
        read_only=True, help_text="By name, [from, to] or what else there is to say."
    )
    hash = serializers.CharField(
        read_only=True, help_text='Of the row and the one before; "" until it is chained.'
    )

    class Meta:
        model = AuditEntry
        fields = (
            "id",
            "at",
            "actor",
            "actor_name",
            "via",
            "token",
            "remote_addr",
            "action",
            "object_type",
            "object_id",
            "object_name",
            "changes",
            "position",
            "hash",
        )
        read_only_fields = fields


class AuditFilters(Filters):
    """What the log may be narrowed by."""

    action = serializers.CharField(required=False, max_length=50)
    actor = serializers.CharField(required=False, max_length=150, help_text="A user name.")
    object_type = serializers.CharField(required=False, max_length=40)
    object_id = serializers.CharField(required=False, max_length=40)
    after = QueryIdField(
        required=False,
        help_text="Only rows whose position is greater, in its order: a program that goes on from"
        " the last position that it knows misses none. A row has its position within a minute.",
    )


@extend_schema_view(
    list=extend_schema(
        parameters=[AuditFilters],
        summary="The audit log, newest first; with after: in the order of position",
    ),
    retrieve=extend_schema(summary="One row of the audit log"),
)
class AuditViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[AuditEntry]
):
    """The audit log (administrators)."""

    permission_classes = (HasScope, IsAdministrator)
    scopes: ClassVar[Scopes] = {
        "list": Scope.AUDIT_READ,
        "retrieve": Scope.AUDIT_READ,
    }
    serializer_class = AuditEntrySerializer
    queryset = AuditEntry.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    @property
    def page_ordering(self) -> tuple[str, ...]:
        """In the chain's order for who follows with ``after``; else newest first.

        Ids are given before the commit: one that is less may appear later. Positions never do.
        """
        return ("position",) if self.request.query_params.get("after") else ("-id",)

    def get_queryset(self) -> QuerySet[AuditEntry]:
        """Return the log, narrowed in a list."""
        rows = AuditEntry.objects.all()
        if self.action != "list":
            return rows
        columns = {"actor": "actor_name", "after": "position__gt"}
        given = AuditFilters.of(self.request)
        return rows.filter(**{columns.get(name, name): value for name, value in given.items()})
