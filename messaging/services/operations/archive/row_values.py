"""A row of a table as values of JSON, and back; the same on both databases."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import is_password_usable
from django.contrib.contenttypes.models import ContentType
from django.db.models import BinaryField, DateTimeField
from django.utils.dateparse import parse_datetime

from .contents import HAS_PASSWORD, column_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Field


def to_json(field: Field[Any, Any], value: Any) -> Any:
    """Return a column's value as it is written; binary as base64, times in UTC.

    Args:
        field: of the column.
        value: as Django reads it.
    """
    if column_name(field) == HAS_PASSWORD:
        return is_password_usable(value)
    if value is None:
        return None
    if field.related_model is ContentType:
        kind = ContentType.objects.get_for_id(value)
        return f"{kind.app_label}.{kind.model}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(field, BinaryField):
        return base64.b64encode(bytes(value)).decode("ascii")
    if field.get_internal_type() in {"DecimalField", "DateField"}:
        return str(value)
    return value


def reader_of(field: Field[Any, Any], *, password: Callable[[bool], str]) -> Callable[[Any], Any]:
    """Return the function that makes a column's value out of what was written.

    Args:
        field: of the column.
        password: makes what stands in place of a password's hash.
    """
    if column_name(field) == HAS_PASSWORD:
        return lambda value: password(bool(value))
    if field.related_model is ContentType:
        return _content_type
    if isinstance(field, DateTimeField):
        return lambda value: None if value is None else parse_datetime(value)
    if isinstance(field, BinaryField):
        return lambda value: None if value is None else base64.b64decode(value, validate=True)
    return lambda value: value if value is None else field.to_python(value)


def _content_type(value: str | None) -> int | None:
    if value is None:
        return None
    app, _, model = value.partition(".")
    found = ContentType.objects.filter(app_label=app, model=model).first()
    return found.pk if found else None
