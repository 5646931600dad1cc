"""The resource ``contacts``: who writes to us and whom we write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import PermissionDenied
from django.core.validators import validate_email
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from messaging.models import Contact, Conversation, DidNumber, OptOut, is_administrator
from messaging.policy import Action
from messaging.services.access.permissions import refusal
from messaging.services.access.scopes import Scope
from messaging.services.access.visible_contacts import shown_id, with_shown_id
from messaging.services.contacts.contacts import edit_contact
from messaging.services.search.contacts import numbers_in

from .fields import (
    CONTACT_ID,
    AddressField,
    Filters,
    StrictSerializer,
    TextField,
    UtcDateTimeField,
    address_of,
)
from .permissions import Scopes, caller

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from rest_framework.request import Request

    from messaging.models.contact import ContactQuerySet


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """A contact."""

    id = serializers.IntegerField(source="shown_id", read_only=True, help_text=CONTACT_ID)
    phone = serializers.SerializerMethodField()
    email = serializers.CharField(read_only=True, help_text='"" when it is not known.')
    is_blocked = serializers.BooleanField(
        source="is_blocked_somewhere",
        read_only=True,
        help_text="On any of the caller's numbers; a conversation says whether on its own.",
    )
    has_opted_out = serializers.BooleanField(
        read_only=True,
        help_text="From any of the caller's numbers; a conversation says whether from its own.",
    )
    created_at = UtcDateTimeField(
        source="first_seen_at",
        read_only=True,
        help_text="The beginning of the first conversation that the caller sees.",
    )

    class Meta:
        model = Contact
        fields = (
            "id",
            "phone",
            "name",
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


class ContactChange(StrictSerializer):
    """What is to be different; what is left out stays as it is."""

    name = TextField(required=False, allow_blank=True, max_length=120)
    email = TextField(required=False, allow_blank=True, max_length=254, validators=[validate_email])
    language = TextField(required=False, allow_blank=True, max_length=40)


@extend_schema_view(
    list=extend_schema(parameters=[ContactFilters], summary="Contacts, newest first"),
    retrieve=extend_schema(summary="One contact"),
)
class ContactViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Contact]
):
    """Contacts with whom something was exchanged on the caller's numbers."""

    scopes: ClassVar[Scopes] = {
        "list": Scope.CONTACTS_READ,
        "retrieve": Scope.CONTACTS_READ,
        "partial_update": Scope.CONTACTS_WRITE,
    }
    serializer_class = ContactSerializer
    queryset = Contact.objects.none()
    lookup_value_regex = "[0-9]{1,18}"
    page_ordering = ("-shown_id",)

    def get_queryset(self) -> ContactQuerySet:
        """Return what the caller may see, narrowed in a list."""
        contacts = _with_what_is_shown(caller(self.request))
        if self.action != "list":
            return contacts
        filters = ContactFilters.of(self.request)
        if "phone" in filters:
            contacts = contacts.filter(phone_key__in=filters["phone"])
        if "q" in filters:
            contacts = contacts.filter(_named_like(filters["q"]))
        return contacts

    @extend_schema(
        request=ContactChange,
        summary="Change name, email or language",
        description="They are the same for every number that knows the contact.",
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a contact."""
        asked = ContactChange(data=request.data)
        asked.is_valid(raise_exception=True)
        contact, user = self.get_object(), caller(request)
        threads = Conversation.objects.visible_to(user).filter(contact_id=contact.pk)
        numbers = DidNumber.objects.allowing(user, Action.EDIT_CONTACTS).order_by()
        conversation = threads.filter(did_number__in=numbers).order_by("pk").first()
        if conversation is None:
            raise PermissionDenied(refusal())
        if asked.validated_data:
            edit_contact(
                contact=contact,
                conversation=conversation,
                by=user,
                at=timezone.now(),
                **asked.validated_data,
            )
        return Response(self.get_serializer(self.get_object()).data)

    def get_object(self) -> Contact:
        """Return the contact that the caller knows under this id."""
        known = with_shown_id(
            self.get_queryset(), user=caller(self.request), shown=int(self.kwargs["pk"])
        )
        return get_object_or_404(known)


def _with_what_is_shown(user: User) -> ContactQuerySet:
    """Return the contacts that a person knows, with what their own numbers tell of each.

    What happened on another number is not theirs to know: not even when the contact was first seen,
    or which of two came first.
    """
    threads = Conversation.objects.visible_to(user).filter(contact_id=OuterRef("pk")).order_by("pk")
    is_all = is_administrator(user)
    return Contact.objects.known_to(user).annotate(
        has_opted_out=Exists(_opt_outs_from(user)),
        is_blocked_somewhere=Case(
            When(Q(blocked_at__isnull=False) | Exists(threads.exclude(blocked_at=None)), then=True),
            default=False,
        ),
        first_seen_at=F("created_at") if is_all else Subquery(threads.values("created_at")[:1]),
        shown_id=shown_id(user=user, contact="pk"),
    )


def _opt_outs_from(user: User) -> QuerySet[OptOut]:
    """Return a contact's opt-outs in force that cover one of a person's numbers."""
    numbers = DidNumber.objects.visible_to(user).order_by()
    through = OptOut.allowed_numbers.through.objects
    allowed = through.filter(optout_id=OuterRef(OuterRef("pk"))).values("didnumber_id")
    is_covered = Exists(numbers.exclude(pk__in=allowed))
    return (
        OptOut.objects.in_force()
        .filter(contact_id=OuterRef("pk"))
        .filter(Q(did_number__in=numbers) | Q(did_number__isnull=True) & Q(is_covered))
    )


def _named_like(text: str) -> Q:
    condition = Q(name__icontains=text) | Q(phone_key__icontains=text)
    for digits in numbers_in(text):
        condition |= Q(phone_key__contains=digits)
    return condition
