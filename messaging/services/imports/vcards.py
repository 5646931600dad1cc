"""vCards 2.1, 3.0 and 4.0 as rows of cells: folded lines, quoted-printable, charsets, groups."""

from __future__ import annotations

import binascii
import quopri
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Numbers that are taken from one card.
MOST_PHONES: Final = 10
#: The names of a card's columns, in words that `columns.py` knows, the numbers at the end.
HEADINGS: Final = ("Name", "Email", "Language", "Organization", "Title", "Note")
_BEGIN: Final = re.compile(r"BEGIN:VCARD", re.IGNORECASE)
#: Where a card begins in a file, after what editors put before it.
SEARCHED_CHARACTERS: Final = 1000
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_CHARSET: Final = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
_SEPARATES: Final = re.compile(r"(?<!\\);")
#: What comes before a value: up to the first colon that is in no quotation marks.
_HEAD: Final = re.compile(r'\A(?:[^":]|"[^"]*"|")*+(?=:)')
#: What a decoder may bring that no database keeps.
_UNUSABLE: Final = re.compile("[\0\ud800-\udfff]")
_URI: Final = re.compile(r"tel:", re.IGNORECASE)


def is_vcard(text: str) -> bool:
    """Tell whether a file holds vCards."""
    begin = text[:SEARCHED_CHARACTERS].lstrip()
    return _BEGIN.match(begin) is not None


def vcards_as_rows(text: str) -> Iterator[list[str]]:
    """Yield the names of the columns, then a row for each card."""
    yield [*HEADINGS, *(f"Phone {number}" for number in range(1, MOST_PHONES + 1))]
    card: dict[str, list[str]] | None = None
    for line in _unfolded(text):
        word = line.strip().upper()
        if word == "BEGIN:VCARD":
            card = {}
        elif word == "END:VCARD":
            if card is not None:
                yield _row(card)
            card = None
        elif card is not None:
            _take(line, card)


def _unfolded(text: str) -> Iterator[str]:
    """Yield whole lines: a blank at the beginning goes on, and so does a soft end (=)."""
    parts: list[str] = []
    is_quoted = is_soft = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if is_soft:
            parts[-1] = parts[-1][:-1]
            parts.append(line)
        elif line[:1] in (" ", "\t") and parts:
            parts.append(line[1:])
        else:
            if parts:
                yield "".join(parts)
            parts = [line] if line else []
            is_quoted = "QUOTED-PRINTABLE" in line[:200].partition(":")[0].upper()
        is_soft = is_quoted and bool(parts) and parts[-1].endswith("=")
    if parts:
        yield "".join(parts)


def _take(line: str, card: dict[str, list[str]]) -> None:
    """Put a property's value into the card, if it is one that we use."""
    head = _HEAD.match(line)
    if head is None:
        return
    value = line[head.end() + 1 :]
    name, *parameters = head[0].split(";")
    name = name.rpartition(".")[2].strip().upper()
    if name not in {"FN", "N", "TEL", "EMAIL", "LANG", "ORG", "TITLE", "NOTE"}:
        return
    given = [word.strip().upper() for word in parameters]
    if name == "TEL" and any("FAX" in word for word in given):
        return
    # A name has parts; what is an escaped semicolon in it stays in its part.
    text = _decoded(value, given)
    parts = _SEPARATES.split(text) if name in {"N", "ORG"} else [text]
    plain = [_ESCAPED.sub(_unescaped, part).strip() for part in parts]
    if name == "N":
        card.setdefault(name, plain)
    elif any(plain):
        card.setdefault(name, []).append(" ".join(part for part in plain if part))


def _decoded(value: str, parameters: list[str]) -> str:
    """Return a value's text, out of quoted-printable or base64, in its charset."""
    words = {word.removeprefix("ENCODING=") for word in parameters}
    if not words & {"QUOTED-PRINTABLE", "BASE64", "B"}:
        return value
    if "QUOTED-PRINTABLE" in words:
        raw = quopri.decodestring(value.encode("ascii", "ignore"))
    else:
        try:
            raw = binascii.a2b_base64(value.encode("ascii", "ignore"))
        except binascii.Error:
            return ""
    charset = next((w[8:] for w in parameters if w.startswith("CHARSET=")), "UTF-8").strip('"')
    if not _CHARSET.fullmatch(charset):
        charset = "UTF-8"
    try:
        text = raw.decode(charset, "replace")
    except (LookupError, UnicodeError):  # no charset, or one that replaces nothing
        text = raw.decode("utf-8", "replace")
    return _UNUSABLE.sub("\ufffd", text)


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] in "nN" else match[1]


def _row(card: dict[str, list[str]]) -> list[str]:
    phones = [_number_in(value) for value in card.get("TEL", [])]
    phones = list(dict.fromkeys(phone for phone in phones if phone))[:MOST_PHONES]
    name = next(iter(card.get("FN", [])), "") or _from_parts(card.get("N", []))
    known = {
        "Name": name,
        "Email": next(iter(card.get("EMAIL", [])), ""),
        "Language": next(iter(card.get("LANG", [])), ""),
        "Organization": next(iter(card.get("ORG", [])), ""),
        "Title": next(iter(card.get("TITLE", [])), ""),
        "Note": " ".join(card.get("NOTE", [])),
    }
    cells = [known[heading] for heading in HEADINGS]
    return [*cells, *phones, *[""] * (MOST_PHONES - len(phones))]


def _number_in(value: str) -> str:
    """Return the number of a property's value, which may be an address with parameters."""
    uri = _URI.match(value)
    return value if uri is None else value[uri.end() :].partition(";")[0]


def _from_parts(parts: list[str]) -> str:
    """Return a name from its parts: family, given, additional, prefix, suffix."""
    family, given = [*parts, "", ""][:2]
    return joined_name(given=given, family=family)


def joined_name(*, given: str, family: str) -> str:
    """Return a full name; Chinese, Japanese and Korean ones have the family first, unspaced."""
    if family and given and all(ord(sign) >= 0x2E80 for sign in family + given):
        return f"{family}{given}"
    return " ".join(part for part in (given, family) if part)
