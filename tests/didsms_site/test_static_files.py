import re
from pathlib import Path

import pytest
from django.templatetags.static import static

from didsms_site.static_files import StaticFilesStorage
from tests.processes import ROOT, process_environment, run_manage

IMPORTED_FILE = re.compile(r"""["']\.[./]*/(?:\w+/)?([\w.-]+\.js)["']""")


def test_what_was_never_collected_keeps_its_plain_name():
    assert static("messaging/css/notice.css") == "/static/messaging/css/notice.css"


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("collected")
    env = process_environment(var_dir=folder)
    run_manage("collectstatic", "--no-input", "-v0", env=env)
    return folder / "static"


@pytest.mark.nightly
def test_collected_files_are_named_by_their_content(collected: Path, settings):
    storage = StaticFilesStorage(location=collected, base_url="/static/")

    url = storage.url("messaging/css/notice.css")

    assert url.startswith("/static/messaging/css/notice.")
    assert (collected / url.removeprefix("/static/")).is_file()
    assert storage.url("messaging/css/brand-new.css") == "/static/messaging/css/brand-new.css"


def test_our_scripts_import_each_other_by_hashed_names(collected: Path):
    plain_names = {path.name for path in (ROOT / "messaging" / "static").rglob("*.js")}
    imported = [
        name
        for path in (collected / "messaging").rglob("*.????????????.js")
        for name in IMPORTED_FILE.findall(path.read_text("utf-8"))
    ]

    assert imported
    assert [name for name in imported if name in plain_names] == []
