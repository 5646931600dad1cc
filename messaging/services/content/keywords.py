"""What an inbound text asks for when it is exactly a keyword.

Texts that only sound like an opt-out are found in `near_opt_outs.py`; a person decides about them.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from messaging.services.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class Keyword(StrEnum):
    """What an exact keyword asks for."""

    STOP = "stop"
    #: Opts out, and a person still has to answer: it may have meant an appointment.
    CANCEL = "cancel"
    START = "start"
    #: Means "start" only from somebody who has opted out.
    YES = "yes"
    HELP = "help"


_SPELLINGS: Final[dict[Keyword, str]] = {
    Keyword.STOP: (
        "STOP STOPALL STOP-ALL UNSUBSCRIBE END QUIT REVOKE OPTOUT OPT-OUT "  # English
        "ALTO BAJA PARAR SAIR ARRET ARRÊT DESABONNER "  # Spanish, Portuguese, French
        "STOPP ABMELDEN "  # German
        "退订 退訂 TD 取消订阅 拒收"  # Chinese
    ),
    Keyword.CANCEL: "CANCEL CANCELAR ANNULER 取消",
    Keyword.START: "START UNSTOP OPTIN OPT-IN ALTA 恢复订阅 重新订阅",
    Keyword.YES: "YES",
    Keyword.HELP: "HELP INFO AYUDA AJUDA AIDE HILFE 帮助 幫助",
}
KEYWORDS: Final[dict[str, Keyword]] = {
    word.casefold(): keyword for keyword, words in _SPELLINGS.items() for word in words.split()
} | {"stop all": Keyword.STOP, "opt out": Keyword.STOP, "opt in": Keyword.START}

_OPTS_OUT: Final = frozenset({Keyword.STOP, Keyword.CANCEL})

#: No keyword is as long, whatever surrounds it.
LONGEST_LOOKED_AT: Final = 200

#: What administrators add to one number.
LONGEST_OWN: Final = 40
MOST_OWN: Final = 20


def keyword_in(content: str, *, own: Collection[str] = ()) -> Keyword | None:
    """Return what the text asks for when it is exactly one keyword, trimmed and case-folded.

    Args:
        content: the text as it came.
        own: further opt-out keywords of the number it came to, as `own_keywords` returns them.
    """
    word = keyword_form(content)
    return KEYWORDS.get(word) or (Keyword.STOP if word and word in own else None)


def keyword_form(content: str) -> str:
    """Return a text as keywords are compared, "" when it is too long for one."""
    if len(content) > LONGEST_LOOKED_AT:
        return ""
    if content.isascii():  # most texts are, and are seen as they are
        return content.strip().casefold()
    # Chinese input methods write full-width letters; marks of direction and the like are not seen.
    text = unicodedata.normalize("NFKC", content)
    seen = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return seen.strip().casefold()


def own_keywords(words: Iterable[str]) -> list[str]:
    """Return a number's own opt-out keywords as they are kept: compared forms, each once.

    Words that opt out on every number are left out.

    Args:
        words: as somebody typed them.

    Raises:
        InvalidInput: a word is too long, has no letter or digit, or asks for something else; or
            there are too many (field ``opt_out_keywords``).
    """
    forms = [" ".join(keyword_form(word[:LONGEST_LOOKED_AT]).split()) for word in words]
    kept = [form for form in dict.fromkeys(forms) if form and KEYWORDS.get(form) not in _OPTS_OUT]
    for form in kept:
        _check_own(form)
    if len(kept) > MOST_OWN:
        raise _unusable(
            _("At most %(most)d keywords can be added."), code="too_many", most=MOST_OWN
        )
    return kept


def _check_own(form: str) -> None:
    if len(form) > LONGEST_OWN:
        raise _unusable(
            _("A keyword has at most %(most)d characters."), code="too_long", most=LONGEST_OWN
        )
    if not any(letter.isalnum() for letter in form):
        raise _unusable(_("“%(word)s” has no letter or digit."), code="invalid", word=form)
    if form in KEYWORDS:
        raise _unusable(
            _("“%(word)s” already has another meaning: it opts back in, or asks for help."),
            code="taken",
            word=form,
        )


def _unusable(words: str, *, code: str, **facts: object) -> InvalidInput:
    return InvalidInput(words % facts, field="opt_out_keywords", code=code)
