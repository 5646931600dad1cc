"""Which browser on which system a User-Agent header tells of, in the names that people know.

Names of products are the same in every language. What a header says is a claim, never a proof.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

#: Characters of a header that are looked at and kept.
LONGEST_AGENT: Final = 300

#: The first that a header holds; most browsers also claim to be the ones below them.
_BROWSERS: Final = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\b(?:OPR|OPT|Opera)/")),
    ("Vivaldi", re.compile(r"\bVivaldi/")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("WeChat", re.compile(r"\bMicroMessenger/")),
    ("QQ Browser", re.compile(r"\bM?QQBrowser/")),
    ("UC Browser", re.compile(r"\bUC?Browser/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:Chrome|CriOS|Chromium|HeadlessChrome)/")),
    ("Safari", re.compile(r"\bSafari/")),
)
_SYSTEMS: Final = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("HarmonyOS", re.compile(r"\b(?:HarmonyOS|OpenHarmony)\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMacintosh\b")),
    ("Linux", re.compile(r"\b(?:Linux|X11)\b")),
)
#: Systems that are held in a hand.
_HAND_HELD: Final = frozenset({"iPhone", "iPad", "Android", "HarmonyOS"})


class Browser(NamedTuple):
    """What a header tells of.

    Attributes:
        name: of the browser, "" when it is none that we know.
        system: what it runs on, "" likewise.
    """

    name: str
    system: str

    @property
    def is_hand_held(self) -> bool:
        """Tell whether it is a phone or a tablet."""
        return self.system in _HAND_HELD

    def in_words(self) -> str:
        """Return both in the active language."""
        if self.name and self.system:
            return _("%(browser)s on %(system)s") % {"browser": self.name, "system": self.system}
        return self.name or self.system or _("Unknown browser")


def browser_of(agent: str) -> Browser:
    """Return what a User-Agent header tells of."""
    text = agent[:LONGEST_AGENT]
    return Browser(_first(_BROWSERS, text), _first(_SYSTEMS, text))


def _first(patterns: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str:
    return next((name for name, pattern in patterns if pattern.search(text)), "")
