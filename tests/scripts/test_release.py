"""The files of a release: the same bytes each time, and complete."""

from __future__ import annotations

import re
import shutil
import tarfile

import pytest

from didsms_site import __version__
from scripts import release

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or not (release.ROOT / ".git").exists(),
    reason="a release is made from a checkout",
)


def test_two_builds_give_the_same_bytes_with_all_that_is_needed(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    first = release.build(tmp_path / "first")
    monkeypatch.setenv("TZ", "America/Lima")
    # Somebody else's settings of git.
    for number, (key, value) in enumerate({"tar.umask": "0077", "core.autocrlf": "true"}.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    second = release.build(tmp_path / "second")

    assert [path.name for path in first] == [
        f"didsms-{__version__}.tar.gz",
        f"didsms-{__version__}.cdx.json",
        "SHA256SUMS",
    ]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    with tarfile.open(first[0]) as files:
        names = {name.removeprefix(f"didsms-{__version__}/") for name in files.getnames()}
    needed = {"manage.py", "requirements.txt", "deploy/Containerfile", "docs/help/en/start.md"}
    assert needed <= names


def test_source_date_epoch_says_when_where_git_is_not(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")

    assert release.commit_time("nothing").isoformat() == "2026-01-01T00:00:00+00:00"


def test_the_changelog_begins_with_the_version_that_the_code_has():
    changelog = (release.ROOT / "CHANGELOG.md").read_text("utf-8")
    first = re.search(r"^## (\S+)", changelog, re.MULTILINE)

    assert first
    assert first[1] == __version__


def test_what_is_not_committed_is_no_release(monkeypatch, capsys):
    monkeypatch.setattr(release, "git", lambda *_arguments: b" M README.md\n")

    assert release.main() == 1
    assert "README.md" in capsys.readouterr().out
