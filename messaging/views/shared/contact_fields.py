"""The fields of a contact in a form: what was typed into them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpRequest

    from messaging.services.content.field_values import FieldInput, FieldReader

#: What the name of an input begins with; the field's key follows.
PREFIX: Final = "field-"


def typed_inputs(request: HttpRequest, inputs: Iterable[FieldInput]) -> list[FieldInput]:
    """Return the inputs of a form as they were typed."""
    return [
        replace(each, value=request.POST.get(f"{PREFIX}{each.field.key}", each.value))
        for each in inputs
    ]


def typed_fields(
    request: HttpRequest, *, reader: FieldReader, before: Mapping[str, str]
) -> dict[str, str] | None:
    """Return a contact's fields as a form would have them, None where it holds none.

    Args:
        request: whose POST holds texts; a field that is not in it stays.
        reader: of the fields that are in use; any other is left alone.
        before: what the contact has.

    Raises:
        InvalidInput: a value is not of its field's kind (field ``fields``).
    """
    given = {
        row.key: request.POST[f"{PREFIX}{row.key}"]
        for row in reader.definitions
        if f"{PREFIX}{row.key}" in request.POST
    }
    return reader.changed(before, given) if given else None
