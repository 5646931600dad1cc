"""Packed counts are what they were, whichever way they are kept, and add up."""

from collections import Counter

import pytest

from messaging.services.reports.packed_counts import MOST_PLACES, CountSum, merged, packed

FEW = Counter({0: 1, 23: 2, 1300: 3})
MANY = Counter({5: MOST_PLACES, 7: 1, 65_535: 70_000})
HOURS = Counter({hour: 4000 + hour for hour in range(24)})


@pytest.mark.parametrize("counts", [Counter(), FEW, MANY, HOURS], ids=["none", "few", "many", "h"])
def test_what_is_packed_is_read_again(counts):
    assert merged([packed(counts)]) == counts


def test_sums_of_both_ways_and_of_nothing():
    assert merged([packed(FEW), b"", packed(MANY), packed(HOURS), packed(MANY)]) == (
        FEW + MANY + HOURS + MANY
    )
    assert merged([]) == Counter()


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([FEW, FEW], id="few"),
        pytest.param([MANY, HOURS], id="many"),
        pytest.param([HOURS, FEW, MANY], id="both"),
    ],
)
def test_ranks_are_found_in_the_order_of_places(parts):
    ordered = sorted(sum(parts, Counter()).elements())
    ranks = [1, 2, 7, len(ordered) // 2, len(ordered)]

    found = CountSum(map(packed, parts))
    in_steps = CountSum.of(CountSum([packed(part)]) for part in parts)

    assert found.total() == in_steps.total() == len(ordered)
    assert found.places_of(ranks) == [ordered[rank - 1] for rank in ranks]
    assert in_steps.places_of(ranks) == found.places_of(ranks)
    assert in_steps.counts() == sum(parts, Counter())


def test_few_counts_take_two_bytes_each_and_a_busy_day_four_for_each_place():
    assert len(packed(FEW)) == 1 + 2 * 6
    assert len(packed(HOURS)) == 3 + 4 * 24
