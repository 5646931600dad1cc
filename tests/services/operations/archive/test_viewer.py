"""The pages of an archive can be read without didsms, and run nothing that somebody wrote."""

from __future__ import annotations

import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest
from django.utils import translation

from messaging.models import Message
from messaging.services.operations.archive import viewer
from messaging.services.operations.archive.take import export_archive
from tests.factories import NOW, make_inbound, make_outbound

from .conftest import ODD

pytestmark = pytest.mark.django_db


class Parser(HTMLParser):
    """Collects elements, addresses and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in {"href", "src"}]
        self.handlers += [name for name, _value in attrs if name.startswith(("on", "style"))]

    def handle_data(self, data):
        self.text += data


def pages_of(path: Path) -> dict[str, Parser]:
    """Return the parsed pages."""
    found = {}
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            if name.endswith(".html"):
                found[name] = Parser()
                found[name].feed(file.read(name).decode())
    return found


def test_what_people_wrote_is_text_and_nothing_runs(archive):
    pages = pages_of(archive)
    thread = Message.objects.earliest("id").conversation_id
    page = pages[f"view/conversation-{thread}.html"]

    for words in (ODD.replace("\r\n", "\n"), "<script>alert(1)</script>", "Gold & <i>co</i>",
                  "always <late>", "@boss <look>", "VIP", "my card is ***"):  # fmt: skip
        assert words in page.text.replace("\r\n", "\n"), words
    for name, parsed in pages.items():
        assert not {"script", "b", "i", "img", "iframe", "form"} & set(parsed.tags), name
        assert parsed.handlers == [], name


def test_every_address_is_a_file_of_the_archive(archive):
    with zipfile.ZipFile(archive) as file:
        names = set(file.namelist())

    for name, parsed in pages_of(archive).items():
        for address in parsed.addresses:
            target = PurePosixPath(name).parent / address
            plain = re.sub(r"[^/]+/\.\./", "", str(target))
            assert plain in names, (name, address)


def test_what_people_keep_for_themselves_is_on_no_page(archive):
    everything = "".join(page.text for page in pages_of(archive).values())

    for words in ("half a text", "secret habit", "4111", "forget me"):
        assert words not in everything


def test_there_are_lists_of_some_and_entries_in_the_order_of_time(db, tmp_path, monkeypatch):
    monkeypatch.setattr(viewer, "LISTED", 2)
    monkeypatch.setattr(viewer, "AT_ONCE", 1)
    for number in range(3):
        make_inbound(phone=f"3460000000{number}", content="first")
    thread = make_inbound(phone="34600000000", content="second").conversation
    make_outbound(thread, "third")
    export_archive(path=tmp_path / "a.zip", at=NOW)

    pages = pages_of(tmp_path / "a.zip")

    text = pages[f"view/conversation-{thread.pk}.html"].text
    assert text.index("first") < text.index("second") < text.index("third")
    assert "1–2" in pages["index.html"].text
    assert "3–3" in pages["index.html"].text
    assert "view/conversations-2.html" in pages


def test_the_pages_speak_the_language_that_was_asked_for(db, tmp_path):
    make_inbound()
    with translation.override("zh-hans"):
        export_archive(path=tmp_path / "a.zip", at=NOW)

    assert "会话" in pages_of(tmp_path / "a.zip")["index.html"].text


def test_an_empty_installation_has_an_index(db, tmp_path):
    export_archive(path=tmp_path / "a.zip", at=NOW)

    assert list(pages_of(tmp_path / "a.zip")) == ["index.html"]
