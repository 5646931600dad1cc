import os
import signal
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, Running, until

PROGRAM = """
import sys
from didsms_site.server.supervisor import Child, Supervisor

def python(code):
    return [sys.executable, "-u", "-c", code]

def child(name, code):
    import os
    return Child(name=name, command=python(code), env=os.environ)

supervisor = Supervisor([{children}])
supervisor.catch_signals()
supervisor.run()
print("all ended", flush=True)
"""
STAYS = "import os, time; print('pid', os.getpid()); time.sleep(60)"
STUBBORN_GRANDCHILD = (
    "import os, subprocess, sys, time; "
    "print('pid', subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid); "
    "time.sleep(60)"
)


def supervise(tmp_path: Path, children: str, **env: str) -> Running:
    command = [sys.executable, "-u", "-c", PROGRAM.replace("{children}", children)]
    return Running(command, env={**os.environ, **env}, log=tmp_path / "log", cwd=ROOT)


def pids(output: str) -> list[int]:
    return [int(line.rsplit(" ", 1)[1]) for line in output.splitlines() if "| pid " in line]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text("ascii").split(")")[1][:3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_that_was_started(tmp_path: Path, number: signal.Signals):
    with supervise(tmp_path, f"child('a', {STAYS!r}), child('bb', {STAYS!r})") as running:
        until(lambda: len(pids(running.output)) == 2)
        running.process.send_signal(number)
        assert running.process.wait(10) == 0

    assert running.output.splitlines()[-1] == "all ended"
    assert [is_alive(pid) for pid in pids(running.output)] == [False, False]


def test_what_a_child_left_behind_is_ended_too(tmp_path: Path):
    with supervise(tmp_path, f"child('a', {STUBBORN_GRANDCHILD!r})") as running:
        until(lambda: len(pids(running.output)) == 1)
        running.stop()
        until(lambda: not is_alive(pids(running.output)[0]))


def test_a_child_that_dies_starts_again_and_the_log_says_so(tmp_path: Path):
    with supervise(tmp_path, f"child('web', {STAYS!r})") as running:
        until(lambda: len(pids(running.output)) == 1)
        os.kill(pids(running.output)[0], signal.SIGKILL)
        until(lambda: len(pids(running.output)) == 2)

    assert "web ended (code -9); it starts again in 1 s." in running.output


def test_when_make_is_killed_everything_ends(tmp_path: Path):
    command = PROGRAM.replace("{children}", f"child('a', {STAYS!r})")
    makes_part = (
        "import subprocess, sys, time; "
        f"subprocess.Popen([sys.executable, '-u', '-c', {command!r}]); time.sleep(60)"
    )
    env = {**os.environ, "MAKELEVEL": "1"}
    with Running([sys.executable, "-c", makes_part], env=env, log=tmp_path / "log") as running:
        until(lambda: len(pids(running.output)) == 1)
        running.process.kill()
        until(lambda: "all ended" in running.output)
    assert not is_alive(pids(running.output)[0])
