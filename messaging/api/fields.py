"""Fields and base classes that the API's serializers share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from messaging.phone_numbers import lookup_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request

    from messaging.models import Contact


#: What the description says of a contact's id, wherever it is.
CONTACT_ID: Final = (
    "The id of the first conversation with the contact that the caller sees; to an administrator"
    " the contact's own."
)


class UtcDateTimeField(serializers.DateTimeField):
    """A time that is always written in UTC, whatever zone the caller's pages use."""

    def __init__(self, **kwargs: Any) -> None:
        """Read a time without a zone as UTC."""
        super().__init__(default_timezone=UTC, **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        """Return the instant; refuse a day, which is none."""
        if isinstance(value, str) and _is_day(value.strip()):
            raise serializers.ValidationError(
                _("Enter a date and time with its zone: 2026-12-01T09:30:00Z.")
            )
        moment: datetime = super().to_internal_value(value)
        return moment


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class TextField(serializers.CharField):
    """A text in a body. A JSON number or a truth value is a mistake of the caller's program.

    Django REST framework would write it out: 1e400 became the text "inf".
    """

    def to_internal_value(self, data: Any) -> str:
        """Return the text."""
        if not isinstance(data, str):
            raise serializers.ValidationError(_("Enter text as a JSON string."))
        # As it was written, because the description says so; what is trimmed off counts as well.
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return str(super().to_internal_value(data))


class PhoneField(serializers.CharField):
    """A phone number in a body: a text, or a whole JSON number, which keeps its digits."""

    def to_internal_value(self, data: Any) -> str:
        """Return it as it was written."""
        if isinstance(data, bool) or not isinstance(data, str | int):
            raise serializers.ValidationError(_("Enter a phone number as a JSON string of digits."))
        return str(super().to_internal_value(str(data)))


class FlagField(serializers.BooleanField):
    """A truth value in a body: true or false."""

    def to_internal_value(self, data: Any) -> bool:
        """Return it."""
        if not isinstance(data, bool):
            raise serializers.ValidationError(_("Use true or false."))
        return data


class CountField(serializers.IntegerField):
    """A whole number in a body."""

    def to_internal_value(self, data: Any) -> int:
        """Return it."""
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError(_("Enter a whole number."))
        return int(super().to_internal_value(data))


class UserNameField(serializers.SlugRelatedField[User]):
    """A user in a body, by name."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the attribute that the name is."""
        super().__init__(slug_field="username", **kwargs)

    def to_internal_value(self, data: Any) -> User:
        """Return the user."""
        if not isinstance(data, str):
            raise serializers.ValidationError(_("Enter text as a JSON string."))
        if "\0" in data:  # PostgreSQL does not even look for it
            self.fail("does_not_exist", slug_name=self.slug_field, value=data.replace("\0", "�"))
        user: User = super().to_internal_value(data)
        return user


class UserNamesField(serializers.ManyRelatedField):
    """Users in a body, by name."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the users; an object is no list, though it can be walked through."""
        if not isinstance(data, list):
            raise serializers.ValidationError(_("Enter a list of usernames."))
        return list(super().to_internal_value(data))


#: What a ModelSerializer that takes bodies makes of a model's columns.
STRICT_FIELDS: Final[
    dict[type[models.Field[Any, Any]], type[serializers.Field[Any, Any, Any, Any]]]
] = {
    **serializers.ModelSerializer.serializer_field_mapping,
    models.CharField: TextField,
    models.TextField: TextField,
    models.BooleanField: FlagField,
    models.PositiveSmallIntegerField: CountField,
}


def address_of(contact: Contact) -> str:
    """Return a contact's number as the API writes it: digits, or letters as they came."""
    key = contact.phone_key
    return key if key.isascii() and key.isdigit() else contact.phone


class AddressField(serializers.CharField):
    """A phone number or sender in any spelling, read as the forms that it may be stored under."""

    def __init__(self, **kwargs: Any) -> None:
        """Allow what a stored number may have."""
        super().__init__(max_length=64, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the normalized forms, a tuple of at least one.

        They are made last: the field's validators look at the text.
        """
        return self.keys_of(super().run_validation(data))

    def keys_of(self, text: str) -> tuple[str, ...]:
        """Return the normalized forms of a text that holds nothing forbidden."""
        keys = lookup_keys(text)
        if not keys:
            raise serializers.ValidationError(_("Enter a phone number."))
        return keys


class NumberField(AddressField):
    """A phone number in any spelling, read as the digits that it may be stored under."""

    def keys_of(self, text: str) -> tuple[str, ...]:
        """Return the digits, a tuple; refuse letters."""
        keys = tuple(key for key in super().keys_of(text) if key.isascii() and key.isdigit())
        if not keys:
            raise serializers.ValidationError(_("Enter a number: digits with the country code."))
        return keys


class Filters(serializers.Serializer[Any]):
    """Query parameters of a list: an unknown one is ignored, an empty one refused.

    A program whose variable is empty would else get everything that it meant to leave out.
    """

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """Read the request's parameters.

        Raises:
            ValidationError: a value cannot be used.
        """
        filters = cls(data=request.query_params.dict(), context={"request": request})
        filters.is_valid(raise_exception=True)
        return dict(filters.validated_data)


class StrictFields:
    """Refuses fields that a serializer does not know; what it only shows is ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Read the fields after a look for unknown ones."""
        refuse_unknown_fields(data=data, known=self.fields)  # type: ignore[attr-defined]
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictSerializer(StrictFields, serializers.Serializer[Any]):
    """A body in which a misspelled ``send_at`` must not send at once."""


def refuse_unknown_fields(*, data: object, known: Mapping[str, object]) -> None:
    """Raise ValidationError for fields of a body that are not known."""
    if isinstance(data, dict) and (unknown := [str(name) for name in data if name not in known]):
        raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown})
