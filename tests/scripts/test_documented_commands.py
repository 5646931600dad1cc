"""What the documents tell people to type and to set exists.

Executed here: the commands of `manage.py` that change nothing but what they say (doctor, check,
upgrade_check, check_reports, rebuild_reports, prune, drf_create_token) and the call of the API as
it is printed. Backups, restores and the files of a release have tests of their own, the commands
of an installation `make deploy-test`. Of every other command, each target, subcommand, option and
file is looked up.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import cache
from io import StringIO

import pytest
from django.core.management import call_command, get_commands, load_command_class

from didsms_site import environment
from tests.factories import make_did, make_user

ROOT = environment.BASE_DIR
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if path.name != "CHANGELOG.md"
)
MAKE = re.compile(r"(?:^ {4}|^ {7}|`)make ([a-z][a-z-]*)", re.MULTILINE)
MANAGE = re.compile(r"manage\.py ([a-z][a-z_]+)([^`\n#|;&]*)")
PATH = re.compile(r"(?<![\w/])((?:deploy|scripts|docs|bench|messaging|didsms_site)/[\w./*-]+\w)")
SETTING = re.compile(r"(?<![\w{])([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b")
NAME = re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+")
#: Where a name in capitals may come from when it is no setting: constants, and what `make` takes.
CODE = ("Makefile", "scripts/**/*.py", "bench/**/*.py", "tests/**/*.py", "deploy/**/*",
        "didsms_site/**/*.py", "messaging/**/*.py")  # fmt: skip
#: Words of an example, and settings of other programs.
PLACEHOLDERS = {"ACCESS_KEY", "ACCESS_SECRET", "HTTPS_PROXY", "PIP_INDEX_URL"}
CURL = re.compile(r"curl -H .*?-d '(\{.*?\})'", re.DOTALL)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_target_of_make_is_there(name):
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))

    assert set(MAKE.findall(read(name))) - targets == set()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_of_manage_and_its_options_are_there(name):
    for command, rest in MANAGE.findall(read(name)):
        assert command in get_commands(), command
        options = re.findall(r"--[a-z][a-z-]+", rest.partition("…")[0])
        app = get_commands()[command]
        parser = (load_command_class(app, command) if isinstance(app, str) else app).create_parser(
            "manage.py", command
        )
        known = {option for action in parser._actions for option in action.option_strings}
        assert set(options) <= known, (command, options)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_a_command_names_is_there(name):
    made = {"deploy/didsms.env"}
    roots = (ROOT, ROOT / "messaging", ROOT / "messaging/services")
    lost = [
        path
        for path in set(PATH.findall(read(name))) - made
        if not any((root / path).exists() or any(root.glob(path)) for root in roots)
        and not any((root / f"{path}.py").exists() for root in roots)
    ]

    assert lost == []


@cache
def names_in_code() -> frozenset[str]:
    texts = [
        path.read_text("utf-8") for pattern in CODE for path in ROOT.glob(pattern) if path.is_file()
    ]
    return frozenset(name for text in texts for name in NAME.findall(text))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_setting_that_a_document_names_is_explained(name):
    explained = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", read(".env.example"), re.MULTILINE))

    named = set(SETTING.findall(read(name))) - PLACEHOLDERS
    assert named - explained - names_in_code() == set()


def test_services_that_commands_of_compose_name_are_there():
    services = set(re.findall(r"^  ([a-z]+):$", read("deploy/compose.yaml"), re.MULTILINE))

    for name in DOCUMENTS:
        for service in re.findall(r"docker compose [^\n`]*\bexec ([a-z]+)", read(name)):
            assert service in services


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["README.md", "docs/integrators/index.md"])
def test_the_call_of_the_api_works_as_it_is_printed(name, client):
    user = make_user("program")
    make_did("8615088888888").members.add(user)
    said = StringIO()
    call_command("create_key", "program", "--name=x", "--scopes=messages:send", stdout=said)
    key = said.getvalue().splitlines()[-1]
    (body,) = CURL.findall(read(name))

    response = client.post(
        "/api/v1/messages/",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )

    assert (response.status_code, response.json()["client_id"]) == (
        201,
        json.loads(body)["client_id"],
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "command",
    ["upgrade_check", "check_reports", "rebuild_reports", "prune", "check"],
)
def test_a_command_that_operators_run_by_hand_runs(command):
    call_command(command, stdout=StringIO())


@pytest.mark.django_db
def test_doctor_speaks_of_everything():
    said = StringIO()

    with suppress(SystemExit):  # something is wrong with a test's installation
        call_command("doctor", stdout=said)

    assert "webhook" in said.getvalue()
