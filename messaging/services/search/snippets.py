"""The line that a search shows for each conversation, with the searched words marked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Subquery

from messaging.models import Message, Note

from .tokenizer import Part, Term, fits, search_text_of, snippet

if TYPE_CHECKING:
    from messaging.models import Conversation


@dataclass(frozen=True)
class Hit:
    """A conversation that fits.

    Attributes:
        conversation_id: which.
        message_id: the newest text that fits, or the last one before the note that does; None when
            the contact fits, or nobody wrote before the note.
        note_id: the newest note that fits; None when something else does.
        parts: one line of the text, note or email address, cut where it matches; empty when the
            contact's name or number fits.
        is_of_memo: whether the line is the contact's memo.
    """

    conversation_id: int
    message_id: int | None = None
    note_id: int | None = None
    parts: list[Part] = field(default_factory=list)
    is_of_memo: bool = False


def hit_of_contact(conversation: Conversation, *, terms: list[Term]) -> Hit:
    """Show the memo, the address or a field where the name alone does not say why the contact fits.

    Args:
        conversation: with its contact, as the searcher may see it.
        terms: what was looked for.
    """
    contact, memo = conversation.contact, conversation.memo
    if not fits(search_text_of(contact.name), terms):
        for text in (memo, contact.email, *contact.fields.values()):
            parts = snippet(text, terms)
            if any(is_match for _text, is_match in parts):
                return Hit(conversation.pk, parts=parts, is_of_memo=text is memo)
    return Hit(conversation.pk)


def hits_of_texts(newest: dict[int, int], terms: list[Term]) -> list[Hit]:
    """Show the texts.

    Args:
        newest: for each conversation the message that fits.
        terms: what was looked for.
    """
    texts = dict(Message.objects.filter(pk__in=newest.values()).values_list("id", "content"))
    return [
        Hit(
            conversation_id=conversation_id,
            message_id=message_id,
            parts=snippet(texts[message_id], terms),
        )
        for conversation_id, message_id in newest.items()
    ]


def hits_of_notes(newest: dict[int, int], terms: list[Term]) -> list[Hit]:
    """Show the notes.

    Args:
        newest: for each conversation the note that fits.
        terms: what was looked for.
    """
    if not newest:
        return []
    # A thread opens around a message: the note is found in a long one below the last before it.
    before = Message.objects.filter(
        conversation_id=OuterRef("conversation_id"), created_at__lte=OuterRef("created_at")
    )
    notes = Note.objects.filter(pk__in=newest.values()).annotate(
        message_id=Subquery(before.order_by("-id").values("id")[:1])
    )
    found = {note.pk: note for note in notes}
    return [
        Hit(
            conversation_id=conversation_id,
            message_id=found[note_id].message_id,
            note_id=note_id,
            parts=snippet(found[note_id].content, terms),
        )
        for conversation_id, note_id in newest.items()
    ]
