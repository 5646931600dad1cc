"""What a translation fills in and marks up is what its text does."""

import re
from pathlib import Path

from babel.messages.pofile import read_po
from django.conf import settings

CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.po"
_PLACES = re.compile(r"%%?\(\w+\)\.?\d*[sdf]|%%?[sd\d]|\{\w+\}|</?\w+>")


def places(text):
    """Return a text's places; of a text with a plural those of its last form."""
    return sorted(_PLACES.findall(text if isinstance(text, str) else text[-1]))


def test_a_translation_fills_in_the_same_places():
    with CATALOGUE.open("rb") as file:
        entries = [entry for entry in read_po(file) if entry.id and not entry.context]

    assert len(entries) > 800
    assert [entry.id for entry in entries if places(entry.id) != places(entry.string)] == []
