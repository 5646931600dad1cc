"""Sentences that are stored in English, in the reader's language."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext as _

from messaging.services.times.date_styles import write_exactly

#: Sentences of the wire and the outbox, which know no languages; collected here for translation.
SENTENCES: Final = (
    gettext_noop("The provider could not send it and gave no reason."),
    gettext_noop("The provider misses part of our sign-in."),
    gettext_noop("The provider did not understand the request."),
    gettext_noop("The provider does not accept our signature: check the access secret."),
    gettext_noop("The provider says that our clock is wrong."),
    gettext_noop(
        "The provider does not let this account send: check the access key and its rights."
    ),
    gettext_noop("The recipient's number is not a phone number."),
    gettext_noop("The provider does not serve the country of this number."),
    gettext_noop("The provider's account is closed or suspended."),
    gettext_noop("The account's balance is used up: top it up with the provider."),
    gettext_noop("The text is too long: at most 1000 characters."),
    gettext_noop("The number that it should go out from does not belong to this account."),
    gettext_noop("The provider has no price for sending from this number (number not found)."),
    gettext_noop("The provider has no price for sending from this number (carrier not found)."),
    gettext_noop("The provider does not find this number among the account's numbers."),
    gettext_noop("The provider has suspended the number that it should go out from."),
    gettext_noop("Not delivered; the carrier gave no reason."),
    gettext_noop("The contact opted out before it was sent."),
    gettext_noop("The number was switched off before it was sent."),
    gettext_noop("It could not be sent in time, and was not sent late."),
    gettext_noop("The connection broke before the provider answered."),
    gettext_noop("The provider's answer does not say whether it was sent."),
    gettext_noop("Something unforeseen happened while it was sent."),
    gettext_noop("The program stopped while it was being sent."),
    gettext_noop("The provider could not be reached; nothing was sent."),
    gettext_noop("The program was stopped before it could send it; nothing was sent."),
    gettext_noop("The provider is busy; it will be tried again."),
    gettext_noop("The provider's address or the access key is not written rightly."),
    gettext_noop("The provider's address does not lead to its interface: check NXCLOUD_BASE_URL."),
    gettext_noop(
        "The provider does not let us in: check the account, the keys and the allowed addresses."
    ),
    gettext_noop("The provider's answer contradicts itself: it is not known whether it was sent."),
    gettext_noop("Accepted without an id."),
    gettext_noop("Accepted with an id that already belongs to another message."),
    gettext_noop("Canceled: they wrote first."),
    gettext_noop("Canceled."),
)
#: Those in which a name, a word or a time stands.
_WITH_A_PLACE: Final = (
    gettext_noop("The provider refused it with the code %(what)s."),
    gettext_noop("The provider refused it (HTTP %(what)s)."),
    gettext_noop("Canceled by %(what)s."),
    gettext_noop("Changed by %(what)s."),
    gettext_noop("NXCloud reported %(what)s."),
    gettext_noop("Contradiction: NXCloud also reported %(what)s."),
)
#: No longer than what is stored of a provider's words.
_GIVEN: Final = "(.{1,1000})"
#: Stored with a time in UTC, which is shown as its reader writes it.
_ARRIVED: Final = re.compile(
    r"The receipt had come at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\.", re.ASCII
)
_PATTERNS: Final = tuple(
    (re.compile(re.escape(sentence).replace(re.escape("%(what)s"), _GIVEN)), sentence)
    for sentence in _WITH_A_PLACE
)


def provider_words(text: str) -> str:
    """Return a stored sentence in the reader's language, as it is when it is not one of ours.

    What the provider itself said stands behind ours, as a quotation. "It may have been sent" is
    left out: the state that stands before it says so.
    """
    text = text.replace(": it may have been sent.", ".")
    ours = next((one for one in SENTENCES if text.startswith(f"{one} ")), "")
    if ours:
        return f"{gettext(ours)} “{text.removeprefix(ours).strip()}”"
    if match := _ARRIVED.fullmatch(text):
        return _("The receipt had come at %(time)s.") % {"time": _time(match[1])}
    for pattern, sentence in _PATTERNS:
        if match := pattern.fullmatch(text):
            return gettext(sentence) % {"what": match[1]}
    return gettext(text) if text else ""


def _time(stored: str) -> str:
    try:
        return write_exactly(datetime.fromisoformat(f"{stored}+00:00"))
    except ValueError:
        return stored
