"""Read what somebody typed into a contact's fields, and show what a contact has in them.

Values are kept by the keys of the fields that administrators defined. Programs may keep further
texts under names of their own.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from messaging.models import ContactField
from messaging.models.contact import LONGEST_FIELD, LONGEST_FIELD_NAME, MOST_FIELDS
from messaging.services.errors import InvalidInput
from messaging.services.times.date_styles import write_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messaging.models import Contact

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class FieldInput:
    """A field in a form.

    Attributes:
        field: its definition.
        value: what the contact has, "" for nothing.
    """

    field: ContactField
    value: str

    @property
    def choices(self) -> list[str]:
        """The choices, with what the contact has."""
        known = list(self.field.choices)
        return known if not self.value or self.value in known else [*known, self.value]

    @property
    def kind(self) -> str:
        """How it is typed; what a date's box cannot show is a text."""
        is_odd = bool(self.value) and _DAY.fullmatch(self.value) is None
        return "text" if self.field.kind == ContactField.Kind.DATE and is_odd else self.field.kind


class FieldReader:
    """Reads values by the key or the name of their field; asks for the definitions once.

    Attributes:
        definitions: the fields in use, in their order.
        keys: of all fields, those that were archived too.
    """

    def __init__(self) -> None:
        """Read the definitions."""
        rows = list(ContactField.objects.all())
        self.keys = [row.key for row in rows]
        self.definitions = [row for row in rows if row.archived_at is None]
        self._by_name = {row.name.casefold(): row for row in reversed(self.definitions)}
        self._by_name |= {row.key: row for row in self.definitions}

    def field_called(self, name: str) -> ContactField | None:
        """Return the field with a key, or with a name in any case; None where there is none."""
        return self._by_name.get(name.strip()) or self._by_name.get(name.strip().casefold())

    def changed(self, before: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
        """Return a contact's fields after a change.

        Args:
            before: what it has.
            given: texts by key or name; "" takes one away. A name that nobody defined is kept as
                a text under that name.

        Raises:
            InvalidInput: a value is not of its field's kind, or something is too long or too much
                (field ``fields``).
        """
        after = dict(before)
        for name, text in given.items():
            field = self.field_called(name)
            key = field.key if field is not None else _free_name(name)
            if text != before.get(key):
                after[key] = read_value(text, field=field, name=name)
        after = {key: text for key, text in after.items() if text}
        if len(after) > MOST_FIELDS:
            raise _refused(_("A contact has at most %(most)d fields.") % {"most": MOST_FIELDS})
        return after

    def inputs_for(self, contact: Contact | None) -> list[FieldInput]:
        """Return the fields of a form, with what a contact has."""
        values = contact.fields if contact is not None else {}
        return [FieldInput(row, values.get(row.key, "")) for row in self.definitions]

    def shown(self, contact: Contact) -> list[tuple[str, str]]:
        """Return what a contact has in its fields, by the names that people read."""
        return self.shown_values(contact.fields)

    def shown_values(self, values: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return values by the names that people read; those of archived fields are left out."""
        fields = [(row.name, _shown(row, values.get(row.key, ""))) for row in self.definitions]
        return [(name, text) for name, text in fields if text] + [
            (name, text) for name, text in values.items() if name not in self.keys
        ]

    def further(self, contact: Contact) -> list[tuple[str, str]]:
        """Return what programs keep of a contact under names that nobody defined."""
        return [(name, text) for name, text in contact.fields.items() if name not in self.keys]


def read_value(text: str, *, field: ContactField | None, name: str) -> str:
    """Return a typed value as it is stored; "" for nothing.

    Args:
        text: what was typed.
        field: what it is a value of; None for a text under a name that nobody defined.
        name: what the one who typed it calls the field.

    Raises:
        InvalidInput: it is no such value.
    """
    value = text.strip()
    label = field.name if field is not None else name
    if "\0" in value or len(value) > LONGEST_FIELD:
        raise _refused(
            _("%(field)s: enter at most %(most)d characters.")
            % {"field": label[:LONGEST_FIELD_NAME], "most": LONGEST_FIELD}
        )
    if not value or field is None or field.kind == ContactField.Kind.TEXT:
        return value
    plain = unicodedata.normalize("NFKC", value)
    if field.kind == ContactField.Kind.NUMBER:
        if _NUMBER.fullmatch(plain) is None:
            raise _refused(_("%(field)s: enter a number such as 12.5.") % {"field": label})
        return f"{Decimal(plain):f}"
    if field.kind == ContactField.Kind.DATE:
        if not _is_day(plain):
            raise _refused(_("%(field)s: enter a date such as 2026-12-31.") % {"field": label})
        return plain
    for choice in field.choices:
        if choice.casefold() == value.casefold():
            return str(choice)
    raise _refused(
        _("%(field)s: choose one of %(choices)s.")
        % {"field": label, "choices": ", ".join(field.choices)}
    )


def _free_name(name: str) -> str:
    stripped = name.strip()
    if not stripped or len(stripped) > LONGEST_FIELD_NAME or "\0" in stripped:
        raise _refused(
            _("A field’s name has 1 to %(most)d characters.") % {"most": LONGEST_FIELD_NAME}
        )
    return stripped


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _shown(field: ContactField, value: str) -> str:
    """Return a value as its reader writes it."""
    if field.kind == ContactField.Kind.DATE and _is_day(value):
        return write_date(
            date.fromisoformat(value), pgettext("date format: day, month, year", "j M Y")
        )
    return value


def _refused(words: str) -> InvalidInput:
    return InvalidInput(words, field="fields", code="invalid_field")
