"""Whether a text tells of a person."""

from __future__ import annotations

import pytest

from messaging.models import Contact
from messaging.services.privacy.personal_data import Person


def person(name: str) -> Person:
    return Person(Contact(phone="34612345678", phone_key="34612345678", name=name))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Ann", "Ann"),
        ("Ann", "planning, then ANN's order"),
        ("Ann", "order_ann-1"),
        ("Ann Lee", "from Ann Lee."),
        ("王小明", "我找王小明先生"),
        ("Ann", "+34 612-345-678"),
        ("Ann", "the end is 345678"),
    ],
)
def test_a_name_or_a_number_tells_of_its_person(name, text):
    assert person(name).is_in(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [("Ann", "planning"), ("Ann", "Hannah"), ("Ann", "Anna"), ("Ann", "12345"), ("Ann", "")],
)
def test_what_only_holds_the_letters_of_a_name_tells_of_somebody_else(name, text):
    assert not person(name).is_in(text)
