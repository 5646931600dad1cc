"""Find the contacts that match a search: by what the reader may know about them, or by a number.

A contact note belongs to one conversation and is found there, together with its contact's words.
"""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from messaging.models import Contact, Conversation, PersonNumber, is_administrator
from messaging.phone_numbers import searched_digits
from messaging.typed_numbers import InvalidPhoneNumber, digits_of

from .index_scan import CONTACTS, MEMOS, contacts_met_last, newest_matches, numbers_seen_by
from .tokenizer import LEAST_DIGITS, Term, fits, search_text_of_contact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

#: Contacts that a word or number may stand for, and memos that may hold it.
MOST_CONTACTS: Final = 200


def matching_contact_ids(terms: list[Term], *, text: str, user: User) -> list[int]:
    """Return the newest contacts that fit by words or number, at most MOST_CONTACTS by either.

    Args:
        terms: what the text asks for.
        text: what was typed: a number may be in it with spaces.
        user: who searches: a name or address that they may not see finds nothing.
    """
    # "+34 612 34" is one number typed with spaces, not three words.
    numbers = [[Term((digits,), is_prefix=True, plain=digits)] for digits in numbers_in(text)]
    found: list[int] = []
    for query in [terms, *(number for number in numbers if number != terms)]:
        found += _newest_contact_ids(query, user=user)
    return found + _other_numbers(found, user=user)


def _other_numbers(ids: list[int], *, user: User) -> list[int]:
    """Return the contacts that were merged with some, where the searcher knows of both."""
    if not ids:
        return []
    rows = PersonNumber.objects.filter(person__numbers__contact__in=ids).exclude(contact__in=ids)
    if not is_administrator(user):
        known = Contact.objects.known_to(user).filter(person_number__isnull=False)
        base = list(known.filter(pk__in=ids).values_list("pk", flat=True))
        rows = PersonNumber.objects.filter(person__numbers__contact__in=base)
        rows = rows.filter(contact__in=known.order_by().values("pk")).exclude(contact__in=ids)
    return list(dict.fromkeys(rows.values_list("contact_id", flat=True)[:MOST_CONTACTS]))


def _newest_contact_ids(terms: list[Term], *, user: User) -> list[int]:
    ids: list[int] = []
    numbers = numbers_seen_by(user)
    with closing(newest_matches(CONTACTS, terms, numbers=numbers)) as batches:
        for batch in batches:
            ids += _fitting_contacts([pk for pk, _owner in batch.matches], terms, user=user)
            if len(ids) >= MOST_CONTACTS:
                break
    if numbers is not None and len(ids) >= MOST_CONTACTS:
        # Which of too many are shown must not depend on when others met them.
        ids = _fitting_contacts(contacts_met_last(terms, numbers=numbers), terms, user=user)
    return ids[:MOST_CONTACTS]


def _fitting_contacts(ids: list[int], terms: list[Term], *, user: User) -> list[int]:
    """Leave out the contacts that only fit by what the searcher may not see."""
    if is_administrator(user) or not ids:
        return ids
    known = Contact.objects.known_to(user).filter(pk__in=ids).values_list("pk", flat=True)
    fitting = set(known)
    others = Contact.objects.filter(pk__in=set(ids) - fitting).values_list("pk", "phone_key")
    fitting |= {
        pk for pk, key in others if fits(search_text_of_contact(name="", phone_key=key), terms)
    }
    return [pk for pk in ids if pk in fitting]


def matching_memo_conversations(terms: list[Term], *, user: User) -> list[int]:
    """Return the conversations whose memos fit, at most MOST_CONTACTS, the newest memos first.

    Args:
        terms: what must be in a memo or in what is known of its contact.
        user: who searches.
    """
    conversation_ids: list[int] = []
    with closing(newest_matches(MEMOS, terms, numbers=numbers_seen_by(user))) as batches:
        for batch in batches:
            conversation_ids += _fitting_conversations(
                (conversation_id for _pk, conversation_id in batch.matches), terms, user=user
            )
            if len(conversation_ids) >= MOST_CONTACTS:
                break
    return conversation_ids[:MOST_CONTACTS]


def _fitting_conversations(
    conversation_ids: Iterable[int], terms: list[Term], *, user: User
) -> list[int]:
    """Leave out the memos that only fit by what the searcher may not see of the contact."""
    found = list(conversation_ids)
    if is_administrator(user) or not found:
        return found
    rows = Conversation.objects.filter(pk__in=found).order_by()
    known = rows.filter(Conversation.objects.knows_contact(user)).values_list("pk", flat=True)
    fitting = set(known)
    others = rows.exclude(pk__in=fitting).values_list(
        "pk", "contact__phone_key", "memo_row__content"
    )
    fitting |= {
        pk
        for pk, key, memo in others
        if fits(search_text_of_contact(name="", phone_key=key, memo=memo or ""), terms)
    }
    return [pk for pk in found if pk in fitting]


def numbers_in(text: str) -> list[str]:
    """Return the digits under which a typed number may be stored; none when there are too few.

    Args:
        text: what was typed: "612-345", "0044 7911 123456", "+44 (0)7911 123456".

    Returns:
        All digits as they are there; of a text that is nothing but a number also without the
        zeros that are dialed and not stored.
    """
    forms = [digits_of(text)]
    with suppress(InvalidPhoneNumber):
        forms.append(searched_digits(text))
    return [form for form in dict.fromkeys(forms) if len(form) >= LEAST_DIGITS]
