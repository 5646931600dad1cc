import subprocess
from pathlib import Path

import pytest

from scripts import previous_version as module
from scripts.previous_version import NoPreviousVersion, previous_version, unpack

IDENTITY = [
    "-c",
    "user.name=Test",
    "-c",
    "user.email=test@example.com",
    "-c",
    "commit.gpgsign=false",
]


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *IDENTITY, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path, monkeypatch) -> Path:
    """A history in which each commit adds one migration: 0001 to 0006."""
    monkeypatch.setattr(module, "FIRST_SIDE_BY_SIDE", "0002_step.py")
    root = tmp_path / "clone"
    (root / "messaging/migrations").mkdir(parents=True)
    git(root, "init", "-q", "-b", "main")
    for number in range(1, 7):
        add_migration(root, number)
    return root


def add_migration(root: Path, number: int) -> None:
    (root / f"messaging/migrations/{number:04d}_step.py").write_text("")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", f"step {number}")


def migrations_in(folder: Path) -> list[str]:
    return sorted(path.name[:4] for path in (folder / "messaging/migrations").glob("*.py"))


def test_without_a_release_it_is_the_newest_commit_that_lacks_the_last_migrations(
    clone: Path, tmp_path: Path
):
    found = previous_version(root=clone, wanted="")

    assert migrations_in(unpack(found, tmp_path / "old", root=clone)) == ["0001", "0002", "0003"]


def test_it_is_none_that_cannot_run_beside_this_one(clone: Path, monkeypatch):
    monkeypatch.setattr(module, "FIRST_SIDE_BY_SIDE", "0005_step.py")

    assert previous_version(root=clone, wanted="").commit == git(clone, "rev-parse", "HEAD~1")


def test_a_migration_that_got_another_number_leads_nowhere(clone: Path):
    git(clone, "mv", "messaging/migrations/0003_step.py", "messaging/migrations/0007_step.py")
    git(clone, "commit", "-q", "-m", "renumber")

    assert previous_version(root=clone, wanted="").commit == git(clone, "rev-parse", "HEAD~5")


def test_a_squashed_migration_says_nothing_that_those_it_replaces_do_not(clone: Path):
    (clone / "messaging/migrations/0001_squashed_0004_step.py").write_text("")
    git(clone, "add", ".")
    git(clone, "commit", "-q", "-m", "squash")
    git(
        clone,
        "mv",
        "messaging/migrations/0001_squashed_0004_step.py",
        "messaging/migrations/0001_squashed_0006_step.py",
    )
    git(clone, "commit", "-q", "-m", "squash again")

    assert previous_version(root=clone, wanted="").commit == git(clone, "rev-parse", "HEAD~5")


def test_the_newest_release_with_other_migrations_is_the_version_before(clone: Path):
    git(clone, "tag", "v1.9.0", "HEAD~3")
    git(clone, "tag", "v1.10.0", "HEAD~1")
    git(clone, "tag", "v1.10.1")  # It has the migrations of this version.
    git(clone, "tag", "v-something", "HEAD~1")

    assert previous_version(root=clone, wanted="").name == "v1.10.0"


def test_somebody_may_say_which_it_is(clone: Path):
    assert previous_version(root=clone, wanted="HEAD~2").commit == git(clone, "rev-parse", "HEAD~2")


def test_what_is_missing_is_said(clone: Path, tmp_path: Path):
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{clone}", str(shallow))
    (tmp_path / "files").mkdir()

    with pytest.raises(NoPreviousVersion, match="git fetch --unshallow"):
        previous_version(root=shallow, wanted="")
    with pytest.raises(NoPreviousVersion, match="no clone"):
        previous_version(root=tmp_path / "files", wanted="")
    with pytest.raises(NoPreviousVersion, match="v9"):
        previous_version(root=clone, wanted="v9")
