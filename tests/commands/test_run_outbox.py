"""The worker's command refuses what makes no sense before it begins."""

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("concurrency", [0, -1])
def test_a_worker_without_a_request_in_flight_is_refused(concurrency):
    with pytest.raises(CommandError, match="at least 1"):
        call_command("run_outbox", concurrency=concurrency)
