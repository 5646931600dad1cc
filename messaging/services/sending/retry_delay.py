"""How long a message waits for its next attempt: after one that did not leave, or was put off.

After an error of the account every message waits until the next probe, and sending pauses for
everybody: `circuit_breaker.py`. Which of both it is, and what is tried again at once, `_next_try`
in `attempt.py` says.
"""

from __future__ import annotations

from typing import Final

from messaging.nxcloud import errors

FIRST_RETRY_SECONDS: Final = 5.0
LONGEST_RETRY_SECONDS: Final = 900.0
#: A provider that asks for more than a day has made a mistake.
LONGEST_ASKED_SECONDS: Final = 86_400.0


def retry_delay_seconds(*, error: errors.NXCloudError, tries: int) -> float:
    """Return how long to wait before the next try.

    What the provider asks for, else 5 s doubling.
    """
    if isinstance(error, errors.ProviderBusy) and error.retry_after_seconds is not None:
        return min(max(error.retry_after_seconds, 1.0), LONGEST_ASKED_SECONDS)
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(tries - 1, 10), LONGEST_RETRY_SECONDS)
