"""Sphinx's settings for the documentation site; `make docs` (scripts/docs_site.py) runs it.

Nothing here asks another host for anything: furo brings its styles, and the search is a script that
reads an index beside the pages.
"""

import os
import re

from sphinx.search import SearchLanguage, languages

from didsms_site import __version__

LANGUAGE = os.environ["DOCS_LANGUAGE"]  # "en" or "zh-hans"

project = "didsms"
author = "didsms"
project_copyright = "didsms, MIT"
release = version = __version__
language = {"en": "en", "zh-hans": "zh_CN"}[LANGUAGE]

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
# A link to nothing, or to a heading that is not there, is a warning, and warnings fail the build.
nitpicky = True

html_theme = "furo"
html_title = "didsms"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00606a", "color-brand-content": "#00606a"},
    "dark_css_variables": {"color-brand-primary": "#5fc7d1", "color-brand-content": "#5fc7d1"},
}
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/language.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_context = {"docs_language": LANGUAGE}


class ChineseSearch(SearchLanguage):
    """Finds Chinese words by their pairs of characters, in the index and in the query alike.

    Sphinx's own way needs a dictionary package that has had no release since 2020.
    """

    lang = "zh"
    language_name = "Chinese"
    # Sphinx escapes this code: it must do without <, > and &.
    js_splitter_code = r"""
function splitQuery(query) {
  const parts = query.match(/[A-Za-z0-9_]+|[\u3400-\u9fff]+/g);
  return parts === null ? [] : parts.flatMap(function (part) {
    if (/[A-Za-z0-9_]/.test(part) || part.length === 1) return [part];
    return Array.from(part).slice(1).map(function (letter, at) { return part[at] + letter; });
  });
}
"""
    _parts = re.compile(r"[A-Za-z0-9_]+|[\u3400-\u9fff]+")

    def split(self, text: str) -> list[str]:
        """Return words in Latin letters, and the pairs of characters of everything Chinese."""
        found: list[str] = []
        for part in self._parts.findall(text):
            if part.isascii() or len(part) == 1:
                found.append(part)
            else:
                found += [part[at : at + 2] for at in range(len(part) - 1)]
        return found

    def stem(self, word: str) -> str:
        """Return the word in lower case."""
        return word.lower()


languages["zh"] = ChineseSearch  # type: ignore[assignment]


def make_accessible(_app, _page, _template, context, _doctree) -> None:  # type: ignore[no-untyped-def]
    """Give the headings of the sidebar a level, and let keys scroll what is wider than the page."""
    if tree := context.get("furo_navigation_tree"):
        context["furo_navigation_tree"] = tree.replace(
            'role="heading">', 'role="heading" aria-level="2">'
        )
    if body := context.get("body"):
        context["body"] = body.replace("<pre>", '<pre tabindex="0">')


def setup(app) -> None:  # type: ignore[no-untyped-def]
    """Change pages after furo has (its own handler has the priority 500)."""
    app.connect("html-page-context", make_accessible, priority=900)
