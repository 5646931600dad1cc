"""Internal notes, and whom they mention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from messaging.models import Change, Note, Notification
from messaging.sms_text import normalise

from .colleagues import colleagues_of
from .errors import InvalidInput
from .live import announce
from .notifying import notify

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Conversation

MAX_CHARACTERS: Final = 4000
#: A user name as Django allows it; an e-mail address in the text is not a mention.
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
    """
    text = _checked_text(content)
    known = _known(author=author, client_id=client_id)
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
            _tell_the_mentioned(note=note, conversation=conversation)
            announce(kind=Change.Kind.NOTE, conversation=conversation)
    except IntegrityError:
        known = _known(author=author, client_id=client_id)
        if known is None:
            raise
        return known, False
    return note, True


def _checked_text(content: str) -> str:
    text = normalise(content).strip()
    if not text:
        raise InvalidInput(_("Write a note first."), field="content", code="required")
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(
            _("The note has %(count)d characters; at most %(most)d are kept.")
            % {"count": len(text), "most": MAX_CHARACTERS},
            field="content",
            code="too_long",
        )
    return text


def _tell_the_mentioned(*, note: Note, conversation: Conversation) -> None:
    colleagues = colleagues_of(did_number=conversation.did_number)
    people = mentioned_in(note.content, among=colleagues)
    note.mentions.set(people)
    for person in people:
        if person != note.author:
            notify(
                user=person,
                conversation=conversation,
                reason=Notification.Reason.MENTION,
                at=note.created_at,
            )


def _known(*, author: User, client_id: str | None) -> Note | None:
    if not client_id:
        return None
    return Note.objects.filter(author=author, client_id=client_id).first()


def mentioned_in(text: str, *, among: Iterable[User]) -> list[User]:
    """Return the colleagues whom a text names with ``@username``; a full stop may follow."""
    by_name = {person.get_username().casefold(): person for person in among}
    found: dict[int, User] = {}
    for name in MENTION.findall(text):
        person = by_name.get(name.casefold()) or by_name.get(name.rstrip(".+-@").casefold())
        if person is not None:
            found[person.pk] = person
    return list(found.values())
