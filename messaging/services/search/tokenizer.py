"""The tokenizer of the search: how texts become words, a query terms, and where they match.

Words are lowercase and without accents, Arabic and Hebrew without their vowel marks. Chinese,
Japanese, Korean, Thai, Lao, Burmese and Khmer have no spaces, so a run of their signs becomes
overlapping pairs, which finds two signs anywhere. Both databases index what is here and agree.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from messaging.sms_text import normal_form

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Scripts without spaces between words: Chinese, Japanese and Korean; Thai, Lao, Burmese and Khmer
#: without their digits and full stops.
UNSPACED: Final = (
    r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf"
    r"\u1000-\u103f\u1050-\u108f\u109a-\u109d\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f"
    r"\u1780-\u17d3\u17d7\u17dc\u17dd"
)
#: Marks that are inside words: the scripts of India. Python's \w leaves them out.
_MARKS: Final = r"\u0900-\u0963\u0966-\u0dff"
_RUN: Final = re.compile(rf"[{UNSPACED}]+|(?:[^\W_{UNSPACED}]|[{_MARKS}])+")
_UNSPACED_SIGN: Final = re.compile(f"[{UNSPACED}]")
#: Accents on Latin, Greek and Cyrillic letters, and what people leave out in Hebrew and Arabic:
#: vowels, hamzas on their letters, the stroke that stretches a word. Marks of other scripts stay.
_ACCENTS: Final = re.compile(
    r"[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]"
)
#: Letters of Arabic that are written for one another.
_ONE_FOR_ANOTHER: Final = str.maketrans(
    "\u0671\u0649\u06cc\u06a9\u0629", "\u0627\u064a\u064a\u0643\u0647"
)
#: Separates the words of such scripts without being seen.
_UNSEEN_SPACE: Final = re.compile(rf"(?<=[{UNSPACED}])[\u200b\u2060](?=[{UNSPACED}])")
#: The databases take vowel signs for spaces. In the index a letter stands for each that nobody
#: writes (Yi), or a vowel would make no difference.
_SIGN_LETTERS: Final = {
    code: 0xA000 + index
    for index, code in enumerate((*range(0x0E00, 0x0F00), *range(0x1000, 0x10A0),
                                  *range(0x1780, 0x1800), *range(0xA9E0, 0xAA00),
                                  *range(0xAA60, 0xAA80)))
    if unicodedata.category(chr(code)).startswith("M")
}  # fmt: skip
#: Letters and digits in several parts, at least one digit among them.
_REFERENCE: Final = re.compile(
    rf"(?=\S*\d)[^\W_{UNSPACED}]+(?:(?:_|[^\w\s{UNSPACED}{_MARKS}])+[^\W_{UNSPACED}]+)+(?=[\W_]*$)"
)
LONGEST_WORD: Final = 60
MOST_TERMS: Final = 12
LONGEST_QUERY: Final = 1000
LEAST_DIGITS: Final = 3
#: A row of the list has room for some thirty signs: the match is among them.
SNIPPET_BEFORE: Final = 14
SNIPPET_LENGTH: Final = 140
#: Characters of a text in which a match is looked for, to show it.
LONGEST_SEEN: Final = 20_000


@dataclass(frozen=True)
class Term:
    """One thing that must be found.

    Attributes:
        words: to be found side by side, in this order.
        is_prefix: the last word may go on.
        plain: the folded text, as it is looked for in a text to mark it.
    """

    words: tuple[str, ...]
    is_prefix: bool
    plain: str

    @property
    def is_unspaced(self) -> bool:
        """Whether it may begin in the middle of a run of signs."""
        return _is_unspaced(self.plain[0])


def fold(text: str) -> str:
    """Return a text in lowercase and without accents."""
    plain = _ACCENTS.sub("", normal_form("NFKD", text)).casefold()
    return plain.translate(_ONE_FOR_ANOTHER)


def _is_unspaced(sign: str) -> bool:
    return _UNSPACED_SIGN.match(sign) is not None


def words_of(text: str) -> list[str]:
    """Return the words under which a text is found."""
    words: list[str] = []
    for match in _RUN.finditer(_composed(text)):
        run = match[0]
        if _is_unspaced(run):
            signs = run.translate(_SIGN_LETTERS)
            words += [signs[at : at + 2] for at in range(len(signs) - 1)]
            words.append(signs[-1])  # so that one sign alone is found too, as a prefix
        else:
            words.append(run[:LONGEST_WORD])
    return words


def _composed(text: str) -> str:
    # NFKD takes Korean syllables apart; put together again they are one sign each.
    return _UNSEEN_SPACE.sub("", normal_form("NFC", fold(text)))


def search_text_of(content: str) -> str:
    """Return what the index keeps of a message's or a note's text."""
    return " ".join(words_of(content))


def search_text_of_contact(
    *,
    name: str,
    phone_key: str,
    memo: str = "",
    email: str = "",
    fields: Mapping[str, str] | None = None,
) -> str:
    """Return what the index keeps of a contact: words, and every end of the number.

    A word is found by its beginning; so each end of the number makes every part of it findable.
    """
    words = [
        word for text in (name, memo, email, *(fields or {}).values()) for word in words_of(text)
    ]
    if phone_key.isdigit():
        words += [phone_key[at:] for at in range(len(phone_key) - LEAST_DIGITS + 1)] or [phone_key]
    else:
        words += words_of(phone_key)
    return " ".join(words)


def terms_of(query: str) -> list[Term]:
    """Return what a query asks for; all of it must be found."""
    runs = _RUN.finditer(_composed(query[:LONGEST_QUERY]))
    return list(dict.fromkeys(_term_of(match[0]) for match in runs))[:MOST_TERMS]


def _term_of(run: str) -> Term:
    if not _is_unspaced(run):
        word = run[:LONGEST_WORD]
        return Term(words=(word,), is_prefix=True, plain=word)
    signs = run.translate(_SIGN_LETTERS)
    pairs = tuple(signs[at : at + 2] for at in range(len(signs) - 1)) or (signs,)
    return Term(words=pairs, is_prefix=len(signs) == 1, plain=run)


def exact_terms_of(query: str) -> list[Term]:
    """Return what a query asks for to the letter, when a reference such as AB-1234/56 is in it.

    Its parts must be next to each other, and its end must be the end of a word.

    Returns:
        The terms; nothing when no part of the query is a reference.
    """
    parts = _composed(query[:LONGEST_QUERY]).split()
    found = [_REFERENCE.search(part) for part in parts]
    if not any(found):
        return []
    terms: list[Term] = []
    for part, reference in zip(parts, found, strict=True):
        before = part if reference is None else part[: reference.start()]
        terms += [_term_of(match[0]) for match in _RUN.finditer(before)]
        if reference is not None:
            words = tuple(match[0][:LONGEST_WORD] for match in _RUN.finditer(reference[0]))
            terms.append(Term(words=words, is_prefix=False, plain=reference[0]))
    return list(dict.fromkeys(terms))[:MOST_TERMS]


def fts5_query(terms: list[Term]) -> str:
    """Write terms for SQLite's FTS5."""
    return " AND ".join(
        '"' + " ".join(term.words) + '"' + ("*" if term.is_prefix else "") for term in terms
    )


def tsquery(terms: list[Term]) -> str:
    """Write terms for PostgreSQL's to_tsquery; words hold nothing but letters and digits."""
    return " & ".join(
        "(" + " <-> ".join(word + (":*" if term.is_prefix else "") for word in term.words) + ")"
        for term in terms
    )


def fits(search_text: str, terms: list[Term]) -> bool:
    """Tell whether the index finds a text, as both databases do.

    Args:
        search_text: what the index keeps of the text.
        terms: what is asked for.
    """
    words = f" {search_text} "
    return all(f" {' '.join(term.words)}{'' if term.is_prefix else ' '}" in words for term in terms)


# Where it matches ------------------------------------------------------------------------------

Part = tuple[str, bool]


def marked(text: str, terms: list[Term]) -> list[Part]:
    """Cut a text into parts, each with whether it matches a term."""
    matches = _matches(text, terms)
    parts: list[Part] = []
    at = 0
    for start, end in matches:
        if start > at:
            parts.append((text[at:start], False))
        parts.append((text[start:end], True))
        at = end
    if at < len(text):
        parts.append((text[at:], False))
    return parts


def marked_digits(number: str, digits: str) -> list[Part]:
    """Cut a number as people read it where some digits are in it; nothing when they do not.

    Args:
        number: with spaces and signs, "+34 612 34 56 78".
        digits: looked for, "61234".
    """
    indexes = [index for index, sign in enumerate(number) if sign in "0123456789"]
    begin = "".join(number[index] for index in indexes).find(digits)
    if begin < 0:
        return []
    start, end = indexes[begin], indexes[begin + len(digits) - 1] + 1
    parts = [(number[:start], False), (number[start:end], True), (number[end:], False)]
    return [part for part in parts if part[0]]


def snippet(text: str, terms: list[Term]) -> list[Part]:
    """Return one line around the first match, marked."""
    line = " ".join(text[:LONGEST_SEEN].split())
    matches = _matches(line, terms)
    start = max(0, matches[0][0] - SNIPPET_BEFORE) if matches else 0
    if start:
        space = line.find(" ", start, start + 12)
        start = space + 1 if space != -1 else start
    cut = line[start : start + SNIPPET_LENGTH]
    parts = marked(cut, terms)
    return [("…", False), *parts] if start else parts


def _matches(text: str, terms: list[Term]) -> list[tuple[int, int]]:
    """Return the spans that match, in order, joined where they overlap."""
    folded, origin = _folded_with_origin(text)
    spans = []
    for term in terms:
        start = folded.find(term.plain)
        while start != -1:
            is_begin = start == 0 or not _RUN.fullmatch(folded[start - 1])
            if is_begin or term.is_unspaced or _is_unspaced(folded[start - 1]):
                spans.append((origin[start], _end_of(start + len(term.plain), origin, text)))
            start = folded.find(term.plain, start + 1)
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _end_of(index: int, origin: list[int], text: str) -> int:
    """Return where a match ends in a text, the marks on its last letter included."""
    after = origin[index] if index < len(origin) else len(text)
    end = origin[index - 1] + 1
    while end < after and unicodedata.combining(text[end]):
        end += 1
    return end


def _folded_with_origin(text: str) -> tuple[str, list[int]]:
    """Fold sign by sign, and remember which sign each came from."""
    folded: list[str] = []
    origin: list[int] = []
    for at, sign in enumerate(text):
        if sign in "\u200b\u2060":
            continue
        for piece in _composed(sign):
            folded.append(piece)
            origin.append(at)
    return "".join(folded), origin
