"""Run another program from PATH, and keep what it printed when it fails."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from .problems import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Which package of Debian has a program.
PACKAGES: Final = {
    "age": "age",
    "pg_dump": "postgresql-client",
    "pg_restore": "postgresql-client",
    "psql": "postgresql-client",
}


def program(name: str) -> str:
    """Return where a program is.

    Raises:
        BackupProblem: it is missing.
    """
    found = shutil.which(name)
    if found is None:
        raise BackupProblem("program_missing", program=name, package=PACKAGES[name])
    return found


def run(name: str, arguments: Sequence[str], *, env: Mapping[str, str] | None = None) -> str:
    """Run a program to its end and return what it printed.

    Args:
        name: a key of PACKAGES.
        arguments: behind the name; no secrets, other users of the machine can see them.
        env: its environment; by default ours.

    Raises:
        BackupProblem: it is missing, or failed.
    """
    done = subprocess.run(  # noqa: S603  (our own arguments, no shell)
        [program(name), *arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise failed(name, done.stderr)
    return done.stdout


def failed(name: str, stderr: str) -> BackupProblem:
    """Return the problem of a program that failed, with the end of what it said."""
    return BackupProblem("program_failed", program=name, said=" ".join(stderr.split()) or "?")
