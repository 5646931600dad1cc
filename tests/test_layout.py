"""Where files belong: nothing new beside the packages, and no code in their `__init__`."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: What may lie beside the packages: the entry points that settings and servers name, and what
#: every package needs.
FLAT = {
    "messaging": {
        "apps", "checks", "number_readings", "phone_numbers", "process_thread", "reasons",
        "sms_text", "status_words", "statuses", "stopwatch", "urls",
    },
    "messaging/services": {"database_deadline", "errors"},
    "messaging/views": set(),
    "didsms_site": {
        "admin_config", "environment", "gunicorn.conf", "log_limit", "logs", "settings",
        "static_files", "urls", "wsgi",
    },
}  # fmt: skip


@pytest.mark.parametrize("folder", FLAT)
def test_no_module_lies_flat_beside_the_packages(folder):
    modules = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}

    assert modules == FLAT[folder]


@pytest.mark.parametrize("folder", ["messaging/services", "messaging/views"])
def test_a_package_says_what_it_is_for_and_holds_nothing_else(folder):
    for path in sorted((ROOT / folder).rglob("__init__.py")):
        body = ast.parse(path.read_text("utf-8")).body
        assert [type(node) for node in body] == [ast.Expr], path
        assert isinstance(body[0].value, ast.Constant), path
