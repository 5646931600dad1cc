"""Internal notes: write, edit, delete; and whom they mention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from messaging.models import Change, Note, Notification
from messaging.services.contacts.legal_holds import check_not_on_hold
from messaging.services.errors import InvalidInput, WrongState
from messaging.services.feed.changes import announce
from messaging.services.team.members import colleagues_of
from messaging.services.team.notifications import notify
from messaging.sms_text import is_blank, normalize

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from messaging.models import Conversation

MAX_CHARACTERS: Final = 4000
#: A username as Django allows it; an email address in the text is not a mention.
MENTION: Final = re.compile(r"(?<![\w.@+-])@([\w.@+-]+)")


def add_note(
    *,
    conversation: Conversation,
    author: User,
    content: str,
    at: datetime,
    client_id: str | None = None,
) -> tuple[Note, bool]:
    """Write an internal note and tell whom it mentions.

    Args:
        conversation: where.
        author: who writes it.
        content: the text; ``@username`` mentions a colleague who works with this number.
        at: now, aware UTC.
        client_id: the writer's own name for this note; the same again is the same note.

    Returns:
        The note, and whether it is new.

    Raises:
        InvalidInput: the text is empty or too long (field ``content``).
        WrongState: the client_id is that of a note in another conversation.
    """
    text = _checked_text(content)
    known = _known(conversation, author=author, client_id=client_id)
    if known is not None:
        return known, False
    try:
        with transaction.atomic():
            note = Note.objects.create(
                conversation=conversation,
                author=author,
                content=text,
                client_id=client_id or None,
                created_at=at,
            )
            _tell_the_mentioned(note=note, conversation=conversation, at=at)
            announce(kind=Change.Kind.NOTE, conversation=conversation)
    except IntegrityError:
        known = _known(conversation, author=author, client_id=client_id)
        if known is None:
            raise
        return known, False
    return note, True


def edit_note(*, note: Note, by: User, content: str, at: datetime) -> Note:
    """Change the text of a note; the thread says that and when it was edited.

    Whom the new text mentions for the first time is told.

    Args:
        note: the note.
        by: its author.
        content: the new text.
        at: now, aware UTC.

    Raises:
        InvalidInput: the text is empty or too long (field ``content``).
        WrongState: somebody else wrote it, or it was deleted.
    """
    text = _checked_text(content)
    with transaction.atomic():
        row = _locked_own(note, by=by)
        if row.content == text:
            return row
        known = set(row.mentions.values_list("pk", flat=True))
        row.content, row.edited_at, row.search_text = text, at, None
        row.save(update_fields=["content", "edited_at", "search_text"])
        _tell_the_mentioned(note=row, conversation=row.conversation, at=at, but=known)
        _forget_mentions(row)
        announce(kind=Change.Kind.NOTE, conversation=row.conversation)
    return row


def delete_note(*, note: Note, by: User, at: datetime) -> Note:
    """Delete the text of a note; the thread says who deleted one, and when.

    Args:
        note: the note.
        by: its author.
        at: now, aware UTC.

    Raises:
        WrongState: somebody else wrote it, or it was deleted before.
        OnLegalHold: the contact or the number is on legal hold.
    """
    with transaction.atomic():
        row = _locked_own(note, by=by)
        check_not_on_hold(
            contact_id=row.conversation.contact_id, did_number_id=row.conversation.did_number_id
        )
        row.content, row.deleted_at, row.search_text = "", at, ""
        row.save(update_fields=["content", "deleted_at", "search_text"])
        row.mentions.clear()
        _forget_mentions(row)
        announce(kind=Change.Kind.NOTE, conversation=row.conversation)
    return row


def _locked_own(note: Note, *, by: User) -> Note:
    row = (
        Note.objects.select_for_update(of=("self",))
        .select_related("conversation__did_number", "author")
        .get(pk=note.pk)
    )
    if row.author_id != by.pk:
        raise WrongState(_("Only its author can change a note."))
    if row.is_deleted:
        raise WrongState(_("This note was deleted."))
    return row


def _forget_mentions(note: Note) -> None:
    """Tell nobody any more who is mentioned in no note of the conversation."""
    still = User.objects.filter(mentioned_in__conversation=note.conversation_id)
    Notification.objects.filter(
        conversation=note.conversation_id,
        reason=Notification.Reason.MENTION,
        seen_at__isnull=True,
    ).exclude(user__in=still).delete()


def _checked_text(content: str) -> str:
    text = normalize(content).strip()
    if is_blank(text):
        raise InvalidInput(_("Enter a note."), field="content", code="required")
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(
            _("The note has %(count)d characters; the limit is %(most)d.")
            % {"count": len(text), "most": MAX_CHARACTERS},
            field="content",
            code="too_long",
        )
    return text


def _tell_the_mentioned(
    *, note: Note, conversation: Conversation, at: datetime, but: Collection[int] = ()
) -> None:
    """Note whom a note mentions, and tell them but for its author and those who know."""
    colleagues = colleagues_of(did_number=conversation.did_number)
    people = mentioned_in(note.content, among=colleagues)
    note.mentions.set(people)
    for person in people:
        if person != note.author and person.pk not in but:
            notify(
                user=person,
                conversation=conversation,
                reason=Notification.Reason.MENTION,
                at=at,
            )


def _known(conversation: Conversation, *, author: User, client_id: str | None) -> Note | None:
    """Return the note that its writer calls so; one of elsewhere is not shown here."""
    if not client_id:
        return None
    note = Note.objects.filter(author=author, client_id=client_id).first()
    if note is not None and note.conversation_id != conversation.pk:
        raise WrongState(
            _("This client_id was used before with other content."), code="client_id_conflict"
        )
    return note


def mentioned_in(text: str, *, among: Iterable[User]) -> list[User]:
    """Return the colleagues whom a text names with ``@username``; a full stop may follow."""
    by_name = {person.get_username().casefold(): person for person in among}
    found: dict[int, User] = {}
    for name in MENTION.findall(text):
        person = by_name.get(name.casefold()) or by_name.get(name.rstrip(".+-@").casefold())
        if person is not None:
            found[person.pk] = person
    return list(found.values())
