"""What we know about a contact: shared by all numbers, except for the contact note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Change, Contact, Conversation, DidNumber, Memo
from messaging.models.contact import SHARED
from messaging.services.access.visible_contacts import knows_contact
from messaging.services.errors import InvalidInput, WrongState
from messaging.services.feed.changes import announce_many
from messaging.services.history.conversation_events import Renamed, note_event

from .merged_people import contact_ids_of_person, locked_person

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User


def edit_contact(
    *,
    contact: Contact,
    conversation: Conversation,
    by: User,
    at: datetime,
    fields: dict[str, str] | None = None,
    **values: str,
) -> Contact:
    """Change what all numbers know of a contact; a new name is noted in its conversations.

    Args:
        contact: the contact.
        conversation: where the change was made.
        by: who changes it.
        at: now, aware UTC.
        fields: what else is known, by name; None leaves it as it is.
        **values: any of name, email, language.

    Raises:
        InvalidInput: this person does not see them, so cannot change them.
        WrongState: the contact was erased.
    """
    if contact.erased_at is not None:
        raise WrongState(_("This contact was erased."), code="erased")
    if not knows_contact(conversation=conversation, user=by):
        raise InvalidInput(
            _(
                "Name, email and language can be edited once a message has been sent to this"
                " contact or received."
            ),
            field=next(iter(values), "fields"),
            code="unknown_contact",
        )
    with transaction.atomic():
        rows = locked_person(contact.pk)
        changed: dict[str, Any] = {name: value.strip() for name, value in values.items()}
        if fields is not None:
            changed["fields"] = fields
        for name, value in changed.items():
            setattr(contact, name, value)
        for row in rows:
            _change(row, changed, by=by, at=at)
    return rows[0]


def name_contact(*, contact_id: int, name: str, by: User, at: datetime) -> None:
    """Name a contact that has no name; one that somebody gave it stays, no matter who may see it.

    Args:
        contact_id: the contact.
        name: what it is called; "" for nothing.
        by: who says so.
        at: now, aware UTC.
    """
    if not name.strip():
        return
    with transaction.atomic():
        rows = locked_person(contact_id)
        if not rows[0].name:
            for row in rows:
                _change(row, {"name": name.strip()}, by=by, at=at)


def spread(*, contact: Contact, by: User, at: datetime) -> None:
    """Let the other numbers of a person have what was just written to one of them.

    Must run in the transaction in which it was written.

    Args:
        contact: as it is now.
        by: who changed it.
        at: now, aware UTC.
    """
    changed = {name: getattr(contact, name) for name in (*SHARED, "fields")}
    for row in locked_person(contact.pk)[1:]:
        _change(row, changed, by=by, at=at)


def _change(row: Contact, changed: dict[str, Any], *, by: User, at: datetime) -> None:
    old_name = row.name
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    tell_of_change(row, by=by, at=at, is_renamed=row.name != old_name)


def keep_from_others(contact: Contact, *, by: User) -> None:
    """Let those who only added a contact by hand not read what others write down about it now."""
    threads = Conversation.objects.filter(contact=contact, added_at__isnull=False)
    own = DidNumber.objects.visible_to(by).order_by().values("pk")
    threads.exclude(did_number__in=own).update(added_at=None)


def tell_of_change(
    contact: Contact, *, by: User, at: datetime, is_renamed: bool, keeps_from_others: bool = True
) -> None:
    """Note a new name in a contact's conversations, and have open pages show what changed.

    Args:
        contact: as it is now.
        by: who changed it.
        at: now, aware UTC.
        is_renamed: whether the name is another one.
        keeps_from_others: whether something was written down that those who only added the contact
            by hand, on a number that the writer does not see, must not read.
    """
    if keeps_from_others:
        keep_from_others(contact, by=by)
    threads = Conversation.objects.filter(contact=contact)
    if is_renamed:
        # Where nothing was exchanged the name is not shown, and must not be in a line.
        for thread in threads.exchanged().order_by("pk"):
            note_event(
                conversation=thread,
                event=Renamed(name=contact.display_name),
                actor=by,
                at=at,
            )
    announce_many(
        kind=Change.Kind.CONVERSATION, threads=list(threads.values_list("pk", "did_number_id"))
    )


def write_memo(*, conversation: Conversation, text: str) -> None:
    """Write what a number's members note about the contact; an empty text takes it away.

    It is the same in the conversations of that number with the person's other numbers.

    Args:
        conversation: whose memo.
        text: at most 2000 characters.
    """
    content = text.strip()
    with transaction.atomic():
        ids = contact_ids_of_person(conversation.contact_id)
        threads = Conversation.objects.filter(
            contact__in=ids, did_number_id=conversation.did_number_id
        )
        write_memos(threads, content)
        announce_many(
            kind=Change.Kind.CONVERSATION, threads=list(threads.values_list("pk", "did_number_id"))
        )


def write_memos(threads: Iterable[Conversation], text: str) -> None:
    """Give some conversations one contact note; an empty text takes it away."""
    for thread in threads:
        if text:
            Memo.objects.update_or_create(
                conversation=thread, defaults={"content": text, "search_text": None}
            )
        else:
            Memo.objects.filter(conversation=thread).delete()
