"""`make test`: every check that must pass, with a plain summary at the end."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import psycopg

from scripts.audit import database_answers
from scripts.previous_version import NoPreviousVersion, previous_version

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PG_TEST_URL = os.environ.get("PG_TEST_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
#: The folders of the tests in Chromium; `tests/test_layout.py` finds those that lie elsewhere.
BROWSER_TESTS = ("tests/browser", "tests/js")
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
    #: CI may lack what it needs, such as the way to another host.
    may_be_skipped: bool = False


@dataclass
class Outcome:
    """What became of a step: "passed", "FAILED" or "skipped: why"."""

    name: str
    said: str
    took_seconds: float
    is_incomplete: bool = False


def lint_steps() -> list[Step]:
    """Return the checks that read the code."""
    manage = [sys.executable, "manage.py"]
    return [
        Step("ruff check", ["ruff", "check", "."]),
        Step("ruff format", ["ruff", "format", "--check", "."]),
        Step("locked packages fit", [sys.executable, "-m", "pip", "check"]),
        Step("import layers", ["lint-imports"]),
        Step("templates", ["djlint", "--lint", "--quiet", "templates", "messaging"]),
        Step("scripts of the pages", ["oxlint", "--deny-warnings", "messaging"]),
        Step("deployment files", [sys.executable, "-m", "scripts.deploy_lint"]),
        Step(
            "no known weaknesses",
            [sys.executable, "-m", "scripts.audit"],
            is_possible=database_answers,
            when_impossible="the database of known weaknesses (pypi.org) can’t be reached",
            may_be_skipped=True,
        ),
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


def types_step() -> Step:
    """Return the check of types, which takes longer than all that read the code together."""
    # It leaves the folder of tests/settings.py behind, so that belongs into ours.
    return Step("mypy", ["mypy"], env={"TMPDIR": _FOLDER.name})


def collecting_step() -> Step:
    """Return what reads all tests; what pytest makes of their code is kept for the runs below."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qqqq", "-m", "not soak"]
    return Step("tests can be read", command, env={"TEST_DATABASE_URL": ""})


def test_steps() -> list[Step]:
    """Return the checks that run the code: those that take longest first."""
    sqlite, chromium, postgresql = map(pytest_command, ("sqlite", "chromium", "postgresql"))
    return [
        Step(
            "tests on SQLite",
            [*sqlite, "-m", "not browser and not soak and not nightly"],
            env={"TEST_DATABASE_URL": ""},
        ),
        Step(
            "tests in Chromium",
            # Only where such tests may be: looking for them elsewhere takes some seconds.
            [*chromium, "-m", "browser and not soak and not nightly", *BROWSER_TESTS],
            env={"TEST_DATABASE_URL": ""},
            is_possible=has_browser,
            when_impossible="no Chromium, and it could not be installed",
        ),
        Step(
            "tests on PostgreSQL",
            [
                *postgresql,
                "-m",
                "database and not (browser or soak or nightly or nightly_on_postgresql)",
                *files_with_database_tests(),
            ],
            env={"TEST_DATABASE_URL": PG_TEST_URL},
            is_possible=has_postgresql,
            when_impossible="no PostgreSQL answers at PG_TEST_URL",
        ),
    ]


def files_with_database_tests() -> list[str]:
    """Return the files that have a test marked `database`: reading all takes twice as long."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [
        str(file.relative_to(ROOT))
        for file in files
        if "mark.database" in file.read_text(encoding="utf-8")
    ]


def nightly_steps() -> list[Step]:
    """Return what `make test` leaves out, because it rarely changes.

    These are pages in further themes and sizes, details of pages whose main use stays in
    `make test`, the migrations that a later one replaces, some whole installations of which a
    shorter test stays there, and on PostgreSQL what has said the same as on SQLite so far.
    """
    rest = pytest_command("nightly")
    return [
        Step(
            "every theme and size",
            [*pytest_command("nightly"), "-m", "nightly", *BROWSER_TESTS],
            env={"TEST_DATABASE_URL": ""},
            is_possible=has_browser,
            when_impossible="no Chromium, and it could not be installed",
        ),
        Step(
            "nightly on SQLite",
            [*rest, "-m", "nightly and not browser"],
            env={"TEST_DATABASE_URL": ""},
        ),
        Step(
            "nightly on PostgreSQL",
            [*rest, "-m", "database and (nightly or nightly_on_postgresql) and not browser"],
            env={"TEST_DATABASE_URL": PG_TEST_URL},
            is_possible=has_postgresql,
            when_impossible="no PostgreSQL answers at PG_TEST_URL",
        ),
    ]


def coverage_steps() -> list[Step]:
    """Return the tests on both databases with a measure of what they run; too little is a failure.

    Without those that take the time of regular expressions: measured, everything takes longer.
    """
    command = [
        *pytest_command("coverage"),
        "--ignore=tests/test_patterns.py",
        "--cov",
        "--cov-branch",
        "--cov-report=",
        "--cov-fail-under=0",
    ]
    others = "not browser and not soak and not nightly"
    return [
        Step("tests on SQLite", [*command, "-m", others], env={"TEST_DATABASE_URL": ""}),
        Step(
            "tests on PostgreSQL",
            [*command, "--cov-append", "-m", f"database and {others}"],
            env={"TEST_DATABASE_URL": PG_TEST_URL},
            is_possible=has_postgresql,
            when_impossible="no PostgreSQL answers at PG_TEST_URL",
        ),
        Step("coverage", [sys.executable, "-m", "coverage", "report"]),
    ]


def pytest_command(name: str) -> list[str]:
    """Return the command that runs tests in several processes, with a folder for what is left.

    Two at least, because many tests wait for other processes; four at most, because those tests
    want the processor for what they start.
    """
    processes = max(2, min(4, os.cpu_count() or 1))
    return [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        str(processes),
        "--dist",
        "worksteal",
        f"--output=test-results/{name}",
    ]


def soak_steps() -> list[Step]:
    """Return the long tests: crashes, outages, fuzzing, on both databases."""
    command = [sys.executable, "-m", "pytest", "-m", "soak", "--hypothesis-profile=other"]
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


def system_steps(name: str, file: str) -> list[Step]:
    """Return one test of the whole product, on each database; it prints its figures."""
    command = [sys.executable, "-m", "pytest", "-q", f"tests/system/{file}.py"]
    return [
        Step(f"{name} on SQLite", command, env={"TEST_DATABASE_URL": ""}),
        Step(
            f"{name} on PostgreSQL",
            command,
            env={"TEST_DATABASE_URL": PG_TEST_URL},
            is_possible=has_postgresql,
            when_impossible="no PostgreSQL answers at PG_TEST_URL",
        ),
    ]


def chosen_outcomes(arguments: Sequence[str]) -> list[Outcome]:
    """Run the checks that the command line asks for."""
    if "--lint" in arguments:
        return run_in_turn([*lint_steps(), types_step()])
    if "--soak" in arguments:
        return run_in_turn(soak_steps())
    if "--drill" in arguments:
        return run_in_turn(system_steps("drill", "test_restore"))
    if "--upgrade-drill" in arguments:
        try:
            previous_version()
        except NoPreviousVersion as why:
            return [Outcome("upgrade drill", f"skipped: {why}", 0.0)]
        return run_in_turn(system_steps("upgrade drill", "test_upgrade"))
    if "--chaos" in arguments:
        return run_in_turn(system_steps("chaos", "test_chaos"))
    if "--nightly" in arguments:
        return run_in_turn(nightly_steps())
    if "--coverage" in arguments:
        return run_in_turn(coverage_steps())
    return [
        *run_beside(collecting_step(), lint_steps()),
        *run_side_by_side([*test_steps(), types_step()]),
    ]


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


def run_in_turn(steps: Iterable[Step]) -> list[Outcome]:
    """Run one check after the other with its output on the screen."""
    return [run(step) for step in steps]


def run_beside(quiet: Step, steps: Iterable[Step]) -> list[Outcome]:
    """Run one check while others run in turn; what it prints is shown when it fails."""
    with ThreadPoolExecutor(1) as threads:
        quietly = threads.submit(run_quietly, quiet, shows=lambda outcome: outcome.said == "FAILED")
        return [*run_in_turn(steps), quietly.result()]


def run_side_by_side(steps: Sequence[Step]) -> list[Outcome]:
    """Run two checks at a time, and print the output of each when it ends.

    Each of them waits a lot, for a browser, a disk or another process: the other uses that time.
    """
    print(f"\n--- side by side: {', '.join(step.name for step in steps)} ---", flush=True)
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(run_quietly, steps))


def run_quietly(step: Step, *, shows: Callable[[Outcome], bool] = lambda _: True) -> Outcome:
    """Run one check and print its output at its end, if it is to be shown."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        outcome = run(step, output=output)
        output.seek(0)
        if shows(outcome):
            print(f"\n--- {step.name} ---\n{output.read()}", end="", flush=True)
    return outcome


def run(step: Step, *, output: TextIO | None = None) -> Outcome:
    """Run one check, with its output in a file or on the screen."""
    began = time.monotonic()
    if output is None:
        print(f"\n--- {step.name} ---", flush=True)
    if not step.is_possible():
        print(f"{step.name}: skipped: {step.when_impossible}", flush=True)
        said = f"skipped: {step.when_impossible}"
        return Outcome(
            step.name, said, time.monotonic() - began, is_incomplete=not step.may_be_skipped
        )
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    # Six processes read the same tests: without kept byte code each of them compiles all.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        list(step.command),
        cwd=ROOT,
        env={**inherited, "PATH": path, **step.env},
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        check=False,
    )
    said = "passed" if done.returncode == 0 else "FAILED"
    return Outcome(step.name, said, time.monotonic() - began)


def main() -> int:
    """Run all checks, also after a failure, and say at the end how each of them went."""
    began = time.monotonic()
    outcomes = chosen_outcomes(sys.argv[1:])
    print("\n--- summary ---")
    for outcome in outcomes:
        print(f"{outcome.name:<26}{outcome.took_seconds:6.1f} s  {outcome.said}")
    print(f"{'in all':<26}{time.monotonic() - began:6.1f} s")
    has_failed = any(outcome.said == "FAILED" for outcome in outcomes)
    is_incomplete = any(outcome.is_incomplete for outcome in outcomes)
    if is_incomplete and IS_CI:
        print("Something was skipped; under CI that counts as a failure.")
    elif is_incomplete:
        print("What was skipped is not tested.")
    if not has_failed and not is_incomplete:
        print("Everything passed.", flush=True)
    return 1 if has_failed or (is_incomplete and IS_CI) else 0


if __name__ == "__main__":
    sys.exit(main())
