"""The Chinese catalogue is whole, and what is compiled is what is written."""

import gettext
import re
from pathlib import Path

from django.conf import settings

FOLDER = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES"
_ENTRY = re.compile(
    r'(?:^msgctxt (?P<context>".*"(?:\n".*")*)\n)?'
    r'^msgid (?P<id>".*"(?:\n".*")*)\n'
    r'(?:^msgid_plural (?P<plural>".*"(?:\n".*")*)\n)?'
    r'^msgstr(?:\[0\])? (?P<text>".*"(?:\n".*")*)',
    re.MULTILINE,
)
_PLACES = re.compile(r"%%?\(\w+\)\.?\d*[sdf]|%%?[sd\d]|\{\w+\}|</?\w+>")


def plain(quoted):
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', quoted or "")
    return "".join(parts).replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def entries():
    source = (FOLDER / "django.po").read_text("utf-8")
    found = [
        (plain(m["context"]), plain(m["id"]), plain(m["plural"]), plain(m["text"]))
        for m in _ENTRY.finditer(source)
    ]
    return [entry for entry in found if entry[1]]


def test_every_text_is_translated():
    assert [msgid for _context, msgid, _plural, text in entries() if not text] == []


def test_nothing_is_marked_as_unsure():
    assert "fuzzy" not in (FOLDER / "django.po").read_text("utf-8")


def test_a_translation_fills_in_the_same_places():
    differing = [
        (plural or msgid, text)
        for context, msgid, plural, text in entries()
        if not context and sorted(_PLACES.findall(text)) != sorted(_PLACES.findall(plural or msgid))
    ]

    assert differing == []


def test_the_compiled_catalogue_is_the_written_one():
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    for context, msgid, plural, text in entries():
        if plural:
            assert compiled.ngettext(msgid, plural, 2) == text
        elif context:
            assert compiled.pgettext(context, msgid) == text
        else:
            assert compiled.gettext(msgid) == text
