"""How a DID number reads in a list of numbers."""

import pytest

from messaging.models import DidNumber


@pytest.mark.parametrize(
    ("label", "words"),
    [
        pytest.param("Front desk", "Front desk +86 150 8888 8888", id="left to right"),
        pytest.param("", "+86 150 8888 8888", id="no label"),
        pytest.param("שירות", "\u2068שירות\u2069 +86 150 8888 8888", id="hebrew"),
        pytest.param("VIP خدمة", "\u2068VIP خدمة\u2069 +86 150 8888 8888", id="mixed"),
    ],
)
def test_number_keeps_its_order_beside_a_label_of_any_direction(label, words):
    assert str(DidNumber(number="8615088888888", label=label)) == words
