"""The order in which people read names."""

import pytest

from messaging.services.team.natural_order import natural_key


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["L10", "L2", "L1"], ["L1", "L2", "L10"]),
        (["zebra", "Éclair", "apple", "eclair"], ["apple", "eclair", "Éclair", "zebra"]),
        (["office", "2 rooms", "10 rooms"], ["2 rooms", "10 rooms", "office"]),
        (["v1.10", "v1.9", "v1"], ["v1", "v1.9", "v1.10"]),
        (["Łukasz", "", "王", "Ana"], ["", "Ana", "Łukasz", "王"]),
        (["x²", "x1"], ["x1", "x²"]),
    ],
    ids=["digits", "accents and case", "digits first", "two numbers", "scripts", "superscripts"],
)
def test_names_are_in_natural_order(names, ordered):
    assert sorted(names, key=natural_key) == ordered


def test_a_very_long_run_of_digits_is_a_number_too():
    assert natural_key("9" * 300)[0] == ((0, int("9" * 300), "9" * 300),)
