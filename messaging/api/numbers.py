"""The resource ``numbers``: our DID numbers; deactivated, never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from messaging.models import DidNumber, GivenRole, Membership
from messaging.models.did_number import LONGEST_SIGNATURE
from messaging.number_readings import number_to_dial
from messaging.phone_numbers import lookup_keys, parse_number
from messaging.services.access.scopes import Scope
from messaging.services.audit.record import record
from messaging.services.content.keywords import own_keywords
from messaging.services.content.text import kept_signature
from messaging.services.errors import InvalidInput, InvalidNumber
from messaging.services.inbox.departures import move_conversations
from messaging.services.team.members import works_with
from messaging.typed_numbers import InvalidPhoneNumber

from .fields import (
    STRICT_FIELDS,
    Filters,
    PhoneField,
    StrictFields,
    TextField,
    UserNameField,
    UserNamesField,
)
from .permissions import HasScope, IsAdministratorOrReads, Scopes
from .query_fields import QueryFlagField

if TYPE_CHECKING:
    from django.db.models import QuerySet


class _MembersField(UserNamesField):
    """The members of a number, read with their roles."""

    def get_attribute(self, instance: Any) -> list[Any]:
        """Return the people."""
        return [each.user for each in instance.memberships.all()]


class NumberSerializer(StrictFields, serializers.ModelSerializer[DidNumber]):
    """A DID number with the user names of its members."""

    serializer_field_mapping = STRICT_FIELDS

    number = PhoneField(
        max_length=64, help_text="Digits with the country code; fixed once it is there."
    )
    members = _MembersField(
        child_relation=UserNameField(queryset=User.objects.all()),
        required=False,
        help_text="User names of the staff who see and answer this number. What somebody has open"
        " there is unassigned when they are taken out.",
    )

    roles = serializers.SerializerMethodField(
        help_text="The role of each member by user name: supervisor, agent, viewer. Whom"
        " members names for the first time becomes an agent."
    )

    opt_out_keywords = serializers.ListField(
        child=TextField(max_length=100),
        required=False,
        help_text="A message that is exactly one of these opts out, as STOP does. Each has a letter"
        " or a digit.",
    )

    signature = TextField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_SIGNATURE,
        help_text="Added on a line of its own to every text that people or programs send from this"
        " number, and counted with it.",
    )

    class Meta:
        model = DidNumber
        fields = (
            "id",
            "number",
            "label",
            "is_active",
            "max_per_second",
            "members",
            "roles",
            "opt_out_keywords",
            "signature",
        )

    @extend_schema_field(serializers.DictField(child=serializers.ChoiceField(GivenRole.choices)))
    def get_roles(self, number: DidNumber) -> dict[str, str]:
        """Return what each member is."""
        return {each.user.get_username(): each.role for each in number.memberships.all()}

    def validate_number(self, value: str) -> str:
        """Return the digits of a number that is possible and new; refuse to change one."""
        if self.instance is not None and self.instance.number in lookup_keys(value):
            return self.instance.number
        try:
            digits = _own_number(value)
        except InvalidPhoneNumber as error:
            raise InvalidNumber(error, field="number") from error
        if self.instance is not None:
            raise serializers.ValidationError(
                _("A number cannot be changed. Deactivate it and add the other one.")
            )
        if self.instance is None and DidNumber.objects.filter(number=digits).exists():
            raise _taken()
        return digits

    def validate_signature(self, value: str) -> str:
        """Return the signature as it is kept."""
        return kept_signature(value)

    def validate_opt_out_keywords(self, value: list[str]) -> list[str]:
        """Return the keywords as they are kept."""
        try:
            return own_keywords(value)
        except InvalidInput as error:
            raise serializers.ValidationError(error.user_message) from error

    def create(self, validated_data: dict[str, Any]) -> DidNumber:
        """Add the number; the constraint decides when two add it at once."""
        try:
            with transaction.atomic():
                number = super().create(validated_data)
                _audit(self, "number_created", number, before={})
                return number
        except IntegrityError as error:
            raise serializers.ValidationError({"number": _taken().detail}) from error

    def update(self, instance: DidNumber, validated_data: dict[str, Any]) -> DidNumber:
        """Change the number; what those who leave it have open there is unassigned."""
        before = set(instance.members.all())
        was = {name: _plain(getattr(instance, name)) for name in validated_data}
        with transaction.atomic():
            number = super().update(instance, validated_data)
            _audit(self, "number_changed", number, before=was)
            for user in before - set(number.members.all()):
                if not works_with(user=user, did_number=number):
                    move_conversations(
                        user=user,
                        did_number=number,
                        to=None,
                        by=self.context["request"].user,
                        at=timezone.now(),
                    )
        return number


def _audit(
    serializer: NumberSerializer, action: str, number: DidNumber, *, before: dict[str, Any]
) -> None:
    """Append to the audit log what a call changed."""
    after = {name: _plain(getattr(number, name)) for name in serializer.validated_data}
    changes = {
        name: [before.get(name, [] if name == "members" else ""), value]
        for name, value in after.items()
        if value != before.get(name)
    }
    record(action, actor=serializer.context["request"].user, about=number, changes=changes)


def _plain(value: Any) -> Any:
    """Return a column, or the names of members."""
    if hasattr(value, "order_by"):
        return list(value.order_by("username").values_list("username", flat=True))
    return value


def _own_number(text: str) -> str:
    """Return the digits of a number of ours.

    Plain digits are what NXCloud shows and pushes: the country code is there, and a number that our
    number plans do not know yet is a number all the same. Nobody is written to at it.
    """
    return parse_number(text) if text.isascii() and text.isdigit() else number_to_dial(text)


def _taken() -> serializers.ValidationError:
    return serializers.ValidationError([_("This number already exists.")])


class NumberFilters(Filters):
    """What the list of numbers may be narrowed by."""

    is_active = QueryFlagField(required=False)


@extend_schema_view(
    list=extend_schema(parameters=[NumberFilters], summary="The caller's numbers"),
    retrieve=extend_schema(summary="One number"),
    create=extend_schema(summary="Add a number (administrators)"),
    partial_update=extend_schema(summary="Change a number (administrators)"),
)
class NumberViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[DidNumber],
):
    """DID numbers that the caller may work with."""

    http_method_names = ("get", "post", "patch", "head", "options")
    scopes: ClassVar[Scopes] = {
        "list": Scope.NUMBERS_READ,
        "retrieve": Scope.NUMBERS_READ,
        "create": Scope.NUMBERS_MANAGE,
        "partial_update": Scope.NUMBERS_MANAGE,
    }
    permission_classes = (HasScope, IsAdministratorOrReads)
    serializer_class = NumberSerializer
    queryset = DidNumber.objects.none()
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[DidNumber]:
        """Return what the caller may see, narrowed in a list."""
        members = Membership.objects.select_related("user").order_by("user__username")
        numbers = DidNumber.objects.visible_to(self.request.user).prefetch_related(
            Prefetch("memberships", members)
        )
        if self.action == "list":
            numbers = numbers.filter(**NumberFilters.of(self.request))
        return numbers
