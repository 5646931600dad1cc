"""Start the shipped processes (web, worker, any command) for tests, and stop or kill them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

TEST_SECRETS = {
    "SECRET_KEY": "only-for-tests-Jw3mVf8qkYtR2zLxN6bC9hD4gS7pA5eU1oI0",
    "WEBHOOK_TOKEN": "test-webhook-token",
    "NXCLOUD_ACCESS_KEY": "test-access-key",
    "NXCLOUD_ACCESS_SECRET": "test-access-secret",
}


_reserved: list[socket.socket] = []


def reserve_port() -> int:
    """Return a TCP port of this machine that nobody but a server of ours gets.

    A socket stays bound to it until this process ends, so the system gives it to nobody else. A
    server that sets SO_REUSEADDR, as ours do, may still listen there, as often as a test likes;
    until it does, connections are refused.
    """
    return _reserve(0)


def reserve_two_ports() -> int:
    """Return a reserved port whose successor is reserved too."""
    while True:
        port = reserve_port()
        with contextlib.suppress(OSError, OverflowError):
            _reserve(port + 1)
            return port


def _reserve(port: int) -> int:
    holder = socket.socket()
    try:
        holder.bind(("", port))  # Fails where anybody else has it, also where they would share it.
    except (OSError, OverflowError):
        holder.close()
        raise
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    _reserved.append(holder)
    reserved: int = holder.getsockname()[1]
    return reserved


def process_environment(*, var_dir: Path, database_url: str = "", **more: str) -> dict[str, str]:
    """Return a whole environment for a shipped process; the caller's settings stay out."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    return (
        kept
        | TEST_SECRETS
        | {
            "PATH": f"{BIN}{os.pathsep}{kept.get('PATH', '')}",
            "PYTHONUNBUFFERED": "1",
            "ENV_FILE": "",
            "VAR_DIR": str(var_dir),
            "STATIC_ROOT": str(var_dir / "static"),
            "DATABASE_URL": database_url,
            "EMAIL_URL": "dummymail://",
            **more,
        }
    )


def until(is_true: Callable[[], object], *, timeout_seconds: float = 120, what: str = "") -> None:
    """Wait until a condition holds; fail with `what` when it does not in time."""
    deadline = time.monotonic() + timeout_seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_seconds} s: {what or is_true}")
        time.sleep(0.02)


class Running:
    """A process of ours with its output in a file; a `with` block ends it and its children."""

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path = ROOT
    ) -> None:
        """Start the command in a process group of its own."""
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                list(command),
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def output(self) -> str:
        """What the process has written so far."""
        return self.log.read_text("utf-8", "replace")

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def stop(self, *, timeout_seconds: float = 30) -> int:
        """Ask it to end (SIGTERM), insist (SIGKILL) when it does not; return the exit code."""
        if self.is_running:
            self.process.terminate()
            try:
                self.process.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def kill(self) -> None:
        """Kill it and its children at once, as a power cut would (kill -9)."""
        if self.is_running:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Web(Running):
    """The shipped web process: gunicorn with the shipped configuration."""

    def __init__(
        self, *, env: Mapping[str, str], log: Path, port: int | None = None, cwd: Path = ROOT
    ) -> None:
        """Start it on a port; `wait` until it answers."""
        self.port = port or reserve_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            ["gunicorn", "-c", "didsms_site/gunicorn.conf.py", "didsms_site.wsgi"],
            env={"WEB_THREADS": "24", **env, "PORT": str(self.port)},
            log=log,
            cwd=cwd,
        )

    def wait(self, path: str = "/healthz", *, timeout_seconds: float = 120) -> "Web":
        """Wait until it answers anything at all below 500."""

        def answers() -> bool:
            assert self.is_running, self.output
            try:
                with urllib.request.urlopen(self.url + path, timeout=2):
                    return True
            except urllib.error.HTTPError as error:
                return error.code < 500
            except OSError:
                return False

        until(answers, timeout_seconds=timeout_seconds, what=f"web answers {path}")
        return self


def manage(*arguments: str, env: Mapping[str, str], log: Path, cwd: Path = ROOT) -> Running:
    """Start `manage.py` with these arguments, for example the worker: manage("run_outbox", ...)."""
    return Running([sys.executable, "manage.py", *arguments], env=env, log=log, cwd=cwd)


def run_manage(*arguments: str, env: Mapping[str, str], cwd: Path = ROOT) -> str:
    """Run `manage.py` to its end and return what it printed; fail when it failed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=cwd,
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
