"""The resource ``contact-fields``: what administrators defined that a contact can have."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from messaging.models import ContactField
from messaging.services.access.scopes import Scope

from .permissions import Scopes


class ContactFieldSerializer(serializers.ModelSerializer[ContactField]):
    """A field of contacts."""

    choices = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Of a choice; else empty."
    )
    is_archived = serializers.SerializerMethodField(
        help_text="Not shown any more; contacts keep their values."
    )

    class Meta:
        model = ContactField
        fields = ("key", "name", "kind", "choices", "is_archived")
        read_only_fields = fields

    def get_is_archived(self, field: ContactField) -> bool:
        """Tell whether it is not shown any more."""
        return field.archived_at is not None


@extend_schema_view(
    list=extend_schema(
        summary="Fields of contacts",
        description="In the order in which they are shown. A number is a text such as `12.5`, a"
        " date one such as `2026-12-31`.",
    )
)
class ContactFieldViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ContactField]):
    """The fields that administrators defined in the admin."""

    scopes: ClassVar[Scopes] = {"list": Scope.CONTACTS_READ}
    serializer_class = ContactFieldSerializer
    queryset = ContactField.objects.all()
    page_ordering = ("position", "id")
