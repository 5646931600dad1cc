"""A download asks for the bytes that it lacks."""

import pytest

from messaging.services.exports.ranges import NotSatisfiable, wanted_bytes


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", None),
        ("bytes=0-9", (0, 10)),
        ("bytes=10-", (10, 100)),
        ("bytes=90-500", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=5-4", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=" + "9" * 100 + "-", None),
    ],
)
def test_the_bytes_that_a_range_means(header, wanted):
    assert wanted_bytes(header, byte_count=100, tag='"x"', if_range="") == wanted


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_a_range_behind_the_end(header):
    with pytest.raises(NotSatisfiable):
        wanted_bytes(header, byte_count=100, tag='"x"', if_range="")


def test_a_range_counts_for_the_file_that_it_names_only():
    assert wanted_bytes("bytes=1-", byte_count=9, tag='"x"', if_range='"x"') == (1, 9)
    assert wanted_bytes("bytes=1-", byte_count=9, tag='"x"', if_range='"y"') is None
