"""Making a migration the way that CONTRIBUTING.md says, without any settings."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent


def command_of(target: str, *variables: str) -> str:
    """The line that make would run for a target, with the packages as they are."""
    installed = [word for name in ("", "-dev") for word in ("-o", f".venv/.installed{name}")]
    found = subprocess.run(
        ["make", "--dry-run", "--silent", *installed, target, f"BIN={BIN}", *variables],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.strip()


@pytest.mark.nightly
def test_migration_is_made_without_a_secret_key(var_dir):
    line = command_of("migration", "NAME=what_it_does")
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    # --check looks for what is missing and writes nothing.
    made = subprocess.run(
        ["sh", "-c", f"{line} --check --dry-run"],
        cwd=ROOT,
        env=bare | {"VAR_DIR": str(var_dir)},
        capture_output=True,
        text=True,
    )

    assert (made.returncode, made.stderr) == (0, "")
    assert shlex.split(line)[-2:] == ["--name", "what_it_does"]


def test_contributing_names_the_way_to_a_migration():
    assert "make migration NAME=" in (ROOT / "CONTRIBUTING.md").read_text()
