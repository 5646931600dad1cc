"""Send what a person wrote in the composer, and everything that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from .canned import written_text
from .composing import queue_message
from .contacts import name_contact
from .conversations import close
from .drafts import forget_sent
from .read_marks import read_up_to
from .recipients import start_conversation
from .reverting import state_of, undo_token

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Conversation, DidNumber, Message


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
    *,
    conversation: Conversation,
    user: User,
    content: str,
    at: datetime,
    client_id: str | None = None,
    last_seen_id: int | None = None,
    send_at: datetime | None = None,
    cancel_if_they_write: bool = False,
    is_held: bool = False,
    closes: bool = False,
    draft_before: str | None = None,
    contact_name: str = "",
) -> Sent:
    """Fill the variables, write the message into the outbox, clear the draft, close when asked.

    Args:
        conversation: where.
        user: who writes.
        content: the text; variables of saved replies may stand in it.
        at: now, aware UTC.
        client_id: the composer's own name for this message.
        last_seen_id: the newest message that the writer had seen.
        send_at: a future instant; None for now.
        cancel_if_they_write: cancel a scheduled message when the contact writes first.
        is_held: hold it for the undo window.
        closes: close the conversation with it.
        draft_before: what the composer believed to be kept as its draft; None says nothing.
        contact_name: what the writer calls a contact whose name they do not know.

    Raises:
        InvalidInput: the text cannot be sent, a variable that cannot be filled among the reasons.
        ThreadMovedOn, ClientIdConflict: as `queue_message`.
    """
    text = written_text(content, conversation=conversation, user=user, contact_name=contact_name)
    with transaction.atomic():
        before = state_of(conversation_id=conversation.pk)
        message, is_new = queue_message(
            conversation=conversation,
            content=text,
            user=user,
            at=at,
            client_id=client_id,
            send_at=send_at,
            is_held=is_held and send_at is None,
            last_seen_id=last_seen_id,
            cancel_if_they_write=cancel_if_they_write and send_at is not None,
            takes_conversation=settings.FIRST_ANSWER_ASSIGNS,
        )
        forget_sent(conversation=conversation, user=user, content=content, before=draft_before)
        undo = ""
        if closes and is_new:
            conversation.refresh_from_db()
            close(conversation=conversation, by=user, at=at)
            undo = undo_token(before=before, user=user)
    return Sent(message=message, is_new=is_new, undo=undo)


def send_first(
    *,
    did_number: DidNumber,
    phone: str,
    user: User,
    content: str,
    at: datetime,
    client_id: str | None = None,
    last_seen_id: int | None = None,
    name: str = "",
    send_at: datetime | None = None,
    cancel_if_they_write: bool = False,
) -> Sent:
    """Send a text to a recipient whose conversation may not exist yet.

    Without a time it is held for the undo window; a refused one leaves no contact and no
    conversation behind.

    Args:
        did_number: our number.
        phone: the recipient, in any spelling.
        user: who writes.
        content: the text; variables of saved replies may stand in it.
        at: now, aware UTC.
        client_id: the form's own name for this message.
        last_seen_id: the newest message that the form has shown; None for what the user has read.
        name: what the contact is called from now on, if nobody has given it a name.
        send_at: a future instant; None for now.
        cancel_if_they_write: cancel a scheduled message when the contact writes first.

    Raises:
        InvalidInput: recipient or text cannot be used.
        ClientIdConflict: the client_id was used before with other content.
        ThreadMovedOn: there is a conversation, with something in it that the writer has not seen.
    """
    with transaction.atomic():
        conversation = start_conversation(did_number=did_number, phone=phone, at=at)
        if last_seen_id is None:
            last_seen_id = read_up_to(conversation=conversation, user=user)
        sent = send_reply(
            conversation=conversation,
            user=user,
            content=content,
            at=at,
            client_id=client_id,
            last_seen_id=last_seen_id,
            is_held=True,
            send_at=send_at,
            cancel_if_they_write=cancel_if_they_write,
            contact_name=name,
        )
        name_contact(contact_id=conversation.contact_id, name=name, by=user, at=at)
    return sent
