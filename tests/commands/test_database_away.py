"""Commands while the database does not answer."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, process_environment

NO_DATABASE = "postgres://nobody@127.0.0.1:1/nothing"


@pytest.mark.parametrize(
    "command",
    [
        "prune",
        *(
            pytest.param(other, marks=pytest.mark.nightly)
            for other in ("drf_create_token ana", "replay_pushes")
        ),
    ],
)
def test_a_command_says_in_one_line_that_the_database_is_away(tmp_path: Path, command: str):
    done = subprocess.run(
        [sys.executable, "manage.py", *command.split()],
        cwd=ROOT,
        env=process_environment(var_dir=tmp_path, database_url=NO_DATABASE),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    *others, last = done.stderr.splitlines()
    assert done.returncode == 1
    assert last.startswith("The database cannot be used: couldn't get a connection after 2.50 sec")
    assert [line for line in others if "Traceback" in line or line.startswith(" ")] == []
