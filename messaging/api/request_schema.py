"""What the description says of a request: every bound that is checked, and nothing beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from .fields import PhoneField, StrictFields, UserNameField

if TYPE_CHECKING:
    from drf_spectacular.utils import Direction

#: No text may hold NUL; one whose ends are trimmed must hold something else than blanks.
_ANY_TEXT: Final = "^[^\\u0000]*$"
_VISIBLE_TEXT: Final = "^[^\\u0000]*[^\\s\\u0000\\u001c-\\u001f][^\\u0000]*$"
#: What says more than a pattern for all texts.
_SAYS_MORE: Final = {"pattern", "enum", "format"}


class RequestSchema(AutoSchema):
    """Describes bodies and parameters as strictly as they are read."""

    _direction: Direction = "response"

    def _map_serializer(
        self, serializer: Any, direction: Direction, bypass_extensions: bool = False
    ) -> dict[str, Any]:
        """Say of a body that it takes no field but its own; what it only shows is ignored."""
        before, self._direction = self._direction, direction
        describe: Any = super()._map_serializer
        schema: dict[str, Any] = describe(serializer, direction, bypass_extensions)
        self._direction = before
        one = serializer() if isinstance(serializer, type) else serializer
        if direction == "request" and isinstance(one, StrictFields):
            shown = {name for name, field in one.fields.items() if field.read_only}  # type: ignore[attr-defined]
            schema["properties"] |= {name: {"description": "Ignored."} for name in sorted(shown)}
            schema["additionalProperties"] = False
        return schema

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        """Add what Django REST framework checks without saying so."""
        add: Any = super()._insert_field_validators
        add(field, schema)
        if self._direction != "request" or schema.get("type") != "string":
            return
        if isinstance(field, serializers.CharField | UserNameField) and not (
            schema.keys() & _SAYS_MORE
        ):
            must_be_seen = getattr(field, "trim_whitespace", True) and not getattr(
                field, "allow_blank", False
            )
            schema["pattern"] = _VISIBLE_TEXT if must_be_seen else _ANY_TEXT
        if isinstance(field, PhoneField):
            notes = {name: schema.pop(name) for name in ("description",) if name in schema}
            text = dict(schema)
            schema.clear()
            schema |= {**notes, "anyOf": [text, {"type": "integer", "minimum": 0}]}
