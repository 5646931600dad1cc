"""What an inbound text asks for: an exact keyword, or something near an opt-out."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final


class Keyword(StrEnum):
    """What an exact keyword asks for."""

    STOP = "stop"
    #: Opts out, and a person still has to answer: it may have meant an appointment.
    CANCEL = "cancel"
    START = "start"
    #: Means "start" only from somebody who has opted out.
    YES = "yes"
    HELP = "help"


_WORDS: Final[dict[Keyword, str]] = {
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
    word.casefold(): keyword for keyword, words in _WORDS.items() for word in words.split()
} | {"stop all": Keyword.STOP, "opt out": Keyword.STOP, "opt in": Keyword.START}

#: No keyword is as long, whatever surrounds it.
LONGEST_LOOKED_AT: Final = 200

_NEAR_INTENT: Final = re.compile(
    r"""
      \b(?:stop|quit|cease|no\ more|don'?t|do\ not|never)\b .{0,30}
      \b(?:text|texts|texting|messag\w*|sms|contact\w*|writ\w*|send\w*)\b
    | \b(?:unsubscribe|opt\ ?-?out|remove\ me|take\ me\ off|leave\ me\ alone)\b
    | ^\W*(?:stop|stopall|unsubscribe|quit|optout)\W*(?:(?:please|now|it|this|thanks?)\W*)?$
    | \b(?:darme\ de\ baja|no\ me\ (?:escriba|escribas|manden?|envíen?))\b
    | \b(?:abmelden|d[ée]sabonner|désinscrire)\b
    | (?:别|不要|停止)(?:再|给我)?.{0,4}(?:发|联系|短信)
    | 退订
    """,
    re.IGNORECASE | re.VERBOSE,
)


def keyword_in(content: str) -> Keyword | None:
    """Return what the text asks for when it is exactly one keyword, trimmed and case-folded.

    Args:
        content: the text as it came.
    """
    if len(content) > LONGEST_LOOKED_AT:
        return None
    # Chinese input methods write full-width letters; marks of direction and the like are not seen.
    text = unicodedata.normalize("NFKC", content)
    seen = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return KEYWORDS.get(seen.strip().casefold())


def seems_to_ask_for_opt_out(content: str) -> bool:
    """Tell whether a text comes near an opt-out.

    Staff are offered one click, nothing happens by itself.
    """
    return len(content) <= 400 and _NEAR_INTENT.search(content) is not None
