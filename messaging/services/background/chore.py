"""Recurring tasks of a worker or a web process: one that fails does not stop the others."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from django.db import InterfaceError, OperationalError, connection

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

#: One that goes on failing is tried this often in any case.
LONGEST_REST_SECONDS: Final = 60.0
#: The rest after a failure; it doubles with each further one.
FIRST_REST_SECONDS: Final = 2.0


class Chore:
    """One thing that is done when it is due. One that fails rests longer and longer.

    Args:
        name: what the log calls it.
        do: does it once.
        every_seconds: how long after a turn the next one is due; 0 for at once.
        most_rest_seconds: the longest rest after failures.
        clock: seconds on a clock that nobody sets.
    """

    def __init__(
        self,
        name: str,
        do: Callable[[], object],
        *,
        every_seconds: float,
        most_rest_seconds: float = LONGEST_REST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._do = do
        self._every_seconds = every_seconds
        self._most_rest_seconds = most_rest_seconds
        self._clock = clock
        self._due_at = 0.0
        self._failures = 0

    def is_due(self) -> bool:
        """Tell whether its time has come."""
        return self._clock() >= self._due_at

    def run_if_due(self) -> None:
        """Do it if it is due; a failure is logged and harms nothing else.

        Raises:
            OperationalError, InterfaceError: the database is away, which is not its fault.
        """
        if not self.is_due():
            return
        self._due_at = self._clock() + self._every_seconds
        try:
            self._do()
        except (OperationalError, InterfaceError) as error:
            if not database_answers():
                raise
            self._rest_after(error)
        except Exception as error:  # noqa: BLE001  (whatever it is, the other chores go on)
            self._rest_after(error)
        else:
            if self._failures:
                logger.info("%s: works again after %d failures", self.name, self._failures)
            self._failures = 0

    def _rest_after(self, error: Exception) -> None:
        rest = min(FIRST_REST_SECONDS * 2.0 ** min(self._failures, 10), self._most_rest_seconds)
        rest = max(rest, self._every_seconds)
        self._failures += 1
        self._due_at = self._clock() + rest
        # The trace once; what fails again and again must not fill the log.
        logger.error(
            "%s failed %d times in a row; next try in %d s: %s",
            self.name,
            self._failures,
            rest,
            type(error).__name__,
            exc_info=error if self._failures == 1 else None,
        )


def database_answers() -> bool:
    """Tell whether the database answers on a fresh connection; call it outside transactions."""
    try:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001  (whatever it is, it does not answer)
        return False
    return True
