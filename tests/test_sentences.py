"""Sentences side by side, and templates that put them so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.template import engines
from django.utils.translation import override

from messaging.sentences import gap, join_sentences

TEMPLATES = Path(settings.BASE_DIR) / "templates"
CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.po"
FULL_WIDTH = tuple("。：！？；，）”")
_TRANSLATED = re.compile(
    r"""\{%\s*translate\s+(?P<quote>["'])(?P<text>.*?)(?P=quote)(?P<more>[^%]*)%\}"""
    r"|\{%\s*blocktranslate(?P<options>[^%]*)%\}(?P<block>.*?)"
    r"(?:\{%\s*plural\s*%\}.*?)?\{%\s*endblocktranslate\s*%\}",
    re.DOTALL,
)
#: Such a text is not shown where it is.
_STORED = re.compile(r"\b(?:as|asvar) \w+")
#: Tags that end nothing visible; then white space; then what stands in the same line of text.
_BESIDE = re.compile(
    r"(?:\{% *end\w+[^%]*%\}|</?(?:b|bdi|em|i|span|strong)\b[^>]*>)*\s+"
    r"(?:\{% *(?:if|for|with|endif|endfor|endwith)\b[^%]*%\}\s*)*"
    r"(?:\{\{|\{% *(?:translate|blocktranslate|state_words|event_words)\b"
    r"|<(?:a|b|bdi|em|i|q|span|time)\b|\w)"
)


def translations() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {
            entry.id[0] if isinstance(entry.id, tuple) else entry.id: (
                entry.string[0] if isinstance(entry.string, tuple) else entry.string
            )
            for entry in read_po(file)
        }


def message_of(found: re.Match[str]) -> str:
    """Return the catalogue's key of a translated text of a template."""
    if found["text"] is not None:
        return found["text"].replace("%", "%%")
    block = found["block"].replace("%", "%%")
    if "trimmed" in found["options"]:
        block = " ".join(line.strip() for line in block.strip().splitlines())
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", r"%(\1)s", block)


def spaces_behind_full_width(source: str, chinese: dict[str, str]) -> list[str]:
    """Return the texts whose Chinese ends in full width and is followed by a space and more."""
    return [
        found[0]
        for found in _TRANSLATED.finditer(source)
        if chinese[message_of(found)].endswith(FULL_WIDTH)
        and not _STORED.search(found["more"] or found["options"] or "")
        and _BESIDE.match(source, found.end())
    ]


@pytest.mark.parametrize(
    ("language", "said"), [("en", "One. Two. Three."), ("zh-hans", "One.Two.Three.")]
)
def test_sentences_are_joined_as_the_language_does(language, said):
    with override(language):
        assert join_sentences(["One.", "", "Two.", "Three."]) == said
        assert join_sentences(["One."]) == "One."
        assert join_sentences([]) == ""


@pytest.mark.parametrize(("language", "space"), [("en", " "), ("zh-hans", "")])
def test_templates_have_the_same_gap(language, space):
    template = engines["django"].from_string("{% load sentences %}A.{% gap %}B.")

    with override(language):
        assert gap() == space
        assert template.render() == f"A.{space}B."


def test_no_template_puts_a_space_behind_full_width_punctuation():
    chinese = translations()
    sources = {path: path.read_text("utf-8") for path in sorted(TEMPLATES.rglob("*.html"))}
    # In a mail a line's end is no space.
    sources |= {
        path: path.read_text("utf-8").replace("\n", "<br>") for path in TEMPLATES.rglob("*.txt")
    }
    found = {
        str(path.relative_to(TEMPLATES)): spaces
        for path, source in sources.items()
        if (spaces := spaces_behind_full_width(source, chinese))
    }

    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        '{% translate "You:" %} {{ text }}',
        '<b>{% translate "You:" %}</b> <span>{{ text }}</span>',
        '{% if one %}{% translate "You:" %}{% endif %}\n  {% translate "Saved." %}',
        '{% translate "Saved." %}\n{% if more %}{% translate "You:" %}{% endif %}',
    ],
)
def test_the_rule_above_finds_what_it_forbids(source):
    found = spaces_behind_full_width(source, {"You:": "您：", "Saved.": "已保存。"})

    assert len(found) == 1


@pytest.mark.parametrize(
    "source",
    [
        '{% translate "You:" %}{% gap %}{{ text }}',
        '<p>{% translate "Saved." %}</p>\n<p>{% translate "Saved." %}</p>',
        '{% translate "Saved." %} <button>{% translate "Close" %}</button>',
        '{% if one %}{% translate "Saved." %}{% else %}\n  {% translate "Closed." %}{% endif %}',
    ],
)
def test_the_rule_above_leaves_alone_what_is_right(source):
    chinese = {"You:": "您：", "Saved.": "已保存。", "Close": "关闭", "Closed.": "已关闭。"}

    assert spaces_behind_full_width(source, chinese) == []
