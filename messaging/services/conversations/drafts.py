"""What a person has typed and not sent, kept on the server per person and conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db import transaction

from messaging.models import Conversation, Draft, Message, Note
from messaging.services.content.digests import Wording, is_same, wording_of
from messaging.services.content.variables import fill, values_for
from messaging.sms_text import comparison_form, is_blank, normalize, signed
from messaging.statuses import Status

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: Far above what can be sent, so that a pasted letter is kept until its writer has cut it.
MAX_CHARACTERS: Final = 20_000


def store_draft(
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
        name: normalize(text)[:MAX_CHARACTERS]
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
    if is_blank(draft.reply) and is_blank(draft.note):
        draft.delete()
        return None
    return draft


@dataclass(frozen=True)
class Kept:
    """What became of a text that a composer holds.

    Attributes:
        taken: which of "reply" and "note" were sent or noted already, and are not kept.
        merged: what is kept under these names instead of the composer's text, because another
            tab or device of the same person had kept something there too.
    """

    taken: frozenset[str] = frozenset()
    merged: Mapping[str, str] = field(default_factory=dict)


def save_draft(
    *,
    conversation: Conversation,
    user: User,
    texts: Mapping[str, str],
    before: Mapping[str, str] | None = None,
    client_ids: Mapping[str, str] | None = None,
) -> Kept:
    """Keep what a composer holds, but nothing that was taken from it already.

    A browser that lost the answer to its "Send" still holds the text, and a draft that was on its
    way may arrive after the message. If kept, either would be in the composer to be sent twice.

    Args:
        conversation: where.
        user: who.
        texts: of the boxes "reply" and "note"; what is not named stays as it is.
        before: what the composer believed to be kept under these names; None believes nothing.
        client_ids: the composer's own names for the message and the note that would come of them.

    Returns:
        What is not kept as it came.
    """
    ids = client_ids or {}
    with transaction.atomic():
        # A reply locks the conversation too: whichever comes first, the other sees it.
        Conversation.objects.select_for_update(of=("self",)).only("pk").get(pk=conversation.pk)
        present = draft_of(conversation=conversation, user=user)
        taken, merged = set(), {}
        kept = {name: normalize(text)[:MAX_CHARACTERS] for name, text in texts.items()}
        for name, was_taken in (("reply", _is_sent), ("note", _is_noted)):
            text = kept.get(name)
            if text is None:
                continue
            if was_taken(text, conversation=conversation, user=user, client_id=ids.get(name, "")):
                taken.add(name)
                kept[name] = text = ""
            if before is None:
                continue
            both = merge(getattr(present, name), text, before=normalize(before.get(name, "")))
            if both != text:
                merged[name] = kept[name] = both[:MAX_CHARACTERS]
        store_draft(conversation=conversation, user=user, **kept)
    return Kept(taken=frozenset(taken), merged=merged)


def clear_sent_draft(
    *, conversation: Conversation, user: User, content: str, before: str | None
) -> None:
    """Let go of a reply's draft as it is sent; what another tab or device has written stays.

    Args:
        conversation: where.
        user: who.
        content: the text that is sent, as it was written.
        before: what the composer believed to be kept; None lets go of everything.
    """
    rest = ""
    if before is not None:
        present = draft_of(conversation=conversation, user=user).reply
        is_older = present.strip() in normalize(content)
        rest = "" if is_older else merge(present, "", before=normalize(before))
    store_draft(conversation=conversation, user=user, reply=rest)


def merge(present: str, text: str, *, before: str) -> str:
    """Bring together what two composers of one person hold.

    Args:
        present: what is kept.
        text: what one of them holds now.
        before: what that one believed to be kept.

    Returns:
        Its own text where nobody else wrote; else both, the other's untouched.
    """
    if present in (before, text) or not present.strip() or present.strip() in text:
        return text
    if before.strip() and before in present:
        return present.replace(before, text, 1).strip("\n")
    return f"{present}\n\n{text}" if text.strip() else present


def _is_sent(text: str, *, conversation: Conversation, user: User, client_id: str) -> bool:
    if not text.strip() or not client_id:
        return False
    sent = (
        Message.objects.filter(sent_by=user, client_id=client_id, conversation=conversation)
        .exclude(status=Status.CANCELED)
        .first()
    )
    if sent is None:
        return False
    filled = fill(normalize(text), values=values_for(conversation=conversation, user=user))
    text = signed(filled, sent.signature)
    return is_same(wording_of(sent), Wording(comparison_form(text))) is True


def _is_noted(text: str, *, conversation: Conversation, user: User, client_id: str) -> bool:
    if not text.strip() or not client_id:
        return False
    notes = Note.objects.filter(author=user, client_id=client_id, conversation=conversation)
    return notes.values_list("content", flat=True).first() == normalize(text).strip()


def draft_of(*, conversation: Conversation, user: User) -> Draft:
    """Return a person's draft here, an empty one when there is none."""
    found = Draft.objects.filter(conversation=conversation, user=user).first()
    return found or Draft(conversation=conversation, user=user)
