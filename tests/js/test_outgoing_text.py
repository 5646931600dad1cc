"""The browser makes the text that the server sends: variables filled, the signature under it."""

import pytest

from tests.golden import golden_cases

pytestmark = [pytest.mark.browser]


def written(case):
    return case["text"] * case.get("repeat", 1)


def test_browser_makes_the_text_that_the_server_sends(answers):
    cases = golden_cases("outgoing_texts.json")

    found = answers(
        "composer/outgoing_text.js",
        "module.outgoingText(given.text, given)",
        {case["id"]: case | {"text": written(case)} for case in cases},
    )

    assert found == {
        case["id"]: case.get("sent", f"{written(case)}\n{case['signature']}") for case in cases
    }


def test_empty_field_is_not_counted_with_its_signature(answers):
    assert answers(
        "composer/outgoing_text.js",
        "module.outgoingText(given, {signature: 'Ana'})",
        {"empty": ""},
    ) == {"empty": ""}
