"""A page names every module that its scripts import, once."""

import re

import pytest
from django.template import Context, Template
from django.templatetags.static import static

from messaging.templatetags.module_scripts import imported_modules, imports_of
from tests.processes import ROOT

SCRIPTS = ROOT / "messaging" / "static"
ALONE = ["boot", "copy", "passkeys", "poll", "print", "settings"]
HREF = re.compile(r'<link rel="modulepreload" href="([^"]+)">')


def render(*names: str) -> str:
    listed = " ".join(f'"{name}"' for name in names)
    return Template(f"{{% load module_scripts %}}{{% module_scripts {listed} %}}").render(Context())


def test_a_script_without_imports_needs_no_hint():
    assert render("messaging/js/page/print.js") == (
        '<script type="module" src="/static/messaging/js/page/print.js"></script>'
    )


def test_modules_are_named_as_the_scripts_that_import_them_name_them():
    html = render("messaging/js/page/settings.js")

    assert html.splitlines() == [
        '<link rel="modulepreload" href="/static/messaging/js/core/toasts.js">',
        '<link rel="modulepreload" href="/static/messaging/js/core/requests.js">',
        '<script type="module" src="/static/messaging/js/page/settings.js"></script>',
    ]


def test_what_several_scripts_import_is_named_once_and_no_script_is_hinted():
    names = ["messaging/js/app.js", "messaging/js/thread/thread.js", "messaging/js/live.js"]

    hrefs = HREF.findall(render(*names))

    assert len(hrefs) == len(set(hrefs))
    assert static("messaging/js/core/requests.js") in hrefs
    assert not {static(name) for name in names} & set(hrefs)


def test_every_module_belongs_to_a_page():
    """A module that no page reaches is left over, or its page does not name it."""
    pages = ["messaging/js/app.js", "messaging/js/thread/thread.js", "messaging/js/live.js"]
    alone = {f"messaging/js/page/{name}.js" for name in ALONE}
    every = {path.relative_to(SCRIPTS).as_posix() for path in SCRIPTS.rglob("*.js")}

    assert {*pages, *imported_modules(*pages)} | alone == every


def folder_of(name: str) -> str:
    return name.removeprefix("messaging/js/").rpartition("/")[0]


def test_folders_import_only_what_is_below_them():
    below = {
        "core": set(),
        "list": {"core"},
        "composer": {"core"},
        "thread": {"core", "composer"},
        "page": {"core", "list"},
        "": {"core", "list", "thread", "page", "composer"},
    }
    wrong = [
        f"{name} imports {imported}"
        for path in SCRIPTS.rglob("*.js")
        for name in [path.relative_to(SCRIPTS).as_posix()]
        for imported in imports_of(name)
        if folder_of(imported) not in below[folder_of(name)] | {folder_of(name)}
    ]

    assert wrong == []


def test_a_script_that_is_missing_says_so():
    with pytest.raises(FileNotFoundError, match=r"gone\.js"):
        imported_modules("messaging/js/gone.js")
