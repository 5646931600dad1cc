"""What a person has typed and not sent, kept on the server per person and conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from messaging.models import Draft
from messaging.sms_text import normalise

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from messaging.models import Conversation

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


def draft_of(*, conversation: Conversation, user: User) -> Draft:
    """Return a person's draft here, an empty one when there is none."""
    found = Draft.objects.filter(conversation=conversation, user=user).first()
    return found or Draft(conversation=conversation, user=user)
