"""Known weaknesses: what is accepted has a reason and a last day, and no network is no failure."""

from __future__ import annotations

import io
import subprocess
import urllib.request
from datetime import date

import pytest

from scripts import audit, check

ACCEPTED = """\
[[accepted]]
id = "GHSA-1"
reason = "We never call it."
until = 2027-01-31
"""


@pytest.fixture
def commands(monkeypatch):
    ran = []

    def run(command, **_kwargs):
        ran.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return ran


def test_the_file_of_exceptions_can_be_read():
    audit.accepted_weaknesses(audit.EXCEPTIONS.read_text("utf-8"))


def test_an_exception_has_a_reason_and_a_last_day():
    assert audit.accepted_weaknesses(ACCEPTED) == [
        audit.AcceptedWeakness("GHSA-1", "We never call it.", date(2027, 1, 31))
    ]
    with pytest.raises(KeyError):
        audit.accepted_weaknesses(ACCEPTED.replace("reason", "because"))
    with pytest.raises(TypeError):
        audit.accepted_weaknesses(ACCEPTED.replace("2027-01-31", '"soon"'))


@pytest.mark.parametrize(
    ("until", "code", "ignored"),
    [("2999-01-31", 0, ["--ignore-vuln=GHSA-1"]), ("2020-01-31", 1, [])],
    ids=["still accepted", "over"],
)
def test_an_exception_counts_until_its_last_day(
    until, code, ignored, commands, monkeypatch, tmp_path
):
    monkeypatch.setattr(audit, "EXCEPTIONS", tmp_path / "audit.toml")
    audit.EXCEPTIONS.write_text(ACCEPTED.replace("2027-01-31", until), "utf-8")

    assert audit.main() == code
    assert [word for word in commands[0] if word.startswith("--ignore")] == ignored


@pytest.mark.parametrize(
    ("answer", "answers"),
    [(b'{"vulnerabilities": []}', True), (b'{"info": {}}', False), (b"", False)],
    ids=["the database", "a mirror without it", "nothing"],
)
def test_only_a_database_that_knows_weaknesses_is_asked(answer, answers, monkeypatch):
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_args, **_kwargs: io.BytesIO(answer))

    assert audit.database_answers() is answers


def test_a_database_that_is_not_reached_is_none(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(urllib.request, "urlopen", refuse)

    assert audit.database_answers() is False


def test_a_skip_for_want_of_a_network_does_not_fail_ci():
    step = check.Step(
        "weaknesses", [], is_possible=lambda: False, when_impossible="away", may_be_skipped=True
    )
    other = check.Step("other", [], is_possible=lambda: False, when_impossible="away")

    assert (check.run(step).said, check.run(step).is_incomplete) == ("skipped: away", False)
    assert check.run(other).is_incomplete
