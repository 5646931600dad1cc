import os

from bench.footprint import memory_of


def test_a_process_takes_some_memory_and_one_that_is_gone_none():
    assert memory_of(os.getpid()) > 1_000_000
    assert memory_of(2**22 + 1) == 0
