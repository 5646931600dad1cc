"""Look up known weaknesses of the locked packages with pip-audit.

The database of PyPI answers; where it can't be reached `make lint` says so and goes on. What we
accept for a while is in `audit.toml`, each with a reason and a last day.
"""

import json
import re
import subprocess
import sys
import tomllib
import urllib.request
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXCEPTIONS = ROOT / "audit.toml"
DATABASE = "https://pypi.org/pypi/{name}/{version}/json"
PINNED = re.compile(r"^(django)==([^ \\;]{1,40})", re.MULTILINE)


@dataclass(frozen=True)
class AcceptedWeakness:
    """A weakness that we live with for a while.

    Attributes:
        id: as pip-audit names it, such as "GHSA-…" or "PYSEC-…".
        reason: why it does not concern us, or what we wait for.
        until: the last day on which it is accepted.
    """

    id: str
    reason: str
    until: date


def main() -> int:
    """Run pip-audit; return 1 for a weakness that is not accepted, or is no longer."""
    accepted = accepted_weaknesses(EXCEPTIONS.read_text("utf-8"))
    today = datetime.now(UTC).date()
    over = [one for one in accepted if one.until < today]
    for one in over:
        print(f"{one.id} was accepted until {one.until}. Fix it, or say why it may stay.")
        print(f"The reason was: {one.reason}")
    ignored = [f"--ignore-vuln={one.id}" for one in accepted if one not in over]
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip"]
    # A package that the database does not know fails too: silence is no answer.
    done = subprocess.run(
        [*command, "--strict", "--progress-spinner=off", "-r", "requirements.txt", *ignored],
        cwd=ROOT,
        check=False,
    )
    return 1 if over or done.returncode else 0


def accepted_weaknesses(text: str) -> list[AcceptedWeakness]:
    """Return the weaknesses that a file of exceptions accepts.

    Raises:
        KeyError: one has no id, reason or last day.
        TypeError: a last day is no date.
    """
    found = []
    for one in tomllib.loads(text).get("accepted", []):
        until = one["until"]
        if type(until) is not date:
            raise TypeError(f"{one['id']}: until must be a date such as 2027-01-31")
        found.append(AcceptedWeakness(id=one["id"], reason=one["reason"], until=until))
    return found


def database_answers(*, timeout_seconds: float = 5) -> bool:
    """Return whether the database of known weaknesses can be reached from here."""
    pinned = PINNED.search((ROOT / "requirements.txt").read_text("utf-8"))
    if pinned is None:
        return False
    address = DATABASE.format(name=pinned[1], version=pinned[2])
    try:
        with urllib.request.urlopen(address, timeout=timeout_seconds) as answer:  # noqa: S310
            return "vulnerabilities" in json.load(answer)
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(main())
