"""Python on a clock that libfaketime steps: sleep by `select`.

libfaketime 0.9.10 (Debian 12) answers `clock_nanosleep`, by which Python 3.11 sleeps, with EINVAL
where the monotonic clock is left alone, as it must be: a step of the clock does not touch it.
"""

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
