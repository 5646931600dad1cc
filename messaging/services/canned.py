"""Saved replies and the variables in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.models import CannedReply

from .people import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User
    from django.utils.functional import _StrPromise

    from messaging.models import Conversation, DidNumber

VARIABLE: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")

#: Every variable that can be filled, with the words that explain it.
VARIABLES: Final[dict[str, _StrPromise]] = {
    "contact_name": _("The contact's name"),
    "contact_first_name": _("The contact's first name"),
    "contact_number": _("The contact's number"),
    "my_name": _("Your name"),
    "my_first_name": _("Your first name"),
    "number_label": _("The name of our number"),
    "our_number": _("Our number"),
}


def replies_for(*, did_number: DidNumber) -> list[CannedReply]:
    """Return the saved replies that may be used on a number, by shortcut."""
    return list(CannedReply.objects.filter(Q(did_number=did_number) | Q(did_number__isnull=True)))


def values_for(*, conversation: Conversation, user: User) -> dict[str, str]:
    """Return what the variables stand for here; "" where it is not known."""
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
    """Return our variables that still stand in a text, each once; other braces are the writer's."""
    return [name for name in dict.fromkeys(VARIABLE.findall(content)) if name in VARIABLES]
