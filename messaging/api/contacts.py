"""The resource ``contacts``: who writes to us and whom we write to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from messaging.models import Contact, DidNumber, OptOut
from messaging.services.search_contacts import numbers_in

from .fields import AddressField, Filters, UtcDateTimeField, address_of

if TYPE_CHECKING:
    from django.db.models import QuerySet


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """A contact."""

    phone = serializers.SerializerMethodField()
    email = serializers.CharField(read_only=True, help_text='"" when it is not known.')
    is_blocked = serializers.BooleanField(read_only=True)
    has_opted_out = serializers.BooleanField(
        read_only=True,
        help_text="From any of our numbers; a conversation says whether from its own.",
    )
    created_at = UtcDateTimeField(read_only=True)

    class Meta:
        model = Contact
        fields = (
            "id",
            "phone",
            "name",
            "memo",
            "email",
            "language",
            "is_blocked",
            "has_opted_out",
            "created_at",
        )
        read_only_fields = fields

    def get_phone(self, contact: Contact) -> str:
        """Return the contact's number."""
        return address_of(contact)


class ContactFilters(Filters):
    """What the list of contacts may be narrowed by."""

    phone = AddressField(required=False, help_text="The whole number, in any spelling.")
    q = serializers.CharField(
        required=False, max_length=200, help_text="Part of the name or of the number."
    )


@extend_schema_view(
    list=extend_schema(parameters=[ContactFilters], summary="Contacts, newest first"),
    retrieve=extend_schema(summary="One contact"),
)
class ContactViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Contact]
):
    """Contacts with a conversation on the caller's numbers."""

    serializer_class = ContactSerializer
    queryset = Contact.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Contact]:
        """Return what the caller may see, narrowed in a list."""
        # Of the caller's own numbers: what was asked of another number is not theirs to know.
        numbers = DidNumber.objects.visible_to(self.request.user)
        in_force = (
            OptOut.objects.in_force()
            .filter(contact_id=OuterRef("pk"))
            .filter(Q(did_number__isnull=True) | Q(did_number__in=numbers))
        )
        contacts = Contact.objects.visible_to(self.request.user).annotate(
            has_opted_out=Exists(in_force)
        )
        if self.action != "list":
            return contacts
        filters = ContactFilters.of(self.request)
        if "phone" in filters:
            contacts = contacts.filter(phone_key__in=filters["phone"])
        if "q" in filters:
            contacts = contacts.filter(_named_like(filters["q"]))
        return contacts


def _named_like(text: str) -> Q:
    condition = Q(name__icontains=text) | Q(phone_key__icontains=text)
    for digits in numbers_in(text):
        condition |= Q(phone_key__contains=digits)
    return condition
