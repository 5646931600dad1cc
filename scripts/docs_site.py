"""`make docs`: build the documentation site in build/docs, English with Chinese below `zh/`.

The pages are the Markdown of docs/ and of the files beside it, which read well by themselves too.
They are copied to one folder, with links between them kept. What the code knows is made: the API
reference from the OpenAPI description, the page of settings from `.env.example`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from messaging.api.schema import Field

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
SITE = BUILD / "docs"
CONFIGURATION = ROOT / "docs" / "site"

DECISIONS = "decisions/index.md"
#: Files of the repository that are pages of the site under another name.
MOVED = {
    "docs/decisions/README.md": DECISIONS,
    "ARCHITECTURE.md": "developers/architecture.md",
    "CONTRIBUTING.md": "developers/contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
#: The site's sections and their pages, in order; `*` stands for all others of a folder.
SECTIONS = {
    "For receptionists": ["help/en/{receptionists}"],
    "For administrators": ["help/en/{administrators}"],
    "For integrators": [
        "integrators/index",
        "integrators/quick-start",
        "integrators/exports",
        "integrators/reference",
    ],
    "For operators": [
        "operators",
        "operators/settings",
        "operators/secure",
        "operators/single-sign-on",
        "operators/monitor",
        "operators/retention",
        "operators/leave",
        "operators/troubleshooting",
        "data",
        "licenses",
        "*",
    ],
    "For developers": [
        "developers/architecture",
        "developers/contributing",
        "developers/releases",
        "decisions/index",
        "changelog",
    ],
    "Trust": ["security", "threat-model"],
}
CHINESE_SECTIONS = {
    "所有人": ["help/zh-hans/{receptionists}"],
    "管理员": ["help/zh-hans/{administrators}"],
}
#: Fences that Sphinx has no highlighting for.
PLAIN_FENCE = re.compile(r"^```mermaid$", re.MULTILINE)
LINK = re.compile(
    r"(!?)\[([^\]\[]{1,300})\]\((?![a-z]{1,10}:|#)([^)#\s]{1,200})(#[^)\s]{1,200})?\)"
)
SETTING = re.compile(r"^#?([A-Z][A-Z0-9_]{1,60})=(.*)$")
HEADING = re.compile(r"^# --- (.{1,80}?) -+$")


def main() -> int:
    """Build both languages; return 0 when there was nothing to complain about."""
    os.environ.setdefault("SECRET_KEY", "only-to-read-the-descriptions-of-the-api")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "didsms_site.settings")
    os.environ.setdefault("ENV_FILE", "")
    os.environ.setdefault("VAR_DIR", str(BUILD / "var"))
    import django

    django.setup()
    shutil.rmtree(SITE, ignore_errors=True)
    failed = build("en", SITE) or build("zh-hans", SITE / "zh")
    if not failed:
        print(f"The site is in {SITE.relative_to(ROOT)}/: open index.html.")
    return failed


def build(language: str, target: Path) -> int:
    """Build the site in one language; return Sphinx's exit code."""
    source = BUILD / f"docs-source-{language}"
    shutil.rmtree(source, ignore_errors=True)
    for name, text in pages(language).items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for picture in pictures(language):
        path = source / staged(picture)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / picture, path)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    environment = {**os.environ, "DOCS_LANGUAGE": language, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*command, "-c", str(CONFIGURATION), str(source), str(target)],
        env=environment,
        cwd=ROOT,
        check=False,
    ).returncode


def pages(language: str) -> dict[str, str]:
    """Return the Markdown of every page by its name on the site."""
    found = {
        staged(name): on_the_site(name, (ROOT / name).read_text("utf-8"), language)
        for name in sources(language)
    }
    if language == "en":
        found["integrators/reference.md"] = api_reference()
        found["operators/settings.md"] = settings_page((ROOT / ".env.example").read_text("utf-8"))
        found[DECISIONS] += decisions_of(found)
    home = "docs/index.md" if language == "en" else "docs/index.zh-hans.md"
    sections = SECTIONS if language == "en" else CHINESE_SECTIONS
    of_decisions = {name for name in found if name.startswith("decisions/")} - {DECISIONS}
    found["index.md"] = found.pop(staged(home)) + contents(sections, set(found) - of_decisions)
    return found


def decisions_of(found: Iterable[str]) -> str:
    """Return the list of all decisions for the end of their first page."""
    names = sorted(name for name in found if re.match(r"decisions/\d", name))
    entries = [Path(name).stem for name in names]
    return "\n".join(["", "```{toctree}", ":maxdepth: 1", "", *entries, "```", ""])


def sources(language: str) -> list[str]:
    """Return the files of the repository that are pages of the site, from its root."""
    chinese = [*(ROOT / "docs/help/zh-hans").glob("*.md"), ROOT / "docs/index.zh-hans.md"]
    every = {*(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in MOVED)}
    chosen = every.difference(chinese) if language == "en" else chinese
    return sorted(path.relative_to(ROOT).as_posix() for path in chosen)


def pictures(language: str) -> list[str]:
    """Return the pictures of the pages, from the root of the repository."""
    folders = [f"docs/help/pictures/{language}", "docs/screenshots"]
    return sorted(
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).glob("*.png")
    )


def staged(name: str) -> str:
    """Return the name on the site of a file of the repository."""
    return MOVED.get(name) or name.removeprefix("docs/")


def on_the_site(name: str, text: str, language: str) -> str:
    """Return a page as the site needs it: its links lead to pages, and what is no page is text.

    Args:
        name: the file, from the root of the repository.
        text: its Markdown.
        language: whose site it is.
    """
    there = {*sources(language), *pictures(language)}
    made = {"docs/integrators/reference.md", "docs/operators/settings.md"}

    def replaced(link: re.Match[str]) -> str:
        mark, words, target, anchor = link.groups()
        path = os.path.normpath(f"{Path(name).parent}/{target}")
        if path not in there | made:
            return f"`{words}`" if "`" not in words else words
        page = os.path.relpath(staged(path), Path(staged(name)).parent)
        return f"{mark}[{words}]({page}{anchor or ''})"

    return PLAIN_FENCE.sub("```text", LINK.sub(replaced, text))


def contents(sections: dict[str, list[str]], there: set[str]) -> str:
    """Return the list of all pages for the sidebar, which Sphinx reads from the first page.

    Args:
        sections: the pages of each section; `{audience}` stands for its help pages, a last `*` for
            every page that is in no section.
        there: the names of all pages.
    """
    from messaging.services.help.pages import PAGES

    chosen = {
        title: [
            f"{folder}{slug}"
            for folder, brace, audience in (name.partition("{") for name in names if name != "*")
            for slug in (PAGES[audience.rstrip("}")] if brace else ("",))
        ]
        for title, names in sections.items()
    }
    listed = {"index", *(name for names in chosen.values() for name in names)}
    others = sorted({name.removesuffix(".md") for name in there} - listed)
    lists = []
    for title, names in chosen.items():
        rest = others if "*" in sections[title] else []
        head = ["", "```{toctree}", ":hidden:", f":caption: {title}", ""]
        lists.append("\n".join([*head, *names, *rest, "```"]))
    return "\n".join(lists) + "\n"


def api_reference() -> str:
    """Return the page of every call of the API, from the OpenAPI description."""
    from messaging.api.schema import description

    sections, components = description()
    lines = [
        "# API reference",
        "",
        "Made from the OpenAPI description, which your own installation has at `/api/v1/schema/`.",
        "",
    ]
    for section in sections:
        lines += [f"## {section.name}", ""]
        for operation in section.operations:
            lines += [f"### {operation.method} {operation.path}", ""]
            lines += [f"{operation.summary}. {operation.description}".strip(), ""]
            if operation.parameters:
                lines += ["Query parameters:", "", *_table(operation.parameters), ""]
            if operation.body:
                lines += ["Body:", "", *_table(operation.body), ""]
            answers = (f"`{code}` {kind}".strip() for code, kind in operation.answers)
            lines += [f"Answers: {', '.join(answers)}", ""]
    lines += ["## Objects", ""]
    for name, fields in components.items():
        lines += [f"### {name}", "", *_table(fields), ""]
    return "\n".join(lines)


def _table(fields: "list[Field]") -> list[str]:
    rows = ["| Name | Type | Meaning |", "|---|---|---|"]
    for one in fields:
        required = " (required)" if one.is_required else ""
        kind, meaning = (_cell(text) for text in (one.kind, one.description))
        rows.append(f"| `{one.name}` | {kind}{required} | {meaning} |")
    return rows


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def settings_page(example: str) -> str:
    """Return the page of every setting, from `.env.example`."""
    lines = [
        "# Settings",
        "",
        "Every setting is an environment variable, or a line of `.env` beside `manage.py`. "
        "This page is made from `.env.example`. A variable that is set but empty counts as set.",
        "",
    ]
    words: list[str] = []
    for line in example.splitlines():
        if heading := HEADING.match(line):
            lines += [f"## {heading[1]}", ""]
            words = []
        elif setting := SETTING.match(line):
            given = f"Default, or an example: `{setting[2]}`" if setting[2] else "No default."
            lines += [f"### {setting[1]}", "", _cell(" ".join(words)), "", given, ""]
        elif line.startswith("# "):
            words.append(line[2:])
        else:
            words = []
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
