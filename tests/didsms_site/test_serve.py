import os
import signal
import sys

import pytest

from didsms_site.serve import SMALL, small_environment
from tests.processes import Running, process_environment, reserve_port, run_manage, until
from tests.system.test_receiving import push


def test_the_small_values_are_a_beginning_that_the_environment_overrules():
    env = small_environment({"WEB_THREADS": "64", "OUTBOX_CONCURRENCY": "", "PATH": "/bin"})

    assert env["WEB_THREADS"] == "64"
    assert env["OUTBOX_CONCURRENCY"] == SMALL["OUTBOX_CONCURRENCY"]
    assert env["PATH"].endswith(f"{os.pathsep}/bin")


@pytest.mark.nightly
def test_one_command_runs_both_starts_again_what_ends_and_ends_both(tmp_path):
    port = reserve_port()
    env = process_environment(
        var_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/didsms.sqlite3", PORT=str(port)
    )
    run_manage("migrate", "-v0", env=env)
    command = [sys.executable, "-m", "didsms_site.serve"]
    with Running(command, env=env, log=tmp_path / "log") as running:
        until(lambda: push(port, "mo-1") == (200, b"success"))
        until(lambda: running.output.count("started") == 1)
        worker = running.output.split("worker ")[1:]
        pid = int(next(line for line in worker if " started" in line).split(" ")[0].split("-")[-2])
        os.kill(pid, signal.SIGKILL)
        until(lambda: running.output.count(" started") == 2, what="the worker runs again")

        assert running.stop() == 0
    assert "Shutting down: Master" in running.output
    assert push(port, "mo-2") is None
