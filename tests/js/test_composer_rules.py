"""Which keys send, how a button sends, and what it costs."""

import pytest

pytestmark = [pytest.mark.browser]
ENTER = {"key": "Enter"}

# (key, the person's own setting) → whether it sends
KEYS = {
    "Enter": (ENTER, "enter", True),
    "Enter, where Ctrl is asked for": (ENTER, "ctrl-enter", False),
    "Ctrl+Enter": ({**ENTER, "ctrlKey": True}, "ctrl-enter", True),
    "Ctrl+Enter, where Enter is enough": ({**ENTER, "ctrlKey": True}, "enter", True),
    "Command+Enter": ({**ENTER, "metaKey": True}, "ctrl-enter", True),
    "Shift+Enter": ({**ENTER, "shiftKey": True}, "enter", False),
    "Ctrl+Shift+Enter": ({**ENTER, "ctrlKey": True, "shiftKey": True}, "enter", False),
    "Alt+Enter": ({**ENTER, "altKey": True}, "enter", False),
    "Enter that confirms a character": ({**ENTER, "isComposing": True}, "enter", False),
    "the same in older browsers": ({**ENTER, "keyCode": 229}, "enter", False),
    "another key": ({"key": "a", "ctrlKey": True}, "enter", False),
}

# (the button's name, whether a time is chosen) → how it sends
WAYS = {
    "Send": ("", False, {}),
    "Send, while a time is chosen": ("", True, {"isScheduled": True}),
    "Schedule": ("schedule", False, {"isScheduled": True}),
    "Send and close": ("then", False, {"closes": True}),
    "Send and close, while a time is chosen": ("then", True, {"closes": True}),
}

# (price of a segment, segments) → what is said
COSTS = {
    "no price": (None, 3, ""),
    "no text": ("0.0075", 0, ""),
    "four places": ("0.0075", 1, "0.0075"),
    "three places": ("0.0075", 2, "0.015"),
    "two places": ("0.05", 1, "0.05"),
    "two places at least": ("0.5", 2, "1.00"),
    "no noise of binary fractions": ("0.1", 3, "0.30"),
}

CLICKS = {
    "a click": ({"button": 0}, True),
    "the middle button": ({"button": 1}, False),
    "with Ctrl": ({"button": 0, "ctrlKey": True}, False),
    "with Command": ({"button": 0, "metaKey": True}, False),
    "with Shift": ({"button": 0, "shiftKey": True}, False),
    "with Alt": ({"button": 0, "altKey": True}, False),
}

RULES = [
    pytest.param("composer/keys.js", "module.isSendKey(...given)", KEYS, id="keys"),
    pytest.param("composer/outgoing.js", "module.wayOf(...given)", WAYS, id="ways"),
    pytest.param("composer/price.js", "module.costOf(...given)", COSTS, id="costs"),
    pytest.param("core/clicks.js", "module.isPlain(...given)", CLICKS, id="clicks"),
]


@pytest.mark.parametrize(("module", "call", "table"), RULES)
def test_rule_answers_each_case_of_its_table(answers, module, call, table):
    found = answers(module, call, {name: case[:-1] for name, case in table.items()})

    assert {
        name: bool(answer) if call.startswith("module.is") else answer
        for name, answer in found.items()
    } == {name: case[-1] for name, case in table.items()}
