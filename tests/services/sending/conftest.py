"""What one worker does, it does in two ways, and both must do the same."""

import pytest

from tests.services.sending import scripted_client


@pytest.fixture(params=[scripted_client.LONG_WAY, scripted_client.COMMITTER])
def both_ways(request, monkeypatch):
    """Run a test with the ORM, one message at a time, and with the committer's statements."""
    monkeypatch.setattr(scripted_client, "way", request.param)
