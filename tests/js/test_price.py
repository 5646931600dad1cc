"""What a text costs is shown exactly, however many segments it has."""

import pytest

pytestmark = [pytest.mark.browser]

CASES = {
    ("0.045", 1): "0.045",
    ("0.1", 3): "0.30",
    ("0.0356", 7): "0.2492",
    ("1.005", 1): "1.005",
    ("0.000001", 1): "0.00",
    ("12", 2): "24.00",
    (None, 2): "",
    ("", 2): "",
    ("0.045", 0): "",
}


def test_cost_of_a_text(answers):
    given = {case: {"price": case[0], "segments": case[1]} for case in CASES}

    found = answers("composer/price.js", "module.costOf(given.price, given.segments)", given)

    assert found == CASES
