"""Everything that is held about one person: where it is, and whether a text tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from messaging.models import Contact, Conversation, Message, Note, OptOut, Push
from messaging.phone_numbers import address_key, format_for_reading
from messaging.typed_numbers import digits_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: A shorter run of digits is no telling part of a number.
LEAST_DIGITS: Final = 6
#: A shorter name would be found in texts about others.
LEAST_LETTERS: Final = 3


@dataclass(frozen=True)
class Person:
    """A contact, and the rows that are about it.

    Attributes:
        contact: as it is, with its number.
    """

    contact: Contact

    @property
    def conversations(self) -> QuerySet[Conversation]:
        """Their conversations on all numbers."""
        return Conversation.objects.filter(contact=self.contact).order_by("pk")

    @property
    def messages(self) -> QuerySet[Message]:
        """What they wrote and what was written to them."""
        return Message.objects.filter(conversation__contact=self.contact).order_by("pk")

    @property
    def notes(self) -> QuerySet[Note]:
        """Internal notes in their conversations."""
        return Note.objects.filter(conversation__contact=self.contact).order_by("pk")

    @property
    def opt_outs(self) -> QuerySet[OptOut]:
        """Their opt-outs, ended ones too."""
        return OptOut.objects.filter(contact=self.contact).order_by("pk")

    @property
    def pushes(self) -> QuerySet[Push]:
        """Raw pushes about their messages, or with their number."""
        key = self.contact.phone_key
        with_number = Q(phone_key=key) | Q(phone_key__startswith=f"{key} ")
        with_number |= Q(phone_key__endswith=f" {key}")
        return Push.objects.filter(
            with_number | Q(message__conversation__contact=self.contact)
        ).order_by("pk")

    @property
    def unread_pushes(self) -> list[Push]:
        """Pushes that nobody could read, with their number somewhere in the bytes."""
        digits = self.contact.phone_key.encode()
        rows = Push.objects.quarantined().filter(phone_key="", message__isnull=True)
        return [push for push in rows.iterator(chunk_size=200) if digits in bytes(push.raw_body)]

    @cached_property
    def object_ids(self) -> dict[str, list[int]]:
        """Return the ids under which the audit log knows what is theirs, by kind of object."""
        return {
            "contact": [self.contact.pk],
            "conversation": list(self.conversations.values_list("pk", flat=True)),
            "optout": list(self.opt_outs.values_list("pk", flat=True)),
        }

    @cached_property
    def _words(self) -> list[str]:
        contact = self.contact
        if contact.erased_at is not None:
            return []
        numbers = {contact.phone, contact.phone_key, format_for_reading(contact.phone)}
        words = {word.casefold() for word in (contact.name, contact.email, *numbers)}
        return [word for word in words if len(word) >= LEAST_LETTERS]

    def is_in(self, text: str) -> bool:
        """Tell whether a text tells of them: by number in any spelling, name or email address."""
        if not text:
            return False
        folded = text.casefold()
        if any(_has_word(folded, word) for word in self._words):
            return True
        parts = self.contact.name.casefold().split()
        if len(folded) >= LEAST_LETTERS and folded.strip() in parts:
            return True
        digits, key = digits_of(text).lstrip("0"), address_key(self.contact.phone_key)
        is_number = key.isascii() and key.isdigit()
        return is_number and len(digits) >= LEAST_DIGITS and (digits in key or key in digits)


def _has_word(text: str, word: str) -> bool:
    """Tell whether a word stands in a text by itself: no Ann is in "planning".

    In scripts without capital letters, of which some write without spaces, it may be part of more.
    """
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        before, after = text[max(start - 1, 0) : start], text[end : end + 1]
        if not (_is_one_word(before + word[0]) or _is_one_word(word[-1] + after)):
            return True
        start = text.find(word, start + 1)
    return False


def _is_one_word(pair: str) -> bool:
    return len(pair) == 2 and all(sign.isdigit() or sign.lower() != sign.upper() for sign in pair)
