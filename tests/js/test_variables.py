"""The browser reads {variables} as the server does."""

import pytest

from tests.golden import golden_cases

pytestmark = [pytest.mark.browser]


def test_browser_reads_variables_as_the_server_does(answers):
    cases = golden_cases("variables.json")

    found = answers(
        "composer/variables.js",
        """[module.fillVariables(given.text, given.values),
            module.putVariablesIn(given.text, given.values),
            module.unfilled(given.text, given.values)]""",
        {case["id"]: case for case in cases},
    )

    assert found == {
        case["id"]: [case["sent"], case["inserted"], case["missing"]] for case in cases
    }
