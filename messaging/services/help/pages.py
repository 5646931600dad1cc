"""Read the help pages from docs/help and turn them into HTML.

The same Markdown makes the documentation site (`make docs`), with the same parser. A page is
parsed once in each process, so that `/help/` needs no build step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_supported_language_variant
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

#: The pages of each audience, in the order in which they are read.
PAGES: Final[dict[str, tuple[str, ...]]] = {
    "receptionists": (
        "start",
        "replying",
        "new-message",
        "delivery",
        "opt-outs",
        "finding",
        "settings",
        "shortcuts",
    ),
    "administrators": (
        "numbers",
        "colleagues",
        "team",
        "sending",
        "reports",
        "health",
        "privacy",
    ),
}
FALLBACK_LANGUAGE: Final = "en"

_NOT_IN_ANCHORS: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Page:
    """One help page.

    Attributes:
        slug: its name in addresses and files.
        language: the language it is written in, as in `settings.LANGUAGES`.
        title: its first heading.
        html: the whole page, safe to show.
    """

    slug: str
    language: str
    title: str
    html: str


def language_of(code: str) -> str:
    """Return the language of the help pages for a reader's language, English if there is none."""
    try:
        variant = get_supported_language_variant(code)
    except LookupError:
        return FALLBACK_LANGUAGE
    return variant if variant in dict(settings.LANGUAGES) else FALLBACK_LANGUAGE


def contents(*, language: str) -> dict[str, list[Page]]:
    """Return all pages by audience, in one of `settings.LANGUAGES`."""
    return {
        audience: [find_page(slug, language=language) for slug in slugs]
        for audience, slugs in PAGES.items()
    }


@cache
def find_page(slug: str, *, language: str) -> Page:
    """Return one page.

    Raises:
        LookupError: there is no such page.
    """
    if not any(slug in slugs for slugs in PAGES.values()):
        raise LookupError(slug)
    path = settings.HELP_DIR / language / f"{slug}.md"
    tokens = _PARSER.parse(path.read_text("utf-8"))
    _give_anchors(tokens)
    for token in tokens:
        _lead_into_the_product(token.children or (), language=language)
    title = next(
        after.content for before, after in pairwise(tokens) if before.type == "heading_open"
    )
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return Page(slug=slug, language=language, title=title, html=html)


# Raw HTML stays text: a page can hold nothing that the Content-Security-Policy refuses.
_PARSER: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


def _give_anchors(tokens: Sequence[Token]) -> None:
    """Name each heading as the documentation site does, so that links lead to it in both."""
    for heading, text in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", anchor_of(text.content))


def anchor_of(heading: str) -> str:
    """Return the anchor of a heading: lower case, hyphens for spaces, no punctuation."""
    return _NOT_IN_ANCHORS.sub("", heading.strip().lower()).replace(" ", "-")


def _lead_into_the_product(tokens: Sequence[Token], *, language: str) -> None:
    """Turn links to other files of docs/help into addresses of the product."""
    for token in tokens:
        if token.type == "link_open":
            file, mark, anchor = str(token.attrGet("href")).partition("#")
            if file.endswith(".md"):
                address = reverse("help-page", args=[file.removesuffix(".md")])
                token.attrSet("href", f"{address}?language={language}{mark}{anchor}")
        elif token.type == "image":
            picture = str(token.attrGet("src")).removeprefix("../pictures/")
            token.attrSet("src", static(f"help/{picture}"))
            token.attrSet("loading", "lazy")
