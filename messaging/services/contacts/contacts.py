"""What we know about a contact: shared by all numbers, except for the contact note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Change, Contact, Conversation, DidNumber, Memo
from messaging.services.access.visible_contacts import knows_contact
from messaging.services.errors import InvalidInput, WrongState
from messaging.services.feed.changes import announce, announce_many
from messaging.services.history.conversation_events import Renamed, note_event

if TYPE_CHECKING:
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
        row = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
        old_name = row.name
        changed: dict[str, Any] = {name: value.strip() for name, value in values.items()}
        if fields is not None:
            changed["fields"] = fields
        for name, value in changed.items():
            setattr(row, name, value)
            setattr(contact, name, value)
        row.save(update_fields=list(changed))
        keep_from_others(row, by=by)
        _tell(row, by=by, at=at, is_renamed=row.name != old_name)
    return row


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
        row = Contact.objects.select_for_update(of=("self",)).get(pk=contact_id)
        if row.name:
            return
        row.name = name.strip()
        row.save(update_fields=["name"])
        keep_from_others(row, by=by)
        _tell(row, by=by, at=at, is_renamed=True)


def keep_from_others(contact: Contact, *, by: User) -> None:
    """Let those who only added a contact by hand not read what others write down about it now."""
    threads = Conversation.objects.filter(contact=contact, added_at__isnull=False)
    own = DidNumber.objects.visible_to(by).order_by().values("pk")
    threads.exclude(did_number__in=own).update(added_at=None)


def _tell(contact: Contact, *, by: User, at: datetime, is_renamed: bool) -> None:
    """Note a new name in a contact's conversations, and have open pages show what changed."""
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

    Args:
        conversation: whose memo.
        text: at most 2000 characters.
    """
    content = text.strip()
    with transaction.atomic():
        if content:
            Memo.objects.update_or_create(
                conversation=conversation, defaults={"content": content, "search_text": None}
            )
        else:
            Memo.objects.filter(conversation=conversation).delete()
        announce(kind=Change.Kind.CONVERSATION, conversation=conversation)
