"""Which contacts a search means: by what is known of them, or by a number however it is typed."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import Final

from messaging.phone_numbers import InvalidPhoneNumber, digits_of, searched_digits

from .search_matches import CONTACTS, newest_matches
from .search_terms import LEAST_DIGITS, Term

#: Contacts that a word or number may stand for.
MOST_CONTACTS: Final = 200


def matching_contact_ids(terms: list[Term], *, text: str) -> list[int]:
    """Return the newest contacts that fit by words or number, at most MOST_CONTACTS by either.

    Args:
        terms: what the text asks for.
        text: what was typed: a number may stand in it with spaces.
    """
    # "+34 612 34" is one number typed with spaces, not three words.
    numbers = [[Term((digits,), is_prefix=True, plain=digits)] for digits in numbers_in(text)]
    found: list[int] = []
    for query in [terms, *(number for number in numbers if number != terms)]:
        found += _newest_contact_ids(query)
    return found


def _newest_contact_ids(terms: list[Term]) -> list[int]:
    ids: list[int] = []
    with closing(newest_matches(CONTACTS, terms)) as batches:
        for batch in batches:
            ids += [pk for pk, _place in batch.matches]
            if len(ids) >= MOST_CONTACTS:
                break
    return ids[:MOST_CONTACTS]


def numbers_in(text: str) -> list[str]:
    """Return the digits under which a typed number may be stored; none when there are too few.

    Args:
        text: what was typed: "612-345", "0044 7911 123456", "+44 (0)7911 123456".

    Returns:
        All digits as they stand there; of a text that is nothing but a number also without the
        zeros that are dialled and not stored.
    """
    forms = [digits_of(text)]
    with suppress(InvalidPhoneNumber):
        forms.append(searched_digits(text))
    return [form for form in dict.fromkeys(forms) if len(form) >= LEAST_DIGITS]
