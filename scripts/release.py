"""`make dist`: write the files of a release to `dist/`: source, bill of materials, checksums.

Names, order, owners and times come from the commit, so two builds give the same bytes.
"""

import gzip
import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from didsms_site import __version__

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
#: What somebody's own settings of git would change in the archive.
SAME_EVERYWHERE = ("-c", "tar.umask=0022", "-c", "core.autocrlf=false", "-c", "core.eol=lf")


def main() -> int:
    """Write the files of the release; return 1 where something is not committed."""
    if changed := git("status", "--porcelain", "--untracked-files=no").decode().strip():
        print(f"Commit these first: a release is made from a commit.\n{changed}")
        return 1
    for path in build(DIST):
        print(path.relative_to(ROOT))
    return 0


def build(folder: Path, *, commit: str = "HEAD") -> list[Path]:
    """Write source, bill of materials and checksums into a folder; return their paths."""
    from scripts.sbom import write

    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"didsms-{__version__}.tar.gz"
    source.write_bytes(source_archive(commit))
    files = [source, write(folder, at=commit_time(commit))]
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files), "utf-8")
    return [*files, sums]


def source_archive(commit: str) -> bytes:
    """Return a commit as a compressed archive, the same bytes wherever it is made."""
    archive = git(
        *SAME_EVERYWHERE, "archive", "--format=tar", f"--prefix=didsms-{__version__}/", commit
    )
    # No time and no name in gzip's head.
    return gzip.compress(archive, compresslevel=6, mtime=0)


def commit_time(commit: str = "HEAD") -> datetime:
    """Return when a commit was made, aware UTC; SOURCE_DATE_EPOCH says it where git is not."""
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return datetime.fromtimestamp(int(epoch), UTC)
    return datetime.fromtimestamp(int(git("show", "-s", "--format=%ct", commit)), UTC)


def sha256(path: Path) -> str:
    """Return the checksum of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def git(*arguments: str) -> bytes:
    """Return what git says about the repository."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
