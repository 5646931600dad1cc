"""The check of the translations finds what is missing, wherever a text is."""

from pathlib import Path

import pytest

from scripts.translations import problems_of, write

HEADER = """# Simplified Chinese.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""
KNOWN = """
msgid "Open"
msgstr "打开"

#, python-format
msgid "%d text"
msgid_plural "%d texts"
msgstr[0] "%d 条短信"

msgctxt "a door"
msgid "Open"
msgstr "开门"
"""
PAGE = """{% load i18n %}
  {% translate "Open" %}
{% blocktranslate count number=number %}%d text{% plural %}%d texts{% endblocktranslate %}
"""
NAME = "messaging/locale/zh_Hans/LC_MESSAGES/django.po"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project whose translations are complete."""
    put(tmp_path / "templates" / "page.html", PAGE.replace("%d", "{{ number }}"))
    put(tmp_path / "messaging" / "doors.py", 'words = pgettext_lazy("a door", "Open")\n')
    put(tmp_path / NAME, HEADER + KNOWN.replace("%d", "%(number)s"))
    write(tmp_path)
    return tmp_path


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def catalogue(tree: Path) -> str:
    return (tree / NAME).read_text("utf-8")


def test_a_complete_catalogue_has_no_problem_and_stays_as_it_is(tree: Path):
    before = catalogue(tree)

    write(tree)

    assert problems_of(tree) == []
    assert catalogue(tree) == before


@pytest.mark.parametrize(
    ("file", "source", "text"),
    [
        ("messaging/new.py", 'from x import gettext as _\n_("Shut" "ters")\n', "'Shutters'"),
        ("messaging/new.py", '\nngettext("%d door", "%d doors", 2)\n', "('%d door', '%d doors')"),
        ("messaging/new.py", '\npgettext("a shop", "Open")\n', "'Open'"),
        ("messaging/new.py", '\nngettext_lazy("Door", "Doors", 1)\n', "('Door', 'Doors')"),
        ("templates/new.html", '\n{% translate "Shut" %}\n', "'Shut'"),
        ("templates/new.html", '\n  <p title="{% if a %}{{ _("Shut") }}{% endif %}">\n', "'Shut'"),
        (
            "templates/mail.txt",
            "\n{% blocktranslate trimmed %}\n Shut\n  it\n{% endblocktranslate %}",
            "'Shut it'",
        ),
        ("messaging/static/new.js", "\nshow(gettext('Shut'));\n", "'Shut'"),
    ],
)
def test_a_text_that_is_not_in_the_catalogue_is_found(
    tree: Path, file: str, source: str, text: str
):
    put(tree / file, source)

    assert problems_of(tree) == [f"{NAME}: lacks {text} of {file}:2; `make messages` adds it"]


def test_a_text_that_nothing_says_any_more_is_found(tree: Path):
    (tree / "messaging" / "doors.py").unlink()

    assert problems_of(tree) == [
        f"{NAME}: has 'Open', which nothing says any more; `make messages` removes it"
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        ('"打开"', '""', "does not translate 'Open'"),
        ('[0] "%(number)s 条短信"', '[0] ""', "does not translate {plural!r}"),
        ('\n\nmsgid "Open"', '\n\n#, fuzzy\nmsgid "Open"', "is not sure (fuzzy) about 'Open'"),
    ],
    ids=["empty", "empty plural", "fuzzy"],
)
def test_a_text_without_a_sure_translation_is_found(
    tree: Path, right: str, wrong: str, problem: str
):
    changed = catalogue(tree).replace(right, wrong, 1)
    assert changed != catalogue(tree)
    put(tree / NAME, changed)
    plural = ("%(number)s text", "%(number)s texts")

    assert f"{NAME}: {problem.format(plural=plural)}" in problems_of(tree)


def test_a_translation_that_fills_in_something_else_is_found(tree: Path):
    put(tree / NAME, catalogue(tree).replace("%(number)s 条", "%(count)s 条"))
    plural = ("%(number)s text", "%(number)s texts")

    assert f"{NAME}: unknown named placeholder 'count' in {plural!r}" in problems_of(tree)


@pytest.mark.parametrize("change", ["another word", "no file"])
def test_a_compiled_catalogue_that_says_something_else_is_found(tree: Path, change: str):
    if change == "no file":
        (tree / NAME).with_suffix(".mo").unlink()
    else:
        put(tree / NAME, catalogue(tree).replace("打开", "开启"))

    assert problems_of(tree) == [
        f"{NAME}: is not what django.mo was compiled from; `make messages` compiles it"
    ]


def test_writing_adds_what_is_new_without_words_and_removes_what_is_gone(tree: Path):
    put(tree / "messaging" / "doors.py", 'words = _("Shut")\n')

    write(tree)

    assert catalogue(tree).startswith(HEADER + "\n")
    assert 'msgid "Open"\nmsgstr "打开"\n' in catalogue(tree)
    assert catalogue(tree).endswith('\n\nmsgid "Shut"\nmsgstr ""\n')
    assert "a door" not in catalogue(tree)
    assert problems_of(tree) == [f"{NAME}: does not translate 'Shut'"]
