"""The variables in saved replies: which there are, and how they are filled in.

How staff create and edit saved replies is in `conversations/saved_replies.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.models import CannedReply, ContactField
from messaging.services.access.visible_contacts import hide_unknown
from messaging.services.errors import InvalidInput
from messaging.services.team.display_names import name_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.contrib.auth.models import User
    from django.utils.functional import _StrPromise

    from messaging.models import Conversation, DidNumber

#: In turn: an escaped variable, an escaped brace, a variable, perhaps with a fallback.
#: static/messaging/js/composer/variables.js reads the same; tests/golden/variables.json
#: holds both to it.
_TOKEN: Final = re.compile(
    r"\{\{([a-z][a-z0-9_]*(?:\|[^{}\n]*)?)\}\}|\{\{|\{([a-z][a-z0-9_]*)(?:\|([^{}\n]*))?\}"
)
_BRACES: Final = re.compile(r"(\{+)(?:([a-z][a-z0-9_]*)(?:\|[^{}\n]*)?(\}\}?))?")
#: What looks like a variable to the user who saves a reply.
_LOOKS_LIKE_ONE: Final = re.compile(
    r"\{([A-Za-z][A-Za-z0-9_-]*+(?: ++[A-Za-z0-9_-]++)*+) *+(?:\|[^{}\n]*+)?\}"
)

#: Our own variables, with the words that explain them; fields of contacts are variables too.
VARIABLES: Final[dict[str, _StrPromise]] = {
    "contact_name": gettext_lazy("The contact’s name"),
    "contact_first_name": gettext_lazy("The contact’s first name"),
    "contact_number": gettext_lazy("The contact’s number"),
    "my_name": gettext_lazy("Your name"),
    "my_first_name": gettext_lazy("Your first name"),
    "number_label": gettext_lazy("The name of our number"),
    "our_number": gettext_lazy("Our number"),
}


def variable_names() -> dict[str, str]:
    """Return what can be named in a text, with what it is: ours, then the fields of contacts."""
    fields = ContactField.objects.in_use().values_list("key", "name")
    return {name: str(words) for name, words in VARIABLES.items()} | dict(fields)


def readable_names() -> set[str]:
    """Return every name that is filled: a field that was archived is so in older texts."""
    return {*VARIABLES, *ContactField.objects.values_list("key", flat=True)}


def replies_for(*, did_number: DidNumber, user: User) -> list[CannedReply]:
    """Return the saved replies that a person may use on a number, their own among them.

    They are in the order of their shortcuts.
    """
    rows = CannedReply.objects.seen_by(user)
    return list(rows.filter(Q(did_number=did_number) | Q(did_number__isnull=True)))


def values_for(
    *,
    conversation: Conversation,
    user: User,
    contact_name: str = "",
    field_keys: Iterable[str] | None = None,
) -> dict[str, str]:
    """Return what the variables stand for here; "" where it is not known.

    Args:
        conversation: where.
        user: who writes.
        contact_name: what they call a contact whose name they do not know.
        field_keys: the keys of all contact fields, where they are at hand.
    """
    hide_unknown([conversation], user=user)
    name = (conversation.contact.name or contact_name).strip()
    fields = conversation.contact.fields
    keys = unknown_contact_values() if field_keys is None else field_keys
    return {
        **{key: fields.get(key, "") for key in keys},
        "contact_name": name,
        "contact_first_name": name.split()[0] if name else "",
        "contact_number": conversation.contact.formatted,
        **values_of_writer(did_number=conversation.did_number, user=user),
    }


def unknown_contact_values() -> dict[str, str]:
    """Return the variables of contacts' own fields, without a value."""
    return dict.fromkeys(ContactField.objects.values_list("key", flat=True), "")


def values_of_writer(*, did_number: DidNumber, user: User) -> dict[str, str]:
    """Return what the variables stand for that do not depend on a contact."""
    return {
        "my_name": name_of(user),
        "my_first_name": user.first_name or name_of(user),
        "number_label": did_number.label,
        "our_number": did_number.formatted,
    }


def fill(content: str, *, values: Mapping[str, str]) -> str:
    """Fill the variables of a text, once: what a value brings in stays as it is.

    Args:
        content: as it was written. "{{" writes a brace; "{contact_name|there}" says what is written
            where the value is missing; a name that is no variable is text.
        values: by name, "" where it is not known here; such a variable stays as it is written.
    """

    def filled(match: re.Match[str]) -> str:
        escaped, name, fallback = match.groups()
        if name is None:
            return "{" if escaped is None else f"{{{escaped}}}"
        return values.get(name) or (
            match[0] if name not in values or fallback is None else fallback
        )

    return _TOKEN.sub(filled, content)


def as_written(text: str, *, names: Collection[str] | None = None) -> str:
    """Return what somebody writes for exactly this text: `fill` brings it back.

    Args:
        text: any.
        names: of the variables; all that are filled when not given.
    """
    if "{" not in text:
        return text
    known = readable_names() if names is None else names

    def written(match: re.Match[str]) -> str:
        run, name, closing = match.groups()
        is_last = match.end() == len(text) and name is None
        if len(run) == 1 and not is_last and name not in known:
            return match[0]
        # Of "{{name}}" one brace on either side is written.
        return run + match[0] + ("}" if closing == "}}" else "")

    return _BRACES.sub(written, text)


def unfilled(content: str, *, values: Mapping[str, str]) -> list[str]:
    """Return the names of a text's variables that have no value here and no fallback, each once."""
    found = (match for match in _TOKEN.finditer(content) if match[2] in values)
    return list(dict.fromkeys(m[2] for m in found if m[3] is None and not values[m[2]]))


def unknown_in(content: str, *, names: Collection[str] | None = None) -> list[str]:
    """Return what looks like a variable in a saved reply and is none, each once.

    Args:
        content: the reply.
        names: of the variables; all that are filled when not given.
    """
    known = readable_names() if names is None else names
    text = content.replace("{{", "")
    found = (
        match[1] for match in _LOOKS_LIKE_ONE.finditer(text) if not _is_variable(match[0], known)
    )
    return list(dict.fromkeys(found))


def _is_variable(text: str, names: Collection[str]) -> bool:
    match = _TOKEN.fullmatch(text)
    return match is not None and match[2] in names


def in_braces(names: Iterable[str]) -> str:
    """Return names as people write them into a text."""
    return ", ".join(f"{{{name}}}" for name in names)


def written_text(
    content: str, *, conversation: Conversation, user: User, contact_name: str = ""
) -> str:
    """Fill the variables of what a person wrote, as `values_for` says.

    Raises:
        InvalidInput: one of them cannot be filled here (field ``content``).
    """
    values = values_for(conversation=conversation, user=user, contact_name=contact_name)
    if left := unfilled(content, values=values):
        raise InvalidInput(
            _("%(variables)s has no value for this contact. Type it in or remove it.")
            % {"variables": in_braces(left)},
            field="content",
            code="unfilled_variable",
        )
    return fill(content, values=values)
