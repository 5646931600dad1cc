"""What a person has typed and not sent, kept on the server per person and conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction

from messaging.models import Conversation, Draft, Message, Note
from messaging.sms_text import normalise
from messaging.statuses import Status

from .canned import fill, values_for

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: Far above what can be sent, so that a pasted letter is kept until its writer has cut it.
MAX_CHARACTERS: Final = 20_000


def save_draft(
    *, conversation: Conversation, user: User, reply: str | None = None, note: str | None = None
) -> Draft | None:
    """Keep what somebody has typed.

    Args:
        conversation: where.
        user: who.
        reply: the text of the reply box; None leaves what is kept.
        note: the text of the note box; None leaves what is kept.

    Returns:
        The draft, None when nothing is left to keep.
    """
    texts = {
        name: normalise(text)[:MAX_CHARACTERS]
        for name, text in (("reply", reply), ("note", note))
        if text is not None
    }
    if (
        not any(texts.values())
        and not Draft.objects.filter(conversation=conversation, user=user).exists()
    ):
        return None
    draft, _is_new = Draft.objects.update_or_create(
        conversation=conversation, user=user, defaults=texts
    )
    if not draft.reply.strip() and not draft.note.strip():
        draft.delete()
        return None
    return draft


def keep_typing(
    *,
    conversation: Conversation,
    user: User,
    reply: str | None = None,
    note: str | None = None,
    client_id: str = "",
    note_client_id: str = "",
) -> frozenset[str]:
    """Keep what a composer holds, but nothing that was taken from it already.

    A browser that lost the answer to its "Send" still holds the text, and a draft that was on its
    way may arrive after the message. Kept, either would stand in the composer to be sent twice.

    Args:
        conversation: where.
        user: who.
        reply: the text of the reply box; None leaves what is kept.
        note: the text of the note box; None leaves what is kept.
        client_id: the composer's own name for the message that the reply would become.
        note_client_id: its name for the note.

    Returns:
        Which of "reply" and "note" were taken, and are not kept.
    """
    with transaction.atomic():
        # A reply locks the conversation too: whichever comes first, the other sees it.
        Conversation.objects.select_for_update(of=("self",)).only("pk").get(pk=conversation.pk)
        taken = set()
        if _is_sent(reply, conversation=conversation, user=user, client_id=client_id):
            taken.add("reply")
        if _is_noted(note, conversation=conversation, user=user, client_id=note_client_id):
            taken.add("note")
        save_draft(
            conversation=conversation,
            user=user,
            reply="" if "reply" in taken else reply,
            note="" if "note" in taken else note,
        )
    return frozenset(taken)


def _is_sent(text: str | None, *, conversation: Conversation, user: User, client_id: str) -> bool:
    if not text or not text.strip() or not client_id:
        return False
    sent = (
        Message.objects.filter(sent_by=user, client_id=client_id, conversation=conversation)
        .exclude(status=Status.CANCELED)
        .values_list("content", flat=True)
        .first()
    )
    if sent is None:
        return False
    return sent == fill(normalise(text), values=values_for(conversation=conversation, user=user))


def _is_noted(text: str | None, *, conversation: Conversation, user: User, client_id: str) -> bool:
    if not text or not text.strip() or not client_id:
        return False
    notes = Note.objects.filter(author=user, client_id=client_id, conversation=conversation)
    return notes.values_list("content", flat=True).first() == normalise(text).strip()


def draft_of(*, conversation: Conversation, user: User) -> Draft:
    """Return a person's draft here, an empty one when there is none."""
    found = Draft.objects.filter(conversation=conversation, user=user).first()
    return found or Draft(conversation=conversation, user=user)
