"""The worker's command refuses what makes no sense before it begins."""

import os
import socket

import pytest
from django.core.management import CommandError, call_command

from messaging.services.operations.service_manager import notify_ready


@pytest.mark.parametrize("concurrency", [0, -1, 10**9])
def test_a_worker_with_no_or_too_many_requests_in_flight_is_refused(concurrency):
    with pytest.raises(CommandError, match="at least 1 and at most 1000"):
        call_command("run_outbox", concurrency=concurrency)


@pytest.mark.parametrize("kind", ["file", "abstract"])
def test_systemd_is_told_that_the_worker_is_ready(monkeypatch, tmp_path, kind):
    name = str(tmp_path / "notify") if kind == "file" else f"@didsms-{os.getpid()}-{id(tmp_path)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name if kind == "file" else f"\0{name[1:]}")
        monkeypatch.setenv("NOTIFY_SOCKET", name)

        notify_ready()

        assert manager.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all"])
def test_without_systemd_nobody_is_told(monkeypatch, address):
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    notify_ready()
