"""Icons are those of the package, as its own tag draws them."""

import re

import pytest
from lucide.templatetags.lucide import lucide

from messaging.templatetags.icons import STROKE_WIDTH, icon
from tests.processes import ROOT

IN_TEMPLATES = sorted(
    {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"""{% icon ["']([\w-]+)["']""", path.read_text("utf-8"))
    }
)


def test_icons_of_the_templates_are_drawn_as_the_package_draws_them():
    ours = {name: icon(name, 20) for name in IN_TEMPLATES}
    theirs = {
        name: lucide(
            name, size=20, stroke_width=STROKE_WIDTH, aria_hidden="true", focusable="false"
        )
        for name in IN_TEMPLATES
    }

    assert len(ours) > 40
    assert ours == theirs


def test_icon_that_does_not_exist_is_a_mistake():
    with pytest.raises(KeyError, match="no-such-icon"):
        icon("no-such-icon")
