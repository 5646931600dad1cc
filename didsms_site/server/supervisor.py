"""Keeps a few processes running side by side: named lines, restarts, one end for all."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

_COLORS = (36, 35, 33, 34, 32)
_GRACE_SECONDS = 12
_LONGEST_PAUSE_SECONDS = 30
_STEADY_SECONDS = 30


@dataclass
class Child:
    """One program that is meant to run all the time."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    start_again_at: float | None = 0.0
    pause_seconds: float = 1.0
    printer: threading.Thread | None = field(default=None, repr=False)


class Supervisor:
    """Starts children, restarts the ones that end, and ends all when it is told to stop."""

    def __init__(self, children: Sequence[Child]) -> None:
        """Take the children in the order in which they start; they end in the reverse order."""
        self.children = list(children)
        self.is_stopping = threading.Event()
        self._lines = threading.Lock()
        self._is_colorful = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._width = max(len(child.name) for child in children)
        # Under make our parent is make; when it is killed, nobody could stop us any more.
        self._parent = os.getppid() if os.environ.get("MAKELEVEL") else None

    def catch_signals(self) -> None:
        """End at Ctrl-C, SIGTERM and when the terminal closes."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def run(self) -> None:
        """Run until told to stop."""
        try:
            while not self.is_stopping.is_set():
                for child in self.children:
                    self._look_after(child)
                if self._parent is not None and os.getppid() != self._parent:
                    self.is_stopping.set()
                self.is_stopping.wait(0.2)
        finally:
            self._end_all()

    def say(self, text: str) -> None:
        """Print a line of our own among those of the children."""
        with self._lines:
            print(text, flush=True)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping.set()

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None and (code := child.process.poll()) is not None:
            _end_group(child.process, signal.SIGKILL)  # What it may have left behind.
            child.process = None
            if now - child.started_at > _STEADY_SECONDS:
                child.pause_seconds = 1.0
            self.say(
                f"{child.name} ended (code {code}); it starts again in {child.pause_seconds:.0f} s."
            )
            child.start_again_at = now + child.pause_seconds
            child.pause_seconds = min(child.pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
        if child.start_again_at is not None and now >= child.start_again_at:
            child.start_again_at = None
            self._start(child)

    def _start(self, child: Child) -> None:
        child.started_at = time.monotonic()
        child.process = subprocess.Popen(
            list(child.command),
            env=dict(child.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A group of its own: Ctrl-C reaches only us, and we end everything in order.
            start_new_session=True,
        )
        child.printer = threading.Thread(
            target=self._print_lines, args=(child, child.process), daemon=True
        )
        child.printer.start()

    def _print_lines(self, child: Child, process: subprocess.Popen[str]) -> None:
        name = child.name.ljust(self._width)
        if self._is_colorful:
            color = _COLORS[self.children.index(child) % len(_COLORS)]
            name = f"\033[{color}m{name}\033[0m"
        assert process.stdout is not None  # noqa: S101 - it was opened as a pipe
        for line in process.stdout:
            self.say(f"{name} | {line.rstrip()}")

    def _end_all(self) -> None:
        running = [child for child in reversed(self.children) if child.process is not None]
        for child in running:
            if child.process is not None:
                child.process.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for child in running:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not end by itself.")
            _end_group(child.process, signal.SIGKILL)
            child.process.wait()
            if child.printer is not None:
                child.printer.join(1)


def _end_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return
