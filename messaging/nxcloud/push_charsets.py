"""The bytes of a push as text, read where there is one way to read them; nothing is guessed.

UTF-8, which the provider sends, comes first. What is not UTF-8 is read in the charset that its
header declares, else as CESU-8: characters outside the BMP, such as emoji, as two surrogates of
three bytes each, as some Java and Oracle programs write them. What is left cannot be read.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

#: Put into a text where bytes could not be read; no readable bytes become it.
DAMAGE: Final = "\udcff"
#: Comes at the end of a text that can be read in two ways; it is dropped, the flag stays.
DOUBT: Final = "\udcfe"
REPLACEMENT: Final = "\ufffd"

_DOUBLE_BYTE: Final = {
    **dict.fromkeys(("gbk", "gb2312", "gb18030", "cp936", "x-gbk"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs"), "big5hkscs"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987"), "cp949"),
    "euc-jp": "euc_jp",
}
#: Programs that say Latin-1 write the quotes and the euro sign of Windows, as browsers know.
_SINGLE_BYTE: Final = {
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "us-ascii", "windows-1252"), "cp1252"),
    **{f"iso-8859-{part}": f"iso8859_{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 16)},
    **{f"windows-{page}": f"cp{page}" for page in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)},
    "koi8-r": "koi8_r",
    "tis-620": "tis_620",
}
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_SURROGATE_PAIR: Final = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
#: In UTF-8 these take two bytes each, as every sign of an East Asian charset does.
_TWO_BYTES_EACH: Final = re.compile("[\x00-\u07ff]+")


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return DAMAGE, error.end


codecs.register_error("messaging.damage", _mark)


def charset_of(content_type: str) -> str:
    """Return the charset that a Content-Type declares, in lowercase; "" when it names none."""
    match = _CHARSET.search(content_type)
    return match[1].lower() if match else ""


def read_bytes(raw: bytes, *, charset: str = "") -> str:
    """Return bytes as text.

    Args:
        raw: the bytes.
        charset: what the sender declares.

    Returns:
        The text; DAMAGE is in it for every run of bytes that could not be read.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        declared = _read_declared(raw, charset)
        return _read_cesu_8(raw) if declared is None else declared


def read_field(raw: bytes, *, charset: str = "") -> str:
    """Return a form's field as text, with DOUBT at its end when it can be read in two ways."""
    text = read_bytes(raw, charset=charset)
    return text + DOUBT if _is_doubtful(text, raw, charset) else text


def _read_declared(raw: bytes, charset: str) -> str | None:
    """Return bytes read in the declared charset, None where it does not fit them."""
    codec = _DOUBLE_BYTE.get(charset) or _SINGLE_BYTE.get(charset)
    # A single-byte charset fits anything: UTF-8 that was cut in the middle is no Latin-1.
    if codec is None or (charset in _SINGLE_BYTE and _holds_utf_8(raw)):
        return None
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None


def _holds_utf_8(raw: bytes) -> bool:
    return not raw.decode(errors="ignore").isascii()


def _read_cesu_8(raw: bytes) -> str:
    return _SURROGATE_PAIR.sub(_as_utf_8, raw).decode(errors="messaging.damage")


def _as_utf_8(pair: re.Match[bytes]) -> bytes:
    units = pair[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass")
    return units.decode("utf-16").encode()


def _is_doubtful(text: str, raw: bytes, charset: str) -> bool:
    """Tell whether a few signs of a declared East Asian charset happen to be UTF-8 as well."""
    codec = _DOUBLE_BYTE.get(charset)
    if codec is None or text.isascii() or not _TWO_BYTES_EACH.fullmatch(text):
        return False
    try:
        return raw.decode() == text != raw.decode(codec)
    except UnicodeDecodeError:
        return False


def clean_text(text: str) -> tuple[str, bool]:
    """Return a text as it can be stored, and whether anything of it could not be read.

    What could not be read is U+FFFD; NUL and lone surrogates, which no database takes, are dropped.
    """
    if not _UNSTORABLE.search(text):
        return text, False
    return _UNSTORABLE.sub("", text.replace(DAMAGE, REPLACEMENT)), True
