"""How long an SMS is, as the provider bills it, and how to say the same in plain characters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Literal

MAX_CHARACTERS = 1000

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "\f^{}\\[~]|€"
# One segment, then what each of several holds. 154 is the provider's figure; GSM itself says 153.
LIMITS: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 154), "UCS-2": (70, 67)}
# Malaysia: a prefix that nobody sees is added on the way.
SURCHARGE = {"60": 7}

# What the decomposition of Unicode does not know, or knows differently from people.
PLAIN = {
    **dict.fromkeys("‘’‚‛′‵‹›`´ʹʼʻˈ", "'"),
    **dict.fromkeys("“”„‟″«»〝〞˝", '"'),
    **dict.fromkeys("‐‑‒–—―−⁃﹘⸺", "-"),
    **dict.fromkeys("•▪●◦‣", "*"),
    **dict.fromkeys("·‧∙。", "."),
    **dict.fromkeys("\u0085\u000b\u2028\u2029", "\n"),
    **dict.fromkeys("°º˚", "o"),
    "\t": " ",
    "、": ",",
    "…": "...",
    "⁄": "/",
    "∕": "/",
    "÷": "/",
    "×": "x",
    "±": "+/-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~",
    "→": "->",
    "←": "<-",
    "⇒": "=>",
    "¦": "|",
    "©": "(c)",
    "®": "(r)",
    "™": "(tm)",
    "µ": "u",
    "¢": "c",
    "₹": "Rs",
    "₺": "TL",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "Ð": "D",
    "ħ": "h",
    "Ħ": "H",
    "ŧ": "t",
    "Ŧ": "T",
    "þ": "th",
    "Þ": "Th",
    "œ": "oe",
    "Œ": "OE",
    "ŋ": "n",
    "Ŋ": "N",
    "ı": "i",
    "ẞ": "SS",
    "ə": "e",
}

#: Characters of a text that is quickly normalized, whatever it holds.
ALWAYS_NORMALIZED = 2000
#: Marks in a row on one letter; the languages of the world need fewer than ten.
MOST_MARKS = 64
#: Signs that NFC replaces by a sign of the same look, which GSM-7 has: ; Ω K Å.
SAME_LOOK = "\u037e\u2126\u212a\u212b"
_HANGUL = re.compile("[\u1100-\u11ff\uac00-\ud7a3]")
#: What is left of a text that nobody can see: spaces, controls, formats, fillers, selectors.
_INVISIBLE_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_BASIC, _EXTENDED = frozenset(BASIC), frozenset(EXTENDED)
_GSM_7 = _BASIC | _EXTENDED
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_CJK_LETTERS = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_CJK_SIGNS = re.compile("[\u3000-\u303f\uff00-\uffef]")


@dataclass(frozen=True)
class Measurement:
    """The length of a text as it is billed.

    Attributes:
        encoding: "GSM-7" when every character is in its alphabet, else "UCS-2".
        units: Characters (GSM-7; the extension table counts two) or UTF-16 units (UCS-2),
            with the surcharge of the recipient's country.
        segments: Billed messages.
        room: Units that this number of segments holds.
        offending: The characters that make it UCS-2, each once, in order of appearance.
    """

    encoding: Encoding
    units: int
    segments: int
    room: int
    offending: str


def normal_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Return a text's Unicode normal form, in bounded time for any text.

    Python sorts the marks on a letter in quadratic time: 100 000 of them take seconds. A long text
    with such a letter, which no language has, is returned as it is.
    """
    if len(text) > ALWAYS_NORMALIZED and _has_heap_of_marks(text):
        return text
    return unicodedata.normalize(form, text)


def _has_heap_of_marks(text: str) -> bool:
    marks = "".join(c for c in set(text) if _begins_with_mark(c))
    return bool(marks) and re.search(f"[{marks}]{{{MOST_MARKS},}}", text) is not None


def _begins_with_mark(character: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFKD", character)[0]) != 0


def normalize(text: str) -> str:
    """Bring a text to the form that is counted, stored and sent.

    Browsers submit CRLF for a line end while scripts count LF; some keyboards give decomposed
    accents; NUL and lone surrogates can be neither stored nor sent. Letters are composed (NFC) only
    where nothing gets longer and the same is read.
    """
    text = _UNSENDABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    if normal_form("NFC", text) == text:
        return text
    return "".join(map(_composed, _letters_with_marks(text)))


def _letters_with_marks(text: str) -> list[str]:
    """Split a text before each letter, but for Korean ones: nothing is composed across."""
    starts = [
        at
        for at, character in enumerate(text)
        if at == 0
        or not (
            unicodedata.category(character).startswith("M")
            or (_HANGUL.match(character) and _HANGUL.match(text[at - 1]))
        )
    ]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def _composed(letter: str) -> str:
    """Compose one letter with its marks, unless that would replace a sign by others.

    NFC takes some signs apart (U+09DC of Bengali, pointed Hebrew) and gives others another look
    (compatibility ideographs, which names are written with).
    """
    is_replaced = any(
        character not in SAME_LOOK and normal_form("NFC", character) != character
        for character in letter
    )
    composed = letter if is_replaced else normal_form("NFC", letter)
    return composed if _units_of(composed) <= _units_of(letter) else letter


def _units_of(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def signed(text: str, signature: str | None) -> str:
    """Return what is sent of a text: its signature follows on a line of its own.

    static/messaging/js/composer/outgoing_text.js says the same.
    """
    return f"{text}\n{signature}" if signature else text


def unsigned(text: str, signature: str | None) -> str:
    """Return the text that `signed` was given."""
    return text.removesuffix(f"\n{signature}") if signature else text


def comparison_form(text: str) -> str:
    """Return the form by which two texts are the same, however they were encoded on the way."""
    return normal_form("NFC", normalize(text)).strip()


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text can be seen: spaces, joiners, marks of direction and the like.

    A space mark such as U+2800 counts; a combining accent alone is seen.
    """
    return all(
        unicodedata.category(character) in _INVISIBLE_CATEGORIES or _INVISIBLE.match(character)
        for character in text
    )


def measure(text: str, *, calling_code: str = "") -> Measurement:
    """Count what the provider will bill for a text that we send.

    Args:
        text: The text, normalized or not.
        calling_code: The recipient's country code ("60"), "" when unknown.

    Source: "Billing Standards".
    """
    return measure_received(normalize(text), calling_code=calling_code)


def measure_received(text: str, *, calling_code: str = "") -> Measurement:
    """Count a text as it is, such as one that came.

    Args:
        text: The text.
        calling_code: The other side's country code ("60"), "" when unknown.
    """
    is_gsm_7 = _GSM_7.issuperset(text)
    offending = "" if is_gsm_7 else "".join(dict.fromkeys(c for c in text if c not in _GSM_7))
    encoding: Encoding = "UCS-2" if offending else "GSM-7"
    if offending:
        units = len(text.encode("utf-16-le")) // 2
    else:
        units = len(text) + (0 if _EXTENDED.isdisjoint(text) else sum(c in _EXTENDED for c in text))
    if text:
        units += SURCHARGE.get(calling_code, 0)
    one, many = LIMITS[encoding]
    segments = min(units, 1) if units <= one else -(-units // many)
    return Measurement(encoding, units, segments, max(one, segments * many), offending)


def plain_replacement(text: str) -> str:
    """Say the same in GSM-7 as far as a reader would not mind; what has no plain form stays.

    Quotes, dashes and spaces of typography become those of a typewriter, letters lose the accents
    that GSM-7 lacks, invisible characters go. Emoji, and scripts of their own, stay whole: their
    joiners and marks too, and East Asian punctuation beside East Asian letters.
    """
    text = normalize(text)
    keeps_cjk_signs = _CJK_LETTERS.search(text) is not None
    pieces: list[str] = []
    before_is_plain, after = True, ""
    for character in text:
        if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
            # A mark or joiner belongs to what is before it and shares its fate.
            pieces.append("" if before_is_plain else character)
            continue
        plain = None
        if not (keeps_cjk_signs and _CJK_SIGNS.match(character)):
            plain = _plain_form(character, after=after)
        before_is_plain = plain is not None
        pieces.append(character if plain is None else plain)
        after = pieces[-1]
    return "".join(pieces)


def rules() -> dict[str, Any]:
    """Return the tables by which a browser counts and replaces alike, ready for JSON."""
    return {
        "max_characters": MAX_CHARACTERS,
        "basic": BASIC,
        "extended": EXTENDED,
        "limits": {encoding: list(limits) for encoding, limits in LIMITS.items()},
        "surcharge": SURCHARGE,
        "plain": PLAIN,
    }


def _plain_form(character: str, *, after: str) -> str | None:
    """Return the GSM-7 form of one character that follows `after`, None when there is none."""
    if character in _GSM_7:
        return character
    if character in PLAIN:
        return PLAIN[character]
    parts = unicodedata.normalize("NFKD", character)
    plain = "".join(PLAIN.get(c, c) for c in parts if not unicodedata.combining(c))
    if not plain or not _GSM_7.issuperset(plain):
        return None
    if after[-1:].isdigit():
        # "1½" is not 11/2 and "10²" is not 102.
        kind = unicodedata.decomposition(character).partition(">")[0]
        return {"<fraction": " ", "<super": "^"}.get(kind, "") + plain
    return plain
