"""The language in which we write to a contact."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.utils.translation import get_supported_language_variant

#: What people write for a language beside its code, in lower case.
_NAMES: Final = {
    "english": "en",
    "chinese": "zh-hans",
    "simplified chinese": "zh-hans",
    "中文": "zh-hans",
    "汉语": "zh-hans",
    "简体中文": "zh-hans",
}
UNKNOWN: Final = "en"


def language_of(words: str) -> str:
    """Return the code of one of settings.LANGUAGES for a contact's language.

    Args:
        words: as somebody typed it: a code such as "zh-CN" or a name such as "Chinese".

    Returns:
        English when it is empty or none of ours.
    """
    written = words.strip().lower().replace("_", "-")
    code = _NAMES.get(written, written)
    try:
        found = get_supported_language_variant(code)
    except LookupError:
        return UNKNOWN
    return found if found in dict(settings.LANGUAGES) else UNKNOWN
