"""Recognize texts that look like an opt-out request: staff get a suggestion, nothing else happens.

These count: a keyword with polite words, punctuation, repetition, a code or a signature around it,
and a request in other words. These do not: our own text in quotation marks, a negation ("don't stop
texting"), and "stop" in an ordinary sentence.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from .opt_out_phrases import LEADS, NEGATIONS, PHRASES, POLITE, STRONG, TAILS, WEAK, plain
from .reaction_texts import QUOTED, is_reaction_like

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: A longer text is a letter: nobody opts out with it.
LONGEST_LOOKED_AT: Final = 1000
#: A longer sentence holds more than a keyword with politeness around it.
_LONGEST_BARE: Final = 80

#: Scripts that write no spaces: a word may be followed by anything.
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SENTENCE_END: Final = re.compile(r"[.!?;\n:|/()\[\]。！？；，、]+|[–—]|(?:^|\s)-+|-+(?:\s|$)")
_WORD: Final = r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?"
_NAME: Final = re.compile(rf"{_WORD}(?:\s+{_WORD}){{0,2}}")
_SPELLED: Final = re.compile(r"\W*s[\W_]+t[\W_]+o[\W_]+p\W*")
#: "STOP Anna", the name written as a name.
_SHOUTED: Final = re.compile(
    r"\s*(?:STOP|UNSUBSCRIBE|OPT ?-?OUT)[\s,.!]+((?:[^\W\d_]+\s*){1,3})\W*"
)
_NO_ASCII_WORD: Final = re.compile("[^A-Za-z0-9]+")
_NOTHING: Final = " ¬ "


def _one_of(patterns: Sequence[str]) -> str:
    """Join patterns; what begins with a word is tried only where a word begins."""
    at_words = [part.removeprefix(r"\b") for part in patterns if part.startswith(r"\b")]
    rest = [part for part in patterns if not part.startswith(r"\b")]
    return "|".join([rf"\b(?:{'|'.join(at_words)})", *rest])


_PHRASE: Final = re.compile(_one_of(PHRASES))
_NEGATED: Final = re.compile("|".join(NEGATIONS))


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"


def _token(name: str, words: Iterable[str], *, more: str = "") -> str:
    known = {_bare(word) for word in words}
    unspaced = {word for word in known if _UNSPACED.search(word[-1])}
    spaced = f"(?:{_any_of(known - unspaced)}{more}){r'[0-9]{0,6}' if more else ''}(?![^\\W_])"
    return f"(?P<{name}>{_any_of(unspaced)}|{spaced})"


def _bare(text: str) -> str:
    """Return the words of a plain text with one space between them."""
    if text.isascii():
        return " ".join(_NO_ASCII_WORD.sub(" ", text).split())
    return " ".join(
        "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in text).split()
    )


_TOKENS: Final = re.compile(
    "(?:"
    + "|".join(
        (
            _token("strong", STRONG, more="|s+t+[o0]+p+"),
            _token("polite", POLITE),
            _token("lead", LEADS),
            _token("tail", TAILS),
            _token("weak", WEAK),
            r"(?P<code>(?=[a-z0-9]{3,12}(?![^\W_]))[a-z]*[0-9][a-z0-9]*)",
        )
    )
    + ") ?"
)


def seems_to_ask_for_opt_out(content: str) -> bool:
    """Tell whether a text comes near an opt-out.

    Args:
        content: the text as it came, no exact keyword.
    """
    if len(content) > LONGEST_LOOKED_AT or is_reaction_like(content):
        return False
    if _is_bare(content) or _SPELLED.fullmatch(content.casefold()):
        return True
    text = " ".join(plain(QUOTED.sub(_NOTHING, content)).split())
    return _has_phrase(text) and _has_phrase(_NEGATED.sub(_NOTHING, text))


def _has_phrase(text: str) -> bool:
    return _PHRASE.search(text) is not None


def _is_bare(content: str) -> bool:
    """Tell whether a keyword is alone but for politeness, a code, and a signature."""
    sentences = [part for part in _SENTENCE_END.split(content) if part and part.strip()]
    kinds = [_kinds(plain(sentence)) for sentence in sentences]
    if any("strong" in found for found in kinds):
        return True
    is_signed = len(kinds) > 1 and not kinds[-1] and _NAME.fullmatch(sentences[-1].strip())
    said = kinds[:-1] if is_signed else kinds
    if said and all(said) and any("weak" in found for found in said):
        return True
    return _has_a_name_behind(content)


def _kinds(sentence: str) -> frozenset[str]:
    """Return which kinds of words a sentence is made of; nothing when it has any other.

    A keyword comes after what leads to it and before what follows it.
    """
    text = _bare(sentence)
    if not text or len(text) > _LONGEST_BARE:
        return frozenset()
    found = list(_kinds_in_turn(text))
    if "" in found:
        return frozenset()
    key = next((at for at, kind in enumerate(found) if kind in {"strong", "weak"}), len(found))
    if "tail" in found[:key]:
        return frozenset()
    return frozenset(found)


def _kinds_in_turn(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        token = _TOKENS.match(text, at)
        if token is None:
            yield ""
            return
        yield token.lastgroup or ""
        at = token.end()


def _has_a_name_behind(content: str) -> bool:
    """Tell whether a keyword has nothing but its writer's name behind it."""
    if len(content) > _LONGEST_BARE:
        return False
    before, comma, name = content.rpartition(",")
    if comma and _NAME.fullmatch(name.strip()) and _is_name(name):
        return "strong" in _kinds(plain(before))
    found = _SHOUTED.fullmatch(content)
    return found is not None and _is_name(found[1])


def _is_name(text: str) -> bool:
    return all(
        not word[0].islower() and (len(word) == 1 or not word.isupper()) for word in text.split()
    )
