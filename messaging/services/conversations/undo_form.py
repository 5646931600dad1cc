"""How a change can be taken back: the address to post to and the fields to post."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

PREFIX = "undo:"


@dataclass(frozen=True)
class Undo:
    """A form that takes a change back.

    Attributes:
        url: where to post.
        fields: pairs of name and value; a name may come several times.
    """

    url: str
    fields: tuple[tuple[str, str], ...] = ()

    def to_text(self) -> str:
        """Return a text that a message can carry in its extra tags."""
        return PREFIX + json.dumps([self.url, self.fields])

    @classmethod
    def from_text(cls, text: str) -> Undo | None:
        """Read what to_text wrote; None for any other text."""
        if not text.startswith(PREFIX):
            return None
        url, fields = json.loads(text[len(PREFIX) :])
        return cls(url=url, fields=tuple((name, value) for name, value in fields))

    def as_json(self) -> dict[str, Any]:
        """Return what the browser's toast needs."""
        return {"url": self.url, "fields": self.fields}
