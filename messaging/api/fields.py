"""Fields and base classes that the API's serializers share."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from messaging.phone_numbers import lookup_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request

    from messaging.models import Contact


class UtcDateTimeField(serializers.DateTimeField):
    """A time that is always written in UTC, whatever zone the caller's pages use."""

    def __init__(self, **kwargs: Any) -> None:
        """Read a time without a zone as UTC."""
        super().__init__(default_timezone=UTC, **kwargs)


def address_of(contact: Contact) -> str:
    """Return a contact's number as the API writes it: digits, or letters as they came."""
    key = contact.phone_key
    return key if key.isascii() and key.isdigit() else contact.phone


class AddressField(serializers.CharField):
    """A phone number or sender in any spelling, read as the forms that it may be stored under."""

    def __init__(self, **kwargs: Any) -> None:
        """Allow what a stored number may have."""
        super().__init__(max_length=64, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Return the comparing forms, a tuple of at least one."""
        keys = lookup_keys(super().to_internal_value(data))
        if not keys:
            raise serializers.ValidationError(_("Write a phone number."))
        return keys


class NumberField(AddressField):
    """A phone number in any spelling, read as the digits that it may be stored under."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the digits, a tuple; refuse letters."""
        keys = tuple(
            key for key in super().to_internal_value(data) if key.isascii() and key.isdigit()
        )
        if not keys:
            raise serializers.ValidationError(_("Write a number: digits with the country code."))
        return keys


class Filters(serializers.Serializer[Any]):
    """Query parameters of a list; an empty one counts as absent, an unknown one is ignored."""

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """Read the request's parameters.

        Raises:
            ValidationError: a value cannot be used.
        """
        given = {name: value for name, value in request.query_params.items() if value != ""}
        filters = cls(data=given, context={"request": request})
        filters.is_valid(raise_exception=True)
        return dict(filters.validated_data)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt ``send_at`` must not send at once."""

    def to_internal_value(self, data: Any) -> Any:
        """Read the fields after a look for unknown ones."""
        refuse_unknown_fields(data=data, known=self.fields)
        return super().to_internal_value(data)


def refuse_unknown_fields(*, data: object, known: Mapping[str, object]) -> None:
    """Raise ValidationError for fields of a body that are not known."""
    if isinstance(data, dict) and (unknown := [str(name) for name in data if name not in known]):
        raise serializers.ValidationError(
            {name: [_("There is no such field.")] for name in unknown}
        )
