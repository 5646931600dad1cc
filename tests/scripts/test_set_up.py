"""What usually goes wrong when `make run` sets itself up is said in a line."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.processes import ROOT

SCRIPT = ROOT / "scripts/set_up.sh"


def program(path: Path, *lines: str) -> Path:
    """Write a program that stands in for Python."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


@pytest.fixture
def python(tmp_path: Path):
    """Make a Python whose venv says one thing and ends so, and whose pip another."""

    def python(venv: str = ":", pip: str = ":") -> Path:
        inner = program(tmp_path / "inner", f'case "$*" in *install*) {pip};; esac')
        made = f'mkdir -p "$4/bin" && cp {inner} "$4/bin/python"'
        return program(tmp_path / "python", f"{venv}", made)

    return python


def set_up(python: Path | str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(SCRIPT), str(folder), str(python), "one.txt", "two.txt"],
        cwd=folder.parent if folder.parent.is_dir() else ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def fails(words: str) -> str:
    return f'{{ echo "{words}" >&2; exit 1; }}'


@pytest.mark.parametrize(
    ("stand_in", "says"),
    [
        pytest.param(
            {"venv": fails("The virtual environment was not created: ensurepip is not available")},
            "apt-get install python3-venv",
            id="no venv",
        ),
        pytest.param(
            {"venv": fails("/usr/bin/python3: No module named venv")},
            "apt-get install python3-venv",
            id="no venv at all",
        ),
        pytest.param(
            {"pip": fails("Failed to establish a new connection: Name or service not known")},
            "The packages couldn’t be fetched. Check the network",
            id="no network",
        ),
        pytest.param(
            {"pip": fails("SSLError: certificate verify failed")},
            "The packages couldn’t be fetched.",
            id="a proxy that breaks TLS",
        ),
        pytest.param(
            {"pip": fails("OSError: [Errno 28] No space left on device")},
            "is full. didsms needs about 700 MB",
            id="full disk",
        ),
        pytest.param(
            {"venv": fails("Error: [Errno 13] Permission denied: .venv")},
            "can’t be written by",
            id="somebody else's folder",
        ),
        pytest.param(
            {"pip": fails("Hashes do not match")}, "couldn’t be installed.", id="anything else"
        ),
    ],
)
def test_the_last_line_says_what_to_do(python, tmp_path: Path, stand_in, says):
    done = set_up(python(**stand_in), tmp_path / "venv")

    assert done.returncode == 1
    assert says in done.stderr.splitlines()[-1]


def test_a_python_that_is_too_old_is_said(tmp_path: Path):
    done = set_up("", tmp_path / "venv")

    assert (done.returncode, done.stderr) == (
        1,
        "didsms needs Python 3.11 or newer; python3 is older or missing.\n",
    )


def test_a_folder_that_cannot_be_made_is_said(python, tmp_path: Path):
    (tmp_path / "file").write_text("")

    done = set_up(python(), tmp_path / "file/venv")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("file/venv couldn’t be made.")


def test_every_lock_is_installed_into_a_new_environment(python, tmp_path: Path):
    done = set_up(python(pip=f'echo "$*" >{tmp_path}/asked'), tmp_path / "venv")

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "asked").read_text().split("--no-deps ")[1] == "-r one.txt -r two.txt\n"


LOCK = """\
urllib3==2.6.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
uv==0.13.9 \\
    --hash=sha256:cc \\
    --hash=sha256:dd
    # via -r two.in
werkzeug==3.1.4 \\
    --hash=sha256:ee
"""


@pytest.mark.parametrize("uv_works", [True, False])
def test_uv_of_a_lock_installs_the_rest_and_pip_does_where_uv_gets_nowhere(
    python, tmp_path: Path, uv_works
):
    (tmp_path / "one.txt").write_text("django==5.2\n")
    (tmp_path / "two.txt").write_text(LOCK)
    uv = program(
        tmp_path / "uv", f'echo "uv $*" >>{tmp_path}/asked', ":" if uv_works else fails("No index")
    )
    pip = (
        f'echo "pip $*" >>{tmp_path}/asked; for last; do :; done;'
        f' cat "$last" >>{tmp_path}/locks; cp {uv} {tmp_path}/venv/bin/uv'
    )

    done = set_up(python(pip=pip), tmp_path / "venv")

    asked = (tmp_path / "asked").read_text().splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        (tmp_path / "locks")
        .read_text()
        .startswith("uv==0.13.9 \\\n    --hash=sha256:cc \\\n    --hash=sha256:dd\n")
    )
    assert [line.split()[0] for line in asked] == (
        ["pip", "uv"] if uv_works else ["pip", "uv", "pip"]
    )
    assert all(line.endswith("-r one.txt -r two.txt") for line in asked[1:])
    assert all("--require-hashes" in line for line in asked)


@pytest.mark.nightly
@pytest.mark.skipif(shutil.which("dash") is None, reason="there is no dash")
def test_the_script_needs_no_more_than_a_plain_shell():
    subprocess.run(["dash", "-n", str(SCRIPT)], check=True, timeout=20)
