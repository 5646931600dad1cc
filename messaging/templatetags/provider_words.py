"""The words that lower layers store in English, in the reader's language."""

from __future__ import annotations

from typing import Final

from django import template
from django.utils.translation import gettext, gettext_noop

register = template.Library()

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
    gettext_noop("The contact opted out before it was sent."),
    gettext_noop("The number was switched off before it was sent."),
    gettext_noop("It could not be sent in time, and was not sent late."),
    gettext_noop("The connection broke before the provider answered."),
    gettext_noop("The provider's answer does not say whether it was sent."),
    gettext_noop("Something unforeseen happened while it was sent."),
    gettext_noop("The program stopped while it was being sent."),
    gettext_noop("The provider could not be reached; nothing was sent."),
    gettext_noop("The provider is busy; it will be tried again."),
)


@register.filter
def provider_words(text: str) -> str:
    """Return a stored sentence in the reader's language, as it is when it is not one of ours.

    What the provider itself said stands behind ours, as a quotation. "It may have been sent" is
    left out: the state that stands before it says so.
    """
    text = text.replace(": it may have been sent.", ".")
    ours = next((one for one in SENTENCES if text.startswith(f"{one} ")), "")
    if not ours:
        return gettext(text) if text else ""
    theirs = text.removeprefix(ours).strip()
    return f"{gettext(ours)} “{theirs}”"
