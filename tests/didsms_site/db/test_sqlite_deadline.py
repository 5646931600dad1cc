import time

from didsms_site.db.sqlite.deadline import current_deadline, write_deadline


def test_outside_a_block_there_is_no_deadline():
    assert current_deadline() is None


def test_of_nested_deadlines_the_earliest_counts():
    with write_deadline(1):
        outer = current_deadline()
        with write_deadline(5):
            assert current_deadline() == outer
        with write_deadline(0.1):
            assert current_deadline() < time.monotonic() + 0.11
        assert current_deadline() == outer
    assert current_deadline() is None
