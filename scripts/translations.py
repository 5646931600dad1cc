"""Say what the catalogues of translations lack; with --write collect the texts and compile them.

Babel reads the code, the templates (as Django prepares them for gettext) and the browser's scripts,
so that no program beside Python is needed.
"""

import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("templates", "messaging", "didsms_site", "scripts")
CATALOGUES = "messaging/locale/*/LC_MESSAGES/django.po"
LANGUAGES = {".html": "python", ".txt": "python", ".py": "python", ".js": "javascript"}
KEYWORDS = {
    "gettext_noop": None,
    **DEFAULT_KEYWORDS,
    **{f"{name}_lazy": places for name, places in DEFAULT_KEYWORDS.items()},
}


def texts_of(root: Path) -> Catalog:
    """Return every text that is marked for translation, in the order of the code."""
    texts = Catalog()
    for path in _sources(root):
        for line, text, _comments, context in extract(
            LANGUAGES[path.suffix], io.BytesIO(_readable(path).encode()), KEYWORDS
        ):
            texts.add(text, context=context, locations=[(str(path.relative_to(root)), line)])
    return texts


def problems_of(root: Path) -> list[str]:
    """Return, a line each, what keeps the translations below a folder from being complete."""
    texts = texts_of(root)
    problems = []
    for path in sorted(root.glob(CATALOGUES)):
        catalogue = _catalogue(path)
        found = [
            *_missing(texts, catalogue),
            *_superfluous(texts, catalogue),
            *_unfinished(catalogue),
            *_not_compiled(catalogue, path.with_suffix(".mo")),
        ]
        problems += [f"{path.relative_to(root)}: {problem}" for problem in found]
    return problems


def write(root: Path) -> None:
    """Bring each catalogue into step with the code, and compile it.

    A translation stays as long as its text; a new text comes without one.
    """
    texts = texts_of(root)
    for path in sorted(root.glob(CATALOGUES)):
        old = _catalogue(path)
        new = Catalog(locale=old.locale)
        for message in _messages(texts):
            known = _same(old, message)
            new.add(
                message.id,
                known.string if known else "",
                context=message.context,
                flags=known.flags if known else (),
            )
        # Babel's header would name the program and the hour.
        header = path.read_text("utf-8").split("\n\n")[0]
        body = io.BytesIO()
        write_po(body, new, width=0, no_location=True, omit_header=True)
        path.write_text(f"{header}\n\n{body.getvalue().decode().strip()}\n", "utf-8")
        _compile(_catalogue(path), path.with_suffix(".mo"))


def _sources(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted(path for path in (root / folder).rglob("*") if path.suffix in LANGUAGES)


def _readable(path: Path) -> str:
    """Return a source as Babel can read it."""
    source = path.read_text("utf-8")
    if path.suffix not in {".html", ".txt"}:
        return source
    # As code a template is indented wildly, which Python would refuse.
    return "\n".join(line.lstrip() for line in templatize(source, origin=str(path)).split("\n"))


def _catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _same(catalogue: Catalog, message: Message) -> Message | None:
    """Return a catalogue's entry for the same text, plural and context."""
    found = catalogue.get(message.id, message.context)
    return found if found and found.id == message.id else None


def _missing(texts: Catalog, catalogue: Catalog) -> Iterator[str]:
    for text in _messages(texts):
        if not _same(catalogue, text):
            file, line = text.locations[0]
            yield f"lacks {text.id!r} of {file}:{line}; `make messages` adds it"


def _superfluous(texts: Catalog, catalogue: Catalog) -> Iterator[str]:
    for message in _messages(catalogue):
        if not _same(texts, message):
            yield f"has {message.id!r}, which nothing says any more; `make messages` removes it"


def _unfinished(catalogue: Catalog) -> Iterator[str]:
    for message in _messages(catalogue):
        if not all(_forms(message.string)):
            yield f"does not translate {message.id!r}"
        if message.fuzzy:
            yield f"is not sure (fuzzy) about {message.id!r}"
        yield from (f"{error} in {message.id!r}" for error in message.check(catalogue))


def _not_compiled(catalogue: Catalog, compiled: Path) -> Iterator[str]:
    if not _is_compiled(catalogue, compiled):
        yield f"is not what {compiled.name} was compiled from; `make messages` compiles it"


def _is_compiled(catalogue: Catalog, compiled: Path) -> bool:
    if not compiled.exists():
        return False
    wanted = io.BytesIO()
    write_mo(wanted, catalogue)
    wanted.seek(0)
    with compiled.open("rb") as present:
        return _content(present) == _content(wanted)


def _content(compiled: IO[bytes]) -> object:
    """Return what a compiled catalogue says; the hour in its header does not count."""
    catalogue = read_mo(compiled)
    strings = {
        (message.context, _forms(message.id)): _forms(message.string)
        for message in _messages(catalogue)
    }
    return catalogue.plural_forms, strings


def _forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return a text's forms: one, or one for each plural."""
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _compile(catalogue: Catalog, compiled: Path) -> None:
    if not _is_compiled(catalogue, compiled):  # its header names the hour
        with compiled.open("wb") as file:
            write_mo(file, catalogue)


def main() -> int:
    """Print what is wrong, or fix what a program can."""
    if "--write" in sys.argv:
        write(ROOT)
    problems = problems_of(ROOT)
    print("\n".join(problems) or "The translations are complete.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
