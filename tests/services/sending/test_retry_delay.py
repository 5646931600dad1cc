"""How long a message waits for its next try."""

import pytest

from messaging.nxcloud.errors import ProviderBusy, RequestNotSent
from messaging.services.sending.retry_delay import LONGEST_ASKED_SECONDS, retry_delay_seconds


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 5.0), (2, 10.0), (3, 20.0), (8, 640.0), (9, 900.0), (1_000_000, 900.0)],
)
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(tries, seconds):
    assert retry_delay_seconds(error=RequestNotSent("x"), tries=tries) == seconds


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        pytest.param(None, 5.0, id="nothing"),
        pytest.param(42.0, 42.0, id="some time"),
        pytest.param(0.0, 1.0, id="no time"),
        pytest.param(1e9, LONGEST_ASKED_SECONDS, id="years"),
    ],
)
def test_a_busy_provider_is_given_the_time_that_it_asks_for(asked, seconds):
    error = ProviderBusy("x", retry_after_seconds=asked)

    assert retry_delay_seconds(error=error, tries=1) == seconds
