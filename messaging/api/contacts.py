"""The resource ``contacts``: who writes to us and whom we write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from messaging.models import Contact, DidNumber
from messaging.policy import Action
from messaging.services.access.permissions import refusal
from messaging.services.access.scopes import Scope
from messaging.services.access.visible_contacts import with_shown_id
from messaging.services.audit.searches import record_search
from messaging.services.contacts.contacts import edit_contact
from messaging.services.contacts.known_contacts import (
    contacts_known_to,
    conversation_to_edit,
    named_like,
)
from messaging.services.contacts.merge import (
    check_parts,
    may_edit_all,
    merge_contacts,
    parting_of,
    separate_contacts,
)
from messaging.services.contacts.merged_people import other_numbers
from messaging.services.contacts.new_contact import add_contact
from messaging.services.content.field_values import FieldReader
from messaging.services.privacy.erasure import erase_contact, erase_person
from messaging.services.privacy.export import export_person

from .contact_serializers import (
    ContactChange,
    ContactFilters,
    ContactSerializer,
    Erased,
    NewContact,
    OtherContact,
    WhoIsErased,
    WhoLeaves,
)
from .permissions import HasScope, IsAdministrator, Scopes, caller, check_proved

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User
    from rest_framework.request import Request

    from messaging.models.contact import ContactQuerySet


@extend_schema_view(
    list=extend_schema(parameters=[ContactFilters], summary="Contacts, newest first"),
    retrieve=extend_schema(summary="One contact"),
)
class ContactViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Contact]
):
    """Contacts with whom something was exchanged on the caller's numbers, or who were added."""

    scopes: ClassVar[Scopes] = {
        "list": Scope.CONTACTS_READ,
        "retrieve": Scope.CONTACTS_READ,
        "create": Scope.CONTACTS_WRITE,
        "partial_update": Scope.CONTACTS_WRITE,
        "merge": Scope.CONTACTS_WRITE,
        "separate": Scope.CONTACTS_WRITE,
        "export": Scope.CONTACTS_EXPORT,
        "erase": Scope.CONTACTS_ERASE,
    }
    serializer_class = ContactSerializer
    queryset = Contact.objects.none()
    lookup_value_regex = "[0-9]{1,18}"
    page_ordering = ("-shown_id",)

    def get_queryset(self) -> ContactQuerySet:
        """Return what the caller may see, narrowed in a list."""
        contacts = contacts_known_to(caller(self.request))
        if self.action != "list":
            return contacts
        filters = ContactFilters.of(self.request)
        if "phone" in filters:
            contacts = contacts.filter(phone_key__in=filters["phone"])
        if "q" in filters:
            record_search(
                user=caller(self.request), text=filters["q"], at=timezone.now(), where="contacts"
            )
            contacts = contacts.filter(named_like(filters["q"]))
        return contacts

    @extend_schema(
        request=NewContact,
        responses={201: ContactSerializer},
        summary="Add a contact",
        description="One that the caller knows is refused with `exists`. Where people of other"
        " numbers wrote something down about it, that stays theirs, and what is given here is not"
        " kept.",
    )
    def create(self, request: Request) -> Response:
        """Add a contact by hand."""
        asked = NewContact(data=request.data)
        asked.is_valid(raise_exception=True)
        values, user = dict(asked.validated_data), caller(request)
        number = _number_for(user, keys=values.pop("number", None))
        given = {**values, "fields": FieldReader().changed({}, values.pop("fields", {}))}
        given.pop("phone")
        at = timezone.now()
        conversation = add_contact(
            did_number=number, phone=values["phone"], by=user, at=at, **given
        )
        contact = contacts_known_to(user).filter(pk=conversation.contact_id).first()
        if contact is None:  # only its number is theirs to see
            contact = conversation.contact
            contact.__dict__ |= {
                "shown_id": conversation.pk,
                "first_seen_at": at,
                "has_opted_out": False,
                "is_blocked_somewhere": False,
            }
        return Response(self.get_serializer(contact).data, status=201)

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return a page with everybody's other numbers."""
        page = super().paginate_queryset(queryset)
        return self._with_other_numbers(page or [])

    def _with_other_numbers(self, contacts: Iterable[Contact]) -> list[Contact]:
        rows: list[Any] = list(contacts)
        others = other_numbers((row.pk for row in rows), user=caller(self.request))
        for row in rows:
            row.others = others.get(row.pk, [])
        return rows

    @extend_schema(
        request=OtherContact,
        responses={200: ContactSerializer},
        summary="Merge with another contact of the same person",
        description="The name, email, language and fields of the contact in the path win; what it"
        " lacks comes from the other. All numbers of the person have them from then on."
        " Conversations, opt-outs and blocks stay with their number. `already_merged` when they are"
        " one person, 404 for a contact that the caller does not know.",
    )
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Merge another contact into this one."""
        user, contact = caller(request), self.get_object()
        if not may_edit_all([[contact.pk]], user=user):
            raise PermissionDenied(refusal())
        asked = OtherContact(data=request.data)
        asked.is_valid(raise_exception=True)
        other = self._known(asked.validated_data["contact"])
        if not may_edit_all([[other.pk]], user=user):
            raise PermissionDenied(refusal())
        merge_contacts(kept=contact, joined=other, by=user, at=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        request=WhoLeaves,
        responses={200: ContactSerializer},
        summary="Take back the last merge",
        description="Each contact has again what it had before the newest merge that the caller"
        " knows of. 409 `not_merged` for a contact with one number.",
    )
    @action(detail=True, methods=["post"])
    def separate(self, request: Request, pk: str) -> Response:
        """Separate what was merged last."""
        user, contact = caller(request), self.get_object()
        asked = WhoLeaves(data=request.data)
        asked.is_valid(raise_exception=True)
        parting = parting_of(contact, user=user)
        sides = [[contact.pk]] if parting is None else [parting.kept, parting.joined]
        if not may_edit_all(sides, user=user):
            raise PermissionDenied(refusal())
        if (shown := asked.validated_data.get("contact")) is not None:
            check_parts(contact, self._known(shown), parting)
        separate_contacts(
            contact=contact,
            by=user,
            at=timezone.now(),
            merged_at=parting.merged_at if parting else None,
        )
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        responses={200: OpenApiTypes.OBJECT},
        summary="Everything that is held about one person",
        description="To an administrator everything, raw pushes too; to anybody else what is in the"
        " conversations that they may export. Of a person with several numbers, `other_numbers`"
        " holds the same of each other number. It is recorded in the audit log.",
    )
    @action(detail=True, methods=["get"])
    def export(self, request: Request, pk: str) -> Response:
        """Return what is held about a contact."""
        found = export_person(contact=self.get_object(), by=caller(request), at=timezone.now())
        if found is None:
            raise PermissionDenied(refusal())
        return Response(found)

    @extend_schema(
        request=WhoIsErased,
        responses={200: Erased},
        summary="Erase one person for good",
        description="Texts, name and numbers go, wherever they are; a keyed digest of the number is"
        " left, so that opt-outs hold. What waits to be sent is canceled first. 409 `being_sent`"
        " while a message is on its way, `legal_hold` while the contact or one of its numbers is on"
        " legal hold. All numbers of the person go, unless"
        " `only_this_number` is true. Answers with how many rows of each kind were erased.",
    )
    @action(detail=True, methods=["post"], permission_classes=[HasScope, IsAdministrator])
    def erase(self, request: Request, pk: str) -> Response:
        """Erase a contact."""
        check_proved(request)
        asked = WhoIsErased(data=request.data)
        asked.is_valid(raise_exception=True)
        take_out = erase_contact if asked.validated_data["only_this_number"] else erase_person
        counts = take_out(contact=self.get_object(), by=caller(request), at=timezone.now())
        return Response(counts)

    @extend_schema(
        request=ContactChange,
        summary="Change name, email, language or fields",
        description="They are the same for every number that knows the contact.",
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a contact."""
        asked = ContactChange(data=request.data)
        asked.is_valid(raise_exception=True)
        contact, user = self.get_object(), caller(request)
        conversation = conversation_to_edit(contact=contact, user=user)
        if conversation is None:
            raise PermissionDenied(refusal())
        changes = dict(asked.validated_data)
        if "fields" in changes:
            changes["fields"] = FieldReader().changed(contact.fields, changes["fields"])
        if changes:
            edit_contact(
                contact=contact, conversation=conversation, by=user, at=timezone.now(), **changes
            )
        return Response(self.get_serializer(self.get_object()).data)

    def get_object(self) -> Contact:
        """Return the contact that the caller knows under this id."""
        return self._with_other_numbers([self._known(int(self.kwargs["pk"]))])[0]

    def _known(self, shown: int) -> Contact:
        user = caller(self.request)
        return get_object_or_404(with_shown_id(contacts_known_to(user), user=user, shown=shown))


def _number_for(user: User, *, keys: tuple[str, ...] | None) -> DidNumber:
    """Return the DID number that a caller means, else their first.

    Raises:
        PermissionDenied: there is none to whose contacts they may add.
    """
    numbers = DidNumber.objects.visible_to(user).order_by("pk")
    if keys is not None:
        number = numbers.filter(number__in=keys).first()
        if number is None:
            raise serializers.ValidationError({"number": [_("You have no such number.")]})
        numbers = numbers.filter(pk=number.pk)
    number = numbers.allowing(user, Action.EDIT_CONTACTS).first()
    if number is None:
        raise PermissionDenied(refusal())
    return number
