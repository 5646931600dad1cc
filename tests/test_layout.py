"""Where files belong: nothing new beside the packages, and no code in their `__init__`."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from scripts.check import BROWSER_TESTS

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ROOT / "messaging/services"
PACKAGES = sorted(path.parent for path in SERVICES.rglob("__init__.py"))
#: A line of a package's docstring that says which file tests some of its modules.
TESTED_ELSEWHERE = re.compile(r"^    ([a-z0-9_, ]+): ([a-z0-9_/]+)$", re.MULTILINE)

#: What may lie beside the packages: the entry points that settings and servers name, and what
#: every package needs.
FLAT = {
    "messaging": {
        "apps", "checks", "number_readings", "phone_numbers", "policy", "process_thread",
        "push_labels", "reason_codes", "reasons", "sentences", "sms_text", "status_words",
        "statuses", "stopwatch", "typed_numbers", "urls",
    },
    "messaging/services": {"database_deadline", "errors"},
    "messaging/views": set(),
    "didsms_site": {
        "admin_config", "environment", "gunicorn.conf", "log_limit", "logs", "serve",
        "settings", "static_files", "urls", "wsgi",
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


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_module_of_services_has_a_test_of_its_name_or_its_package_says_where(package):
    mirror = ROOT / "tests/services" / package.relative_to(SERVICES)
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    own = {name for name in modules if (mirror / f"test_{name}.py").exists()}
    docstring = ast.get_docstring(
        ast.parse((package / "__init__.py").read_text("utf-8")), clean=False
    )
    elsewhere = {
        name: ROOT / "tests" / f"{file}.py"
        for names, file in TESTED_ELSEWHERE.findall(docstring or "")
        for name in names.split(", ")
    }

    assert (own | set(elsewhere), own & set(elsewhere)) == (modules, set())
    assert [file for file in elsewhere.values() if not file.exists()] == []


@pytest.mark.parametrize(
    ("module", "name"),
    [
        pytest.param("services.sending.retry_delay", "FIRST_RETRY_SECONDS", id="retry delay"),
        pytest.param("services.content.keywords", "KEYWORDS", id="keyword list"),
        pytest.param("models.visibility", "is_administrator", id="who may see a conversation"),
        pytest.param("views.machines.webhook", "WEBHOOK_BODY_LIMIT_BYTES", id="webhook's limit"),
        pytest.param("services.inbox.waiting_thresholds", "WAITS_LONG_AFTER", id="row's color"),
        pytest.param("services.outbox.undo_window", "UNDO_WINDOW", id="undo window"),
        pytest.param("models.queue_order", "QUEUE_ORDER", id="order of the queue"),
    ],
)
def test_what_people_ask_for_is_where_its_name_says(module, name):
    assert hasattr(import_module(f"messaging.{module}"), name)


DOCUMENTS = [
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
]  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_a_document_names_is_there(name):
    text = (ROOT / name).read_text("utf-8")
    # A bare name is explained by the sentence around it; a path is said from the root or the app.
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*\.(?:py|js|css|html|md|toml))`", text))

    roots = (ROOT, ROOT / "messaging", ROOT / "messaging/services")
    missing = {path for path in named if not any((root / path).exists() for root in roots)}

    assert missing == set()


def test_tests_in_chromium_lie_where_make_test_looks_for_them():
    marked = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if "pytest.mark.browser" in path.read_text("utf-8") and path != Path(__file__)
    }

    assert {path for path in marked if not path.startswith(BROWSER_TESTS)} == set()
