"""Histograms merge, and what is read from them is at most 1 % off."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.services.reports.histogram import ERROR, bin_of, quantiles, seconds_of
from messaging.services.reports.packed_counts import CountSum, packed


@given(st.floats(min_value=0.01, max_value=3e8))
def test_a_wait_is_at_most_one_percent_off(seconds):
    assert seconds_of(bin_of(seconds)) == pytest.approx(seconds, rel=ERROR)


def test_what_is_shorter_than_ten_milliseconds_counts_as_that():
    assert [seconds_of(bin_of(seconds)) for seconds in (-3, 0, 0.004)] == [0.01] * 3


@given(st.lists(st.floats(min_value=0.02, max_value=1e6), min_size=1), st.floats(0, 1))
def test_a_quantile_is_the_wait_of_the_nearest_rank(waits, share):
    rank = max(-int(-share * len(waits) // 1), 1)

    [found] = quantiles(CountSum([packed(Counter(map(bin_of, waits)))]), share)

    assert found == pytest.approx(sorted(waits)[rank - 1], rel=ERROR)


def test_without_waits_there_is_no_quantile():
    assert quantiles(CountSum(), 0.5, 0.9) == [None, None]
