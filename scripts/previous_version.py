"""Find the version before this one in the history of git, and unpack it: for the upgrade drill.

UPGRADE_FROM names one (a tag, a branch, a commit). Without it, it is the newest release (a tag
v1.2.3) whose migrations are not those of this one; where there is no such release, the newest
commit that lacks the last migrations.
"""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
MIGRATIONS: Final = "messaging/migrations"
#: The last migration that versions before it do not bear: it renamed a table, before any release.
#: Those after it are held to what an older one bears (`tests/migrations/test_side_by_side.py`).
FIRST_SIDE_BY_SIDE: Final = "0094_rejected_requests.py"
#: How many migrations a version of the past lacks where no release says which it was.
MIGRATIONS_BACK: Final = 3
_RELEASE: Final = re.compile(r"v\d{1,6}\.\d{1,6}\.\d{1,6}")
_MIGRATION: Final = re.compile(r"\d{4}_\w{1,100}\.py")


class NoPreviousVersion(Exception):
    """The history holds none; the message says what to do."""


@dataclass(frozen=True)
class PreviousVersion:
    """A version that was.

    Attributes:
        name: what people call it: a tag, or the beginning of a commit.
        commit: its whole hash.
    """

    name: str
    commit: str


def previous_version(*, root: Path = ROOT, wanted: str | None = None) -> PreviousVersion:
    """Return the version to upgrade from.

    Args:
        root: a clone.
        wanted: a tag, branch or commit; None takes UPGRADE_FROM, "" decides by the history.

    Raises:
        NoPreviousVersion: where git, the history or the wanted version is missing.
    """
    wanted = os.environ.get("UPGRADE_FROM", "") if wanted is None else wanted
    if not (root / ".git").exists():
        raise NoPreviousVersion("this is no clone; the drill takes the older version from git")
    if wanted:
        return PreviousVersion(wanted, _git(root, "rev-parse", "--verify", f"{wanted}^{{commit}}"))
    if _git(root, "rev-parse", "--is-shallow-repository") == "true":
        raise NoPreviousVersion(
            "the clone has no history; `git fetch --unshallow --tags` brings it"
        )
    return _newest_release(root) or _some_migrations_back(root)


def unpack(version: PreviousVersion, folder: Path, *, root: Path = ROOT) -> Path:
    """Write a version's files into a folder and return it."""
    packed = subprocess.run(
        ["git", "-C", str(root), "archive", version.commit], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def _newest_release(root: Path) -> PreviousVersion | None:
    """Return the newest release with other migrations than the ones here."""
    ours = _migrations_of(root, "HEAD")
    tags = _git(root, "tag", "--merged", "HEAD", "--sort=-version:refname").split()
    for tag in tags:
        if _RELEASE.fullmatch(tag) and _migrations_of(root, tag) != ours:
            return PreviousVersion(tag, _git(root, "rev-parse", f"{tag}^{{commit}}"))
    return None


def _some_migrations_back(root: Path) -> PreviousVersion:
    """Return the newest commit without the last migrations whose schema leads to the one here."""
    ours = _migrations_of(root, "HEAD")
    last = sorted(name for name in ours if name > FIRST_SIDE_BY_SIDE)[-MIGRATIONS_BACK:]
    for commit in _git(root, "rev-list", "HEAD").split():
        there = _migrations_of(root, commit)
        # A migration that got another number before it was released leads nowhere.
        if FIRST_SIDE_BY_SIDE in there and there <= ours and there.isdisjoint(last):
            return PreviousVersion(commit[:10], commit)
    raise NoPreviousVersion("every commit of the history has the same migrations")


def _migrations_of(root: Path, commit: str) -> frozenset[str]:
    """Return the migrations that a database runs or, with a squashed one, counts as run."""
    names = _git(root, "ls-tree", "--name-only", f"{commit}:{MIGRATIONS}", fails_softly=True)
    found = (name for name in names.split() if _MIGRATION.fullmatch(name))
    return frozenset(name for name in found if "_squashed_" not in name)


def _git(root: Path, *arguments: str, fails_softly: bool = False) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise NoPreviousVersion("git is not installed") from None
    if done.returncode and not fails_softly:
        raise NoPreviousVersion(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()
