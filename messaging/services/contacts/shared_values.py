"""What all numbers know of a contact, as one value: read from a row, put into it, or combined."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from messaging.models.contact import MOST_FIELDS
from messaging.models.memo import LONGEST_MEMO

if TYPE_CHECKING:
    from messaging.models import Contact


@dataclass(frozen=True)
class SharedValues:
    """Name, email, language and fields of a contact.

    Attributes:
        name: "" when it is not known; so are the next two.
        email: an address.
        language: as people wrote it.
        fields: texts by name.
    """

    name: str = ""
    email: str = ""
    language: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, contact: Contact) -> SharedValues:
        """Return what a contact has."""
        return cls(contact.name, contact.email, contact.language, dict(contact.fields))

    def put_into(self, contact: Contact) -> None:
        """Let a row, in memory, have these values."""
        for name, value in asdict(self).items():
            setattr(contact, name, value)

    def filled_from(self, other: SharedValues) -> SharedValues:
        """Return these values, and those of another contact where these are empty.

        A contact has at most MOST_FIELDS fields: what is here already comes first.
        """
        fields = {**self.fields, **{k: v for k, v in other.fields.items() if k not in self.fields}}
        return SharedValues(
            name=self.name or other.name,
            email=self.email or other.email,
            language=self.language or other.language,
            fields=dict(list(fields.items())[:MOST_FIELDS]),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the values by name."""
        return asdict(self)


def joined_memo(kept: str, joined: str) -> str:
    """Return one contact note of two; the second is left out where it says the same or is long."""
    if not kept or not joined or joined in kept:
        return kept or joined
    both = f"{kept}\n{joined}"
    return both if len(both) <= LONGEST_MEMO else kept
