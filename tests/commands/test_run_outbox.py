"""The worker's command refuses what makes no sense before it begins."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("concurrency", [0, -1, 10**9])
def test_a_worker_with_no_or_too_many_requests_in_flight_is_refused(concurrency):
    with pytest.raises(CommandError, match="at least 1 and at most 1000"):
        call_command("run_outbox", concurrency=concurrency)
