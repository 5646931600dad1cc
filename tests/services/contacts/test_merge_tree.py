"""Which contacts part when a merge is taken back, and what a tree is without one of them."""

from __future__ import annotations

import pytest

from messaging.services.contacts.merge_tree import contacts_in, merged, part, without
from tests.factories import NOW

#: 1 and 2 were merged, 3 and 4 were, and then the two.
FIRST = merged(1, 2, before={1: {"name": "a"}, 2: {"name": "b"}}, by=7, at=NOW)
SECOND = merged(3, 4, before={3: {"name": "c"}, 4: {"name": "d"}}, by=7, at=NOW)
BOTH = merged(FIRST, SECOND, before={pk: {"name": "e"} for pk in (1, 2, 3, 4)}, by=7, at=NOW)


def test_the_kept_ones_come_first():
    assert contacts_in(BOTH) == [1, 2, 3, 4]
    assert contacts_in(5) == [5]


def test_the_newest_merge_is_taken_back_and_restores_both_sides():
    found = part(BOTH, known={1, 2, 3, 4})

    assert found is not None
    assert (found.kept, found.joined, found.rest, found.leaving) == ([1, 2], [3, 4], FIRST, SECOND)
    assert found.before == {pk: {"name": "e"} for pk in (1, 2, 3, 4)}


def test_a_merge_that_the_reader_does_not_know_of_stays():
    found = part(BOTH, known={1, 2})

    assert found is not None
    assert (found.kept, found.joined, found.leaving) == ([1], [2], 2)
    assert found.before == {2: {"name": "b"}}
    assert contacts_in(found.rest) == [1, 3, 4]
    assert set(found.rest["before"]) == {"1", "3", "4"}


@pytest.mark.parametrize("known", [set(), {1}, {9}], ids=["nobody", "one", "a stranger"])
def test_who_knows_one_number_has_nothing_to_take_back(known):
    assert part(BOTH, known=known) is None
    assert part(1, known=known) is None


def test_nothing_is_left_of_a_contact_that_leaves():
    left = without(BOTH, 2)

    assert left is not None
    assert contacts_in(left) == [1, 3, 4]
    assert left["kept"] == 1
    assert set(left["before"]) == {"1", "3", "4"}
    assert without(without(FIRST, 2), 1) is None
    assert without(FIRST, 9) == FIRST
