"""Send what a person wrote in the composer, and everything that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from messaging.models import Conversation
from messaging.services.contacts.contacts import name_contact
from messaging.services.content.variables import written_text
from messaging.services.conversations.drafts import clear_sent_draft
from messaging.services.conversations.lifecycle import close
from messaging.services.conversations.undo import state_of, undo_token
from messaging.services.reading.read_marks import read_up_to

from .queue import queue_message
from .recipients import start_conversation

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import DidNumber, Message

    from .new_message import NewMessage


@dataclass(frozen=True)
class Sent:
    """What became of a reply.

    Attributes:
        message: the message.
        is_new: False when the same client_id came again.
        undo: how to open again what "Send and close" closed, "" otherwise.
    """

    message: Message
    is_new: bool
    undo: str = ""


def send_reply(
    new: NewMessage,
    *,
    conversation: Conversation,
    user: User,
    at: datetime,
    draft_before: str | None = None,
    contact_name: str = "",
) -> Sent:
    """Fill the variables, write the message into the outbox, clear the draft.

    Args:
        new: what was written; its text may contain variables of saved replies.
        conversation: where.
        user: who writes.
        at: now, aware UTC.
        draft_before: what the composer believed to be kept as its draft; None says nothing.
        contact_name: what the writer calls a contact whose name they do not know.

    Raises:
        InvalidInput: the text cannot be sent, a variable that cannot be filled among the reasons.
        ThreadMovedOn, ClientIdConflict: as `queue_message`.
    """
    text = written_text(
        new.content, conversation=conversation, user=user, contact_name=contact_name
    )
    with transaction.atomic():
        message, is_new = queue_message(
            replace(new, content=text, takes_conversation=settings.FIRST_ANSWER_ASSIGNS),
            conversation=conversation,
            user=user,
            at=at,
        )
        clear_sent_draft(
            conversation=conversation, user=user, content=new.content, before=draft_before
        )
    return Sent(message=message, is_new=is_new)


def send_and_close(
    new: NewMessage,
    *,
    conversation: Conversation,
    user: User,
    at: datetime,
    draft_before: str | None = None,
) -> Sent:
    """Send a reply as `send_reply` does, and close its conversation."""
    with transaction.atomic():
        before = state_of(conversation_id=conversation.pk)
        sent = send_reply(
            new, conversation=conversation, user=user, at=at, draft_before=draft_before
        )
        if not sent.is_new:
            return sent
        conversation.refresh_from_db()
        close(conversation=conversation, by=user, at=at)
        return replace(sent, undo=undo_token(before=before, user=user))


def send_first(
    new: NewMessage,
    *,
    did_number: DidNumber,
    phone: str,
    user: User,
    at: datetime,
    name: str = "",
) -> Sent:
    """Send a text to a recipient whose conversation may not exist yet.

    Without a time it is held for the undo window; a refused one leaves no contact and no
    conversation behind.

    Args:
        new: what was written; its text may contain variables of saved replies. What its writer has
            seen, where it does not say, is what they have read.
        did_number: our number.
        phone: the recipient, in any spelling.
        user: who writes.
        at: now, aware UTC.
        name: what the contact is called from now on, if nobody has given it a name.

    Raises:
        InvalidInput: recipient or text cannot be used.
        ClientIdConflict: the client_id was used before with other content.
        ThreadMovedOn: there is a conversation, with something in it that the writer has not seen
            and may see.
    """
    with transaction.atomic():
        conversation = start_conversation(did_number=did_number, phone=phone, at=at)
        if not Conversation.objects.visible_to(user).filter(pk=conversation.pk).exists():
            new = replace(new, last_seen_id=None)  # what moved on there is not theirs to see
        elif new.last_seen_id is None:
            new = replace(new, last_seen_id=read_up_to(conversation=conversation, user=user))
        sent = send_reply(
            replace(new, is_held=True),
            conversation=conversation,
            user=user,
            at=at,
            contact_name=name,
        )
        name_contact(contact_id=conversation.contact_id, name=name, by=user, at=at)
    return sent
