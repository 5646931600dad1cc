"""A part of a page is rendered once for everything that it shows."""

import pytest
from django.template import Context, Engine, engines
from django.test import override_settings
from django.utils.translation import gettext_lazy, override

COUNTED = "{% load kept i18n %}{% kept 'test-part' value %}{{ counter }}{% endkept %}"


class Counter:
    """Counts how often it is shown."""

    def __init__(self):
        self.shown = 0

    def __str__(self):
        self.shown += 1
        return f"shown {self.shown}"


def render(source, **context):
    return engines["django"].from_string(source).render(context)


@pytest.fixture(autouse=True)
def nothing_is_kept():
    from messaging.templatetags.kept import _slot

    _slot.cache_clear()


def test_the_same_values_show_what_is_kept():
    counter = Counter()

    assert [render(COUNTED, value=1, counter=counter) for _turn in range(3)] == ["shown 1"] * 3


@pytest.mark.parametrize("other", [2, "1", None, (1, "a")])
def test_another_value_is_rendered_by_itself(other):
    counter = Counter()
    render(COUNTED, value=1, counter=counter)

    assert render(COUNTED, value=other, counter=counter) == "shown 2"
    assert render(COUNTED, value=1, counter=counter) == "shown 1"


def test_each_language_has_its_own():
    source = "{% load kept i18n %}{% kept 'test-words' value %}{% translate 'Close' %}{% endkept %}"
    seen = {}
    for language in ("en", "zh-hans", "en"):
        with override(language):
            seen[language] = render(source, value=gettext_lazy("Close"))

    assert seen["en"] == "Close"
    assert seen["zh-hans"] != "Close"


def test_parts_of_different_names_are_apart():
    counter = Counter()
    render(COUNTED, value=1, counter=counter)

    assert render(COUNTED.replace("test-part", "other"), value=1, counter=counter) == "shown 2"


def test_what_is_kept_is_escaped_once():
    source = "{% load kept %}{% kept 'test-escape' value %}<b>{{ value }}</b>{% endkept %}"

    assert [render(source, value="<i>") for _turn in range(2)] == ["<b>&lt;i&gt;</b>"] * 2


def test_while_developing_a_changed_template_shows():
    engine = Engine(debug=True, libraries={"kept": "messaging.templatetags.kept"})
    template = engine.from_string("{% load kept %}{% kept 'x' %}{{ counter }}{% endkept %}")
    counter = Counter()

    with override_settings(DEBUG=True):
        seen = [template.render(Context({"counter": counter})) for _turn in range(2)]

    assert seen == ["shown 1", "shown 2"]
