"""`make test`: every check that must pass, one after the other, with a plain summary at the end."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PG_TEST_URL = os.environ.get("PG_TEST_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
IS_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

_FOLDER = tempfile.TemporaryDirectory(prefix="didsms-check-")
# Production as it is meant to be: `check --deploy` has nothing to say about it.
PRODUCTION = {
    "ENV_FILE": "",
    "VAR_DIR": _FOLDER.name,
    "DATABASE_URL": "",
    "DEBUG": "false",
    "SECRET_KEY": "only-to-check-Zr8kPq2vXn5mTc7wLb4yHd9sFj3gKu6eAa1o",
    "PUBLIC_BASE_URL": "https://sms.example.com",
    "WEBHOOK_TOKEN": "only-to-check",
}


@dataclass
class Step:
    """One check: a command, and what must be there for it to run at all."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    is_possible: Callable[[], bool] = lambda: True
    when_impossible: str = ""


def steps() -> list[Step]:
    """Return all checks, quick ones first."""
    return [*lint_steps(), *test_steps()]


def lint_steps() -> list[Step]:
    """Return the checks that read the code."""
    manage = [sys.executable, "manage.py"]
    return [
        Step("ruff check", ["ruff", "check", "."]),
        Step("ruff format", ["ruff", "format", "--check", "."]),
        # It leaves the folder of tests/settings.py behind, so that belongs into ours.
        Step("mypy", ["mypy"], env={"TMPDIR": _FOLDER.name}),
        Step("locked packages fit", [sys.executable, "-m", "pip", "check"]),
        Step("import layers", ["lint-imports"]),
        Step("templates", ["djlint", "--lint", "--quiet", "templates", "messaging"]),
        Step("scripts of the pages", ["oxlint", "--deny-warnings", "messaging"]),
        Step("translations are complete", [sys.executable, "-m", "scripts.translations"]),
        Step(
            "migrations are complete",
            [*manage, "makemigrations", "--check", "--dry-run"],
            env={**PRODUCTION},
        ),
        Step(
            "production settings",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            env={**PRODUCTION},
        ),
    ]


def test_steps() -> list[Step]:
    """Return the checks that run the code, several tests at a time."""
    pytest = [sys.executable, "-m", "pytest", "-n", str(test_processes()), "--dist", "worksteal"]
    return [
        Step(
            "tests on SQLite",
            [*pytest, "-m", "not browser and not soak", "--cov", "--cov-branch"],
            env={"TEST_DATABASE_URL": ""},
        ),
        Step(
            "tests on PostgreSQL",
            [*pytest, "-m", "database and not browser and not soak"],
            env={"TEST_DATABASE_URL": PG_TEST_URL},
            is_possible=has_postgresql,
            when_impossible="no PostgreSQL answers at PG_TEST_URL",
        ),
        Step(
            "tests in Chromium",
            [*pytest, "-m", "browser and not soak"],
            env={"TEST_DATABASE_URL": ""},
            is_possible=has_browser,
            when_impossible="no Chromium, and it could not be installed",
        ),
    ]


def test_processes() -> int:
    """Return how many processes share the tests.

    Two at least, because many tests wait for other processes; four at most, because those tests
    want the processor for what they start.
    """
    return max(2, min(4, os.cpu_count() or 1))


def soak_steps() -> list[Step]:
    """Return the long tests: crashes, outages, fuzzing, on both databases."""
    command = [sys.executable, "-m", "pytest", "-m", "soak"]
    return [
        Step("soak on SQLite", command, env={"TEST_DATABASE_URL": ""}),
        Step(
            "soak on PostgreSQL",
            command,
            env={"TEST_DATABASE_URL": PG_TEST_URL},
            is_possible=has_postgresql,
            when_impossible="no PostgreSQL answers at PG_TEST_URL",
        ),
    ]


def chosen_steps() -> list[Step]:
    """Return the checks that the command line asks for."""
    if "--lint" in sys.argv:
        return lint_steps()
    return soak_steps() if "--soak" in sys.argv else steps()


def has_postgresql() -> bool:
    """Return whether a PostgreSQL server answers where the tests look for one."""
    try:
        psycopg.connect(
            PG_TEST_URL.replace("postgres://", "postgresql://"), connect_timeout=3
        ).close()
    except psycopg.Error:
        return False
    return True


def has_browser() -> bool:
    """Return whether there is a Chromium, after trying to install one."""
    return subprocess.run([ROOT / "scripts" / "install_browser.sh"], check=False).returncode == 0


def run(step: Step) -> str:
    """Run one check with its output on the screen; return "passed", "FAILED" or "skipped: why"."""
    print(f"\n--- {step.name} ---", flush=True)
    if not step.is_possible():
        print(f"skipped: {step.when_impossible}", flush=True)
        return f"skipped: {step.when_impossible}"
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        list(step.command), cwd=ROOT, env={**os.environ, "PATH": path, **step.env}, check=False
    )
    return "passed" if done.returncode == 0 else "FAILED"


def main() -> int:
    """Run all checks, also after a failure, and say at the end how each of them went."""
    summary: list[tuple[str, str, float]] = []
    for step in chosen_steps():
        started_at = time.monotonic()
        outcome = run(step)
        summary.append((step.name, outcome, time.monotonic() - started_at))
    print("\n--- summary ---")
    for name, outcome, took_seconds in summary:
        print(f"{name:<26}{took_seconds:6.1f} s  {outcome}")
    outcomes = [outcome for _, outcome, _ in summary]
    has_failed = "FAILED" in outcomes
    is_incomplete = any(outcome.startswith("skipped") for outcome in outcomes)
    if is_incomplete and IS_CI:
        print("Something was skipped; under CI that counts as a failure.")
    elif is_incomplete:
        print("What was skipped is not tested.")
    print(
        "Everything passed." if not has_failed and not is_incomplete else "", end="\n", flush=True
    )
    return 1 if has_failed or (is_incomplete and IS_CI) else 0


if __name__ == "__main__":
    sys.exit(main())
