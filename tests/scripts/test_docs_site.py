"""The documentation site: every page is reached, and every link leads somewhere.

`make docs` builds it with Sphinx, which checks the links once more; here nothing is built, so that
each run of the tests can afford it.
"""

from __future__ import annotations

import os
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from didsms_site import environment
from messaging.api.schema import description
from messaging.services.help.pages import PAGES, anchor_of
from scripts import docs_site

LANGUAGES = ["en", "zh-hans"]
PARSER = MarkdownIt("commonmark").enable("table")


@cache
def pages(language: str) -> dict[str, str]:
    return docs_site.pages(language)


@cache
def parsed(language: str, name: str):
    return PARSER.parse(pages(language)[name])


def anchors(language: str, name: str) -> set[str]:
    tokens = parsed(language, name)
    pairs = pairwise(tokens)
    return {anchor_of(text.content) for one, text in pairs if one.type == "heading_open"}


def links(language: str, name: str) -> list[str]:
    return [
        str(child.attrGet("href") or child.attrGet("src"))
        for token in parsed(language, name)
        for child in token.children or ()
        if child.type in {"link_open", "image"}
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_of_the_site_leads_to_a_page_a_heading_or_a_picture(language):
    there = {*pages(language), *map(docs_site.staged, docs_site.pictures(language))}
    lost = []
    for name in pages(language):
        for link in links(language, name):
            target, _mark, anchor = link.partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            path = os.path.normpath(Path(name).parent / target) if target else name
            if path not in there or (anchor and anchor not in anchors(language, path)):
                lost.append((name, link))

    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_in_the_contents_once(language):
    listed = re.findall(
        r"^[a-z0-9/-]+$",
        "\n".join(re.findall(r"```\{toctree\}\n(.*?)```", pages(language)["index.md"], re.DOTALL)),
        re.MULTILINE,
    )
    here = {name.removesuffix(".md") for name in pages(language)}
    decisions = {name for name in here if re.match(r"decisions/\d", name)}

    assert sorted(listed) == sorted(here - decisions - {"index"})
    for name in decisions:
        assert name.partition("/")[2] in pages(language)[docs_site.DECISIONS]


def test_the_pages_for_receptionists_and_administrators_are_in_both_languages():
    slugs = {slug for slugs in PAGES.values() for slug in slugs}

    for language in LANGUAGES:
        assert {f"help/{language}/{slug}.md" for slug in slugs} <= set(pages(language))


def test_the_reference_has_every_call_and_every_object_of_the_api():
    reference = pages("en")["integrators/reference.md"]
    sections, components = description()

    for section in sections:
        for operation in section.operations:
            assert f"### {operation.method} {operation.path}\n" in reference
    for name, fields in components.items():
        assert f"### {name}\n" in reference
        assert all(f"| `{field.name}` |" in reference for field in fields)


def test_the_page_of_settings_has_every_setting_with_its_explanation():
    example = (environment.BASE_DIR / ".env.example").read_text("utf-8")
    names = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE)
    page = pages("en")["operators/settings.md"]

    assert re.findall(r"^### ([A-Z0-9_]+)$", page, re.MULTILINE) == names
    assert "### SLOW_PAGE_SECONDS\n\n\n" not in page


def test_a_link_to_a_file_that_is_no_page_becomes_text():
    text = "See [the rules](../deploy/prometheus/alerts.yml) and [home](index.md#start)."

    found = docs_site.on_the_site("docs/operators.md", text, "en")

    assert found == "See `the rules` and [home](index.md#start)."


def test_nothing_of_the_site_is_fetched_from_another_host():
    folder = docs_site.CONFIGURATION
    texts = [path.read_text("utf-8") for path in sorted(folder.rglob("*")) if path.is_file()]

    assert [text for text in texts if re.search(r"https?://", text)] == []


@pytest.mark.nightly
@pytest.mark.parametrize("language", LANGUAGES)
def test_sphinx_builds_the_site_without_a_warning(language, tmp_path, monkeypatch):
    monkeypatch.setattr(docs_site, "BUILD", tmp_path)

    assert docs_site.build(language, tmp_path / "site") == 0

    html = "".join(path.read_text("utf-8") for path in (tmp_path / "site").rglob("*.html"))
    fetched = re.findall(r"<(?:script|img|link)[^>]+(?:src|href)=\"(https?:[^\"]+)", html)
    assert fetched == []
