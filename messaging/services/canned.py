"""Saved replies and the variables in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import CannedReply

from .errors import InvalidInput
from .known_contacts import hide_unknown
from .people import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.contrib.auth.models import User
    from django.utils.functional import _StrPromise

    from messaging.models import Conversation, DidNumber

VARIABLE: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")

#: Every variable that can be filled, with the words that explain it.
VARIABLES: Final[dict[str, _StrPromise]] = {
    "contact_name": gettext_lazy("The contact's name"),
    "contact_first_name": gettext_lazy("The contact's first name"),
    "contact_number": gettext_lazy("The contact's number"),
    "my_name": gettext_lazy("Your name"),
    "my_first_name": gettext_lazy("Your first name"),
    "number_label": gettext_lazy("The name of our number"),
    "our_number": gettext_lazy("Our number"),
}


def replies_for(*, did_number: DidNumber) -> list[CannedReply]:
    """Return the saved replies that may be used on a number, by shortcut."""
    return list(CannedReply.objects.filter(Q(did_number=did_number) | Q(did_number__isnull=True)))


def values_for(*, conversation: Conversation, user: User) -> dict[str, str]:
    """Return what the variables stand for here; "" where it is not known."""
    hide_unknown([conversation], user=user)
    contact = conversation.contact
    return {
        "contact_name": contact.name,
        "contact_first_name": contact.name.split()[0] if contact.name.strip() else "",
        "contact_number": contact.formatted,
        "my_name": name_of(user),
        "my_first_name": user.first_name or name_of(user),
        "number_label": conversation.did_number.label,
        "our_number": conversation.did_number.formatted,
    }


def fill(content: str, *, values: Mapping[str, str]) -> str:
    """Fill the variables of a text; one that has no value here stays as it stands."""
    return VARIABLE.sub(lambda match: values.get(match[1]) or match[0], content)


def unfilled(content: str) -> list[str]:
    """Return the names that still stand in braces in a text, misspelt ones too, each once."""
    return list(dict.fromkeys(VARIABLE.findall(content)))


def unknown_in(content: str) -> list[str]:
    """Return the names in a saved reply that no contact can ever fill, each once."""
    return [name for name in unfilled(content) if name not in VARIABLES]


def in_braces(names: Iterable[str]) -> str:
    """Return names as people write them into a text."""
    return ", ".join(f"{{{name}}}" for name in names)


def written_text(content: str, *, conversation: Conversation, user: User) -> str:
    """Fill the variables of what a person wrote.

    Raises:
        InvalidInput: one of them cannot be filled here (field ``content``).
    """
    text = fill(content, values=values_for(conversation=conversation, user=user))
    if left := unfilled(text):
        raise InvalidInput(
            _("%(variables)s cannot be filled for this contact. Write it out, or take it away.")
            % {"variables": in_braces(left)},
            field="content",
            code="unfilled_variable",
        )
    return text
