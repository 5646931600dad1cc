"""Turn the bytes of a file into text: which encoding it is in, when nobody says so."""

from __future__ import annotations

import codecs
import re
from typing import Final

#: What people may choose, as Python names it, with what it is called.
ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "gb18030": "GB18030 / GBK",
}
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: How files begin that hold no text: workbooks and other archives, old workbooks, pictures, PDF.
_NO_TEXT: Final = (
    b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"%PDF-", b"\x89PNG", b"\xff\xd8\xff",
    b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!\x1a", b"SQLite format 3", b"{\\rtf",
)  # fmt: skip
#: Bytes from which an encoding is guessed.
SAMPLE_BYTES: Final = 65_536
#: Two bytes of the signs that Chinese texts are made of.
_CHINESE_PAIR: Final = re.compile(rb"[\xa1-\xa9\xb0-\xf7][\xa1-\xfe]")
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
_NOBODY_TYPES: Final = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
#: What no text has: signs that no database keeps, and halves of a pair.
_UNUSABLE: Final = re.compile("[\0\ud800-\udfff]")


def is_text(raw: bytes) -> bool:
    """Tell whether a file may hold text, by how it begins and by signs that nobody types."""
    if raw.startswith(_NO_TEXT):
        return False
    if guess_encoding(raw) == "utf-16":  # of other alphabets each second byte is such a sign
        return True
    sample = raw[:SAMPLE_BYTES]
    return len(_NOBODY_TYPES.findall(sample)) <= len(sample) // 20


def guess_encoding(raw: bytes) -> str:
    """Return the encoding of a file, one of ENCODINGS."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return name
    sample = raw[:SAMPLE_BYTES]
    if sample.count(b"\0") > len(sample) // 10:
        return "utf-16"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030" if _is_chinese(raw) else "cp1252"
    return "utf-8"


def decode(raw: bytes, *, encoding: str) -> str:
    """Return a file's text; what cannot be read becomes a replacement sign.

    Args:
        raw: the bytes.
        encoding: one of ENCODINGS.
    """
    if encoding == "utf-16":
        has_mark = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        name = "utf-16" if has_mark else _order_of_utf_16(raw)
    else:
        name = "utf-8-sig" if encoding == "utf-8" else encoding
    text = raw.decode(name, "replace")
    return _UNUSABLE.sub("\ufffd", text.removeprefix("\ufeff"))


def _order_of_utf_16(raw: bytes) -> str:
    """Tell which byte of a pair comes first by where the zeros of plain letters are."""
    sample = raw[:SAMPLE_BYTES]
    return "utf-16-le" if sample[1::2].count(0) >= sample[0::2].count(0) else "utf-16-be"


def _is_chinese(raw: bytes) -> bool:
    """Tell whether bytes that are no UTF-8 are pairs of Chinese signs, not single accents."""
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    sample = raw[:SAMPLE_BYTES]
    all_of_them = len(_NOT_ASCII.findall(sample))
    in_pairs = 2 * len(_CHINESE_PAIR.findall(sample))
    return in_pairs >= 0.8 * all_of_them
