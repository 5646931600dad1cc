"""Documents that list things list all of them."""

from __future__ import annotations

import re

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


@pytest.mark.parametrize("name", ["SECURITY.md", "docs/operators.md", "docs/data.md"])
def test_links_between_documents_lead_somewhere(name):
    text = read(name)
    folder = (environment.BASE_DIR / name).parent

    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (folder / target).exists(), target
