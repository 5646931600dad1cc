"""Documents that list things list all of them."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest
from django.apps import apps

from didsms_site import environment

#: A table with such a column holds something of a person.
PERSONAL = {"content", "phone", "phone_key", "email", "raw_body", "session_data", "remote_addr"}
#: Texts of ours.
NOT_PERSONAL = {"messaging_cannedreply"}


def read(name: str) -> str:
    return (environment.BASE_DIR / name).read_text("utf-8")


def test_every_table_has_its_place_in_the_data_map():
    named = set(re.findall(r"`([a-z]+_[a-z]+)`", read("docs/data.md")))
    tables = {model._meta.db_table for model in apps.get_models()}

    personal = {
        model._meta.db_table
        for model in apps.get_models()
        if PERSONAL & {field.name for field in model._meta.get_fields()}
    }
    assert named <= tables
    assert personal - NOT_PERSONAL <= named


def test_every_package_has_its_license():
    listed = set(re.findall(r"[a-z][a-z0-9-]+", read("docs/licenses.md")))
    locked = set(re.findall(r"^([a-z0-9-]+)==", read("requirements.txt"), re.MULTILINE))

    assert locked <= listed


@pytest.mark.parametrize(
    "name", ["SECURITY.md", "docs/operators.md", "docs/data.md", "docs/security.md"]
)
def test_links_between_documents_lead_somewhere(name):
    text = read(name)
    folder = (environment.BASE_DIR / name).parent

    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (folder / target).exists(), target


@cache
def names_in(name: str) -> set[str]:
    """The names of the tests of a file."""
    tree = ast.parse(read(f"tests/{name}"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_and_setting_that_the_page_of_security_names_is_there():
    text = read("docs/security.md")
    named = re.findall(r"`tests/([a-z0-9_/]+\.py)(?:::(\w+))?`", text)
    settings = set(re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=\w+)?`", text))
    folders = set(re.findall(r"`((?:services|deploy)/[a-z_/]*)`", text))

    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (environment.BASE_DIR / "tests" / file).exists()
        or (name and name not in names_in(file))
    ]
    known = set(re.findall(r"^#([A-Z_]+)=", read(".env.example"), re.MULTILINE))
    assert len(named) > 100
    assert missing == []
    assert settings <= known
    for folder in folders:
        inside = folder if folder.startswith("deploy") else f"messaging/{folder}"
        assert (environment.BASE_DIR / inside).is_dir(), folder


def test_every_row_of_the_page_of_security_names_its_test_or_says_why_there_is_none():
    """A point without a test is not met, depends on the operator, or is proved by the linter."""
    for line in read("docs/security.md").splitlines():
        if re.match(r"\| [0-9]+\.[0-9]+\.", line):
            _, points, demand, how, tests, _ = line.split("|")
            excused = "**Not met**" in how or "**Operator**" in how or "linter rule" in tests
            assert demand.strip(), points
            assert "test_" in tests or excused or "no such code" in tests, points


def test_the_page_of_security_has_each_point_once():
    rows = re.findall(r"^\| ([0-9]+\.[0-9][^|]*) \|", read("docs/security.md"), re.MULTILINE)
    points = [point for row in rows for point in row.split(", ")]

    assert len(points) == len(set(points))
