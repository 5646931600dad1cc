"""Boot a Debian with systemd and the shipped units in it, for `make deploy-test`."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.deploy_machine import IMAGE, ROOT, debian_root, run, until

PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "procps", "ca-certificates", "tzdata",
    "python3-minimal", "libpython3-stdlib", "postgresql-client", "age",
)  # fmt: skip
UNITS = ("didsms-web", "didsms-worker")


class Machine:
    """A booted system.

    Attributes:
        boot_seconds: from the start to a web that is ready.
    """

    def __init__(self, root: Path, venv: Path, folder: Path) -> None:
        """Boot it."""
        self._root = root
        began = time.monotonic()
        with (folder / "machine.log").open("ab") as log:
            self._nspawn = subprocess.Popen(
                ["systemd-nspawn", "--register=no", "--keep-unit", "--quiet", "--boot",
                 "-D", str(root), f"--bind-ro={venv}:/venv"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            until(lambda: self.is_active("didsms-web"), "the unit didsms-web is active")
            until(lambda: self.is_active("didsms-worker"), "the unit didsms-worker is active")
        except BaseException:
            self.stop()
            raise
        self.boot_seconds = time.monotonic() - began

    def is_active(self, unit: str) -> bool:
        """Ask systemd; with Type=notify it knows when a process does its work."""
        return self.systemctl("is-active", unit, check=False).strip() == "active"

    def systemctl(self, *arguments: str, check: bool = True) -> str:
        """Run systemctl in it."""
        leader = self._leader()
        if not leader:
            return ""
        return run(
            "nsenter", "-t", leader, "-m", "-u", "-i", "-p", "-C", "systemctl", *arguments,
            check=check,
        )  # fmt: skip

    def kill(self, unit: str) -> None:
        """Kill a unit's processes as a fault would."""
        self.systemctl("kill", "--signal=KILL", unit)

    def stop(self) -> int:
        """Power it off in order and return nspawn's exit code."""
        leader = self._leader()
        if leader:
            os.kill(int(leader), signal.SIGRTMIN + 4)
        try:
            return self._nspawn.wait(60)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            return self._nspawn.wait()

    def _leader(self) -> str:
        """Return its process 1, as we see it; "" when it is not there yet or any more."""
        path = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        with contextlib.suppress(OSError, IndexError):
            return path.read_text("ascii").split()[0]
        return ""


@contextlib.contextmanager
def booted(folder: Path, environment: Path, *, code: str) -> Iterator[tuple[Machine, str]]:
    """Install the product as docs/operators.md says, run some code in its shell, and boot.

    Yields:
        The machine, and what the code printed.
    """
    template = debian_root("systemd", PACKAGES)
    root = folder / "machine"
    run("cp", "-a", "--reflink=auto", template, root)
    image = Path(run("podman", "image", "mount", IMAGE).strip())
    try:
        _install(root, image, environment)
        printed = manage(root, image, "shell", "-v0", "-c", code)
        machine = Machine(root, image / "venv", folder)
        try:
            yield machine, printed.strip()
        finally:
            machine.stop()
    finally:
        run("podman", "image", "umount", IMAGE, check=False)
        shutil.rmtree(root, ignore_errors=True)


def _install(root: Path, image: Path, environment: Path) -> None:
    run("cp", "-a", image / "app", root / "opt/didsms")
    (root / "opt/didsms/.venv").symlink_to("/venv")
    (root / "venv").mkdir()
    run("chroot", root, "useradd", "--system", "--home-dir", "/var/lib/didsms", "didsms")
    run("chroot", root, "install", "-d", "-m", "750", "-g", "didsms", "/etc/didsms")
    run("chroot", root, "install", "-d", "-m", "700", "-o", "didsms", "/var/lib/didsms")
    shutil.copy(environment, root / "etc/didsms/didsms.env")
    wanted = root / "etc/systemd/system/multi-user.target.wants"
    wanted.mkdir(parents=True, exist_ok=True)
    for unit in UNITS:
        shutil.copy(ROOT / f"deploy/systemd/{unit}.service", root / "etc/systemd/system")
        (wanted / f"{unit}.service").symlink_to(f"/etc/systemd/system/{unit}.service")
    manage(root, image, "migrate", "-v0")


def manage(root: Path, image: Path, *arguments: str) -> str:
    """Run manage.py in a machine that is not booted, as the user of the units."""
    lines = (root / "etc/didsms/didsms.env").read_text("utf-8").splitlines()
    names = [f"--setenv={line}" for line in (*lines, "VAR_DIR=/var/lib/didsms", "ENV_FILE=")]
    return run(
        "systemd-nspawn", "--register=no", "--keep-unit", "--quiet", "--pipe", "-D", root,
        f"--bind-ro={image}/venv:/venv", "--user=didsms", "--chdir=/opt/didsms", *names,
        "/venv/bin/python", "manage.py", *arguments,
    )  # fmt: skip
