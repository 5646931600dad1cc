"""Do what an exact keyword asks for: opt out, opt back in, or send the help text."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import override

from messaging.models import Message
from messaging.services.contacts.opt_outs import end_opt_outs, opt_out_in_force, record_opt_out
from messaging.services.content.keywords import Keyword, keyword_in
from messaging.services.content.languages import language_of
from messaging.services.errors import InvalidInput
from messaging.services.history.summary import settle_until
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from messaging.models import Conversation

#: Keywords that say whether we may write; of several the one that arrived last holds.
DECIDING: Final = frozenset({Keyword.STOP, Keyword.CANCEL, Keyword.START, Keyword.YES})


def act_on_keyword(*, message: Message, conversation: Conversation, at: datetime) -> bool:
    """Do what an inbound message asks for when it is exactly a keyword.

    Args:
        message: the inbound message.
        conversation: its conversation.
        at: when it arrived, aware UTC.

    Returns:
        Whether a person still has to answer the message.
    """
    own = conversation.did_number.opt_out_keywords
    keyword = keyword_in(message.content, own=own)
    if keyword in DECIDING and _has_decided_since(message=message, own=own):
        # It waited in the spool or in quarantine; what they wrote last holds.
        return keyword in {Keyword.CANCEL, Keyword.YES}
    if keyword in {Keyword.STOP, Keyword.CANCEL}:
        record_opt_out(conversation=conversation, at=at, message=message)
        if keyword is Keyword.STOP:
            # What they wrote before needs no reply any more either.
            settle_until(conversation, at=at)
        return keyword is Keyword.CANCEL
    if keyword in {Keyword.START, Keyword.YES}:
        return not end_opt_outs(conversation=conversation, keyword=message.content, at=at, by=None)
    if keyword is Keyword.HELP:
        _answer_help(conversation=conversation, at=at)
    return True


def _has_decided_since(*, message: Message, own: Collection[str]) -> bool:
    """Tell whether the contact opted out or returned in this conversation after a message came."""
    later = Message.objects.inbound().filter(
        conversation_id=message.conversation_id, created_at__gt=message.created_at
    )
    texts = later.values_list("content", flat=True)
    return any(keyword_in(text, own=own) in DECIDING for text in texts)


def _answer_help(*, conversation: Conversation, at: datetime) -> None:
    if not conversation.did_number.is_active:
        return
    if opt_out_in_force(
        contact_id=conversation.contact_id, did_number_id=conversation.did_number_id
    ):
        return
    day_ago = at - timedelta(days=1)
    if Message.objects.filter(
        conversation__contact_id=conversation.contact_id, is_automatic=True, created_at__gt=day_ago
    ).exists():
        return
    text = conversation.did_number.help_reply or _help_reply(conversation)
    try:
        new = NewMessage(content=text, is_automatic=True)
        queue_message(new, conversation=conversation, user=None, at=at)
    except InvalidInput:
        return  # A short code or a sender name cannot be answered.


def _help_reply(conversation: Conversation) -> str:
    """Return the default reply to HELP in the contact's language, English when that is unknown."""
    with override(language_of(conversation.contact.language)):
        return _("%(number)s: our team reads and replies here. Reply STOP to opt out.") % {
            "number": conversation.did_number.name
        }
