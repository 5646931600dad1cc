"""What the composer's script needs to know, and what both forms that send say of a refusal."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from messaging.phone_numbers import calling_code
from messaging.services.content.variables import replies_for, values_for
from messaging.services.reports.prices import price_in
from messaging.services.team.display_names import name_of
from messaging.sms_text import rules

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from django.contrib.auth.models import User

    from messaging.models import Conversation, DidNumber, Message


@cache
def sms_rules_json() -> str:
    """Return the tables by which a browser counts segments."""
    return json.dumps(rules(), ensure_ascii=False, separators=(",", ":"))


def composer_json(*, conversation: Conversation, user: User, colleagues: Iterable[User]) -> str:
    """Return what a reply is made of and counted by, and whom a note can mention."""
    price = price_in(conversation, user=user, at=timezone.now())
    return json.dumps(
        {
            "callingCode": calling_code(conversation.contact.phone_key),
            "price": price_text(price),
            "values": values_for(conversation=conversation, user=user),
            "signature": conversation.did_number.signature,
            "canned": canned_facts(did_number=conversation.did_number, user=user),
            "colleagues": [
                {"username": person.get_username(), "name": name_of(person)}
                for person in colleagues
            ],
        },
        ensure_ascii=False,
    )


def price_text(price: Decimal | None) -> str | None:
    """Return the price of a segment for a browser, which counts in millionths."""
    return None if price is None else f"{price.normalize():f}"


def canned_facts(*, did_number: DidNumber, user: User) -> list[dict[str, Any]]:
    """Return the saved replies that a person may use on a number, for a browser's picker."""
    return [
        {
            "shortcut": reply.shortcut,
            "content": reply.content,
            "is_private": reply.owner_id is not None,
        }
        for reply in replies_for(did_number=did_number, user=user)
    ]


def values_json(
    *, conversation: Conversation, user: User, field_keys: Iterable[str] | None = None
) -> str:
    """Return the values of a text's variables."""
    values = values_for(conversation=conversation, user=user, field_keys=field_keys)
    return json.dumps(values, ensure_ascii=False)


#: A whole text of ours; of a contact's longer one the beginning. The box scrolls.
NEWER_LENGTH: Final = 2000


def newer_message(message: Message) -> dict[str, Any]:
    """Return what a writer is shown of a message that came before theirs."""
    return {
        "id": message.pk,
        "is_inbound": message.is_inbound,
        "who": "" if message.is_inbound else name_of(message.sent_by),
        "text": Truncator(message.content).chars(NEWER_LENGTH),
    }


def sent_before_the_change() -> str:
    """Say that a form's text was sent already, as it stood before its last change."""
    return _("An earlier version was already sent. Check the conversation before sending again.")
