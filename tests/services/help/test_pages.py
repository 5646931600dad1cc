"""The help pages: complete in both languages, true to the interface, safe and linked."""

import re
from functools import cache
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation

from messaging.services.content.variables import VARIABLES
from messaging.services.help.pages import PAGES, anchor_of, contents, find_page, language_of

SLUGS = [slug for slugs in PAGES.values() for slug in slugs]
LANGUAGES = [code for code, _name in settings.LANGUAGES]
EVERY_PAGE = [(slug, language) for language in LANGUAGES for slug in SLUGS]
BOLD = re.compile(r"\*\*([^*]{1,200})\*\*")
OUTLINE = re.compile(r"<(h[1-3]|table|ol|ul|img)\b")
VARIABLE = re.compile(r"`\{([a-z_]{1,40})[}|]")


class Reader(HTMLParser):
    """Collects a page's tags with what they name."""

    def __init__(self, html):
        super().__init__()
        self.links, self.pictures, self.anchors, self.tags = [], [], set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "a":
            self.links.append(given["href"])
        if tag == "img":
            self.pictures.append(given)
        if "id" in given:
            self.anchors.add(given["id"])


def source(slug, language):
    # Lines are wrapped anywhere; Chinese has no space between them.
    text = (settings.HELP_DIR / language / f"{slug}.md").read_text("utf-8")
    return text.replace("\n", " ") if language == "en" else text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_listed_and_every_listed_page_is_there(language):
    files = {path.stem for path in (settings.HELP_DIR / language).glob("*.md")}

    assert files == set(SLUGS)


@pytest.mark.parametrize(("slug", "language"), EVERY_PAGE)
def test_what_is_bold_on_a_page_is_what_the_interface_says(slug, language):
    # In Chinese, bold that ends with a full-width sign needs a space behind it.
    assert "**" not in find_page(slug, language=language).html
    bold = set(BOLD.findall(source(slug, language)))

    assert bold - interface_words(language) == set()


@cache
def interface_words(language):
    path = settings.LOCALE_PATHS[0] / "zh_Hans/LC_MESSAGES/django.po"
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    texts = [message.id if language == "en" else message.string for message in messages]
    return {words for text in texts for words in ((text,) if isinstance(text, str) else text)}


@pytest.mark.parametrize(("slug", "language"), EVERY_PAGE)
def test_links_and_pictures_of_a_page_lead_somewhere(slug, language):
    page = Reader(find_page(slug, language=language).html)

    for link in page.links:
        path, _mark, anchor = link.partition("#")
        found = re.fullmatch(rf"/help/([a-z-]+)/\?language={language}", path)
        assert found, link
        other = Reader(find_page(found[1], language=language).html)
        assert not anchor or anchor in other.anchors, link
    for picture in page.pictures:
        name = picture["src"].removeprefix("/static/help/")
        assert (settings.HELP_DIR / "pictures" / name).is_file(), picture
        assert picture["alt"]


@pytest.mark.parametrize("slug", SLUGS)
def test_both_languages_say_the_same_things(slug):
    outlines = {
        language: re.findall(
            r"<(h[1-3]|table|ol|ul|img)\b", find_page(slug, language=language).html
        )
        for language in LANGUAGES
    }

    assert outlines["en"] == outlines["zh-hans"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_about_saved_replies_names_every_variable(language):
    assert set(VARIABLE.findall(source("team", language))) == set(VARIABLES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shortcuts_are_those_of_the_dialog(language):
    keys = re.compile(r"<kbd>(.)</kbd>")
    dialog = (settings.BASE_DIR / "templates/inbox/_help.html").read_text("utf-8")
    table = source("shortcuts", language)

    assert set(keys.findall(dialog)) - set(re.findall(r"`(.)`", table.upper() + table)) == set()


def test_html_in_a_page_stays_text(settings, tmp_path):
    (tmp_path / "en").mkdir()
    (tmp_path / "en/start.md").write_text("# Hi\n\n<script>no</script>\n", "utf-8")
    settings.HELP_DIR = tmp_path

    page = find_page.__wrapped__("start", language="en")

    assert page.title == "Hi"
    assert "&lt;script&gt;" in page.html


def test_a_page_that_is_not_listed_is_not_read():
    with pytest.raises(LookupError):
        find_page("../../secret", language="en")


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("en", "en"),
        ("en-gb", "en"),
        ("zh-hans", "zh-hans"),
        ("zh-cn", "zh-hans"),
        ("fr", "en"),
        ("", "en"),
        ("../..", "en"),
    ],
)
def test_readers_of_other_languages_get_english(code, language):
    assert language_of(code) == language


def test_contents_name_the_pages_in_the_language_that_was_asked_for():
    with translation.override("en"):
        pages = contents(language="zh-hans")

    assert list(pages) == list(PAGES)
    assert pages["receptionists"][0].language == "zh-hans"


def test_anchors_are_those_of_the_documentation_site():
    assert anchor_of("Who can fix it?") == "who-can-fix-it"
    assert anchor_of("谁能处理？") == "谁能处理"
