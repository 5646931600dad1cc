"""Parts of pages that are rendered once for everything that they show.

`{% kept "tabs" view unread_total %} … {% endkept %}` keeps the HTML of its body under its name, the
language, and the values that are named. Whatever else the body shows must be the same for everybody
and always: an address, an icon, a translated word. A token against forged forms never is.

A page holds some hundred words and icons that never change; without this it costs three times the
processor time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django import template
from django.utils.functional import Promise
from django.utils.translation import get_language

if TYPE_CHECKING:
    from collections.abc import Hashable

    from django.template import Context, NodeList
    from django.template.base import FilterExpression, Parser, Token

register = template.Library()

#: From 1 KB (tabs) to some 20 KB (a sidebar with sixty labels).
PARTS_KEPT: Final = 1024


class _Slot:
    """Where one part's HTML is kept."""

    __slots__ = ("html",)

    def __init__(self) -> None:
        self.html: str | None = None


@lru_cache(maxsize=PARTS_KEPT)
def _slot(*_key: Hashable) -> _Slot:
    return _Slot()


class KeptNode(template.Node):
    """The body, rendered when these values have not been seen before."""

    def __init__(self, nodelist: NodeList, name: str, values: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.name = name
        self.values = values

    def render(self, context: Context) -> Any:
        """Return the HTML of the body."""
        if context.template is not None and context.template.engine.debug:
            return self.nodelist.render(context)  # who develops sees a change at once
        values = [value.resolve(context) for value in self.values]
        slot = _slot(self.name, get_language(), *map(_plain, values))
        if slot.html is None:
            slot.html = self.nodelist.render(context)
        return slot.html


def _plain(value: Any) -> Hashable:
    """Return a value that stays what it is in another language."""
    return str(value) if isinstance(value, Promise) else value


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """Read `{% kept "name" value value … %}`."""
    _tag, name, *values = token.split_contents()
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(nodelist, name, [parser.compile_filter(value) for value in values])
