"""A page's ES modules, named so that a browser fetches them all at once.

A module names what it imports, which names more: found one after the other they take five turns to
the server. `{% module_scripts "messaging/js/app.js" %}` names what each of them imports beforehand.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

HINT = '<link rel="modulepreload" href="{}">'
SCRIPT = '<script type="module" src="{}"></script>'
_IMPORT = re.compile(r"""^import\b[^"'();]*["'](\.[^"']+)["']""", re.MULTILINE)


@register.simple_tag
@cache
def module_scripts(*names: str) -> SafeString:
    """Return a page's scripts, after a hint to fetch each module that they import.

    Args:
        names: of the scripts, as `{% static %}` takes them. They run in this order.
    """
    tags = [
        *(format_html(HINT, static(name)) for name in imported_modules(*names)),
        *(format_html(SCRIPT, static(name)) for name in names),
    ]
    return SafeString("\n".join(tags))


def imported_modules(*names: str) -> list[str]:
    """Return what scripts import, and what that imports, each once and without the scripts."""
    found = dict.fromkeys(names)
    waiting = list(names)
    while waiting:
        for name in imports_of(waiting.pop(0)):
            if name not in found:
                found[name] = None
                waiting.append(name)
    return [name for name in found if name not in names]


def imports_of(name: str) -> Iterator[str]:
    """Yield what one script imports, by the names that `{% static %}` takes."""
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(f"There is no static file {name}.")
    text = Path(path).read_text("utf-8")
    for relative in _IMPORT.findall(text):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(name), relative))
