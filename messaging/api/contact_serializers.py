"""A contact as the API shows it, and what is asked about contacts."""

from __future__ import annotations

from typing import Any, TypedDict

from django.core.validators import validate_email
from rest_framework import serializers

from messaging.models import Contact
from messaging.models.contact import LONGEST_FIELD, LONGEST_FIELD_NAME

from .fields import (
    CONTACT_ID,
    AddressField,
    CountField,
    Filters,
    FlagField,
    NumberField,
    PhoneField,
    StrictSerializer,
    TextField,
    UtcDateTimeField,
    address_of,
)


class NumberOfPerson(TypedDict):
    """A contact of a person with several numbers."""

    id: int
    phone: str


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """A contact."""

    id = serializers.IntegerField(source="shown_id", read_only=True, help_text=CONTACT_ID)
    phone = serializers.SerializerMethodField()
    email = serializers.CharField(read_only=True, help_text='"" when it is not known.')
    fields = serializers.DictField(  # type: ignore[assignment]  # the name that the API has for it
        child=serializers.CharField(), read_only=True, help_text="What else is known, by key."
    )
    is_blocked = serializers.BooleanField(
        source="is_blocked_somewhere",
        read_only=True,
        help_text="On any of the caller's numbers; a conversation says whether on its own.",
    )
    has_opted_out = serializers.BooleanField(
        read_only=True,
        help_text="From any of the caller's numbers; a conversation says whether from its own.",
    )
    other_numbers = serializers.SerializerMethodField(
        help_text="The same person's other contacts that the caller knows: id and phone of each."
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
            "fields",
            "is_blocked",
            "has_opted_out",
            "other_numbers",
            "created_at",
        )
        read_only_fields = fields

    def get_phone(self, contact: Contact) -> str:
        """Return the contact's number."""
        return address_of(contact)

    def get_other_numbers(self, contact: Contact) -> list[NumberOfPerson]:
        """Return the other numbers, which the view found for all rows at once."""
        others: list[Any] = getattr(contact, "others", [])
        return [{"id": row.shown_id, "phone": address_of(row)} for row in others]


class ContactFilters(Filters):
    """What the list of contacts may be narrowed by."""

    phone = AddressField(required=False, help_text="The whole number, in any spelling.")
    q = serializers.CharField(
        required=False, max_length=200, help_text="Part of the name or of the number."
    )


class FieldsField(serializers.DictField):
    """Texts by a name that the caller chooses."""

    child = TextField(allow_blank=True, max_length=LONGEST_FIELD)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Return the texts by their trimmed names."""
        names = TextField(max_length=LONGEST_FIELD_NAME)
        found: dict[str, str] = super().to_internal_value(data)
        return {names.run_validation(name): text for name, text in found.items()}


class ContactChange(StrictSerializer):
    """What is to be different; what is left out stays as it is."""

    name = TextField(required=False, allow_blank=True, max_length=120)
    email = TextField(required=False, allow_blank=True, max_length=254, validators=[validate_email])
    language = TextField(required=False, allow_blank=True, max_length=40)
    fields = FieldsField(  # type: ignore[assignment]  # as it is called in the API
        required=False,
        help_text="What else is known, by the key or the name of a field that administrators"
        " defined (`contact-fields/`), or under a name of your own. A field that is left out stays;"
        " an empty text removes one. A value of the wrong kind is refused with `invalid_field`.",
    )


class NewContact(ContactChange):
    """A contact to add."""

    phone = PhoneField(max_length=64, help_text="In any spelling.")
    number = NumberField(
        required=False,
        help_text="The DID number whose members know the contact from now on; the caller's first"
        " one when left out.",
    )


class OtherContact(StrictSerializer):
    """The contact to merge with."""

    contact = CountField(min_value=1, max_value=2**63 - 1, help_text=f"Its id. {CONTACT_ID}")


class WhoLeaves(StrictSerializer):
    """Which merge to take back."""

    contact = CountField(
        min_value=1,
        max_value=2**63 - 1,
        required=False,
        help_text=f"A contact of the same person that is separated from it. {CONTACT_ID} 409"
        " `changed` where the newest merge is another, `not_merged` where they are separated"
        " already: a request that is sent again takes back nothing else.",
    )


class WhoIsErased(StrictSerializer):
    """How much of a person with several numbers is erased."""

    only_this_number = FlagField(
        default=False,
        help_text="Of a person with several numbers erase this one only; the others keep name and"
        " fields.",
    )


class Erased(serializers.Serializer[dict[str, int]]):
    """How many rows of each kind were erased."""

    conversations = serializers.IntegerField(read_only=True)
    messages = serializers.IntegerField(read_only=True)
    canceled = serializers.IntegerField(read_only=True, help_text="Messages that were waiting.")
    notes = serializers.IntegerField(read_only=True)
    contact_notes = serializers.IntegerField(read_only=True)
    drafts = serializers.IntegerField(read_only=True)
    events = serializers.IntegerField(read_only=True)
    opt_outs = serializers.IntegerField(read_only=True, help_text="They still hold.")
    pushes = serializers.IntegerField(read_only=True)
    audit_entries = serializers.IntegerField(read_only=True)
    spool_files = serializers.IntegerField(read_only=True)
    import_rows = serializers.IntegerField(read_only=True)
    exports = serializers.IntegerField(
        read_only=True, help_text="Exports whose files held the contact, or were being written."
    )
