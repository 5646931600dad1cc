"""Everything that is held about one person, as far as its reader may see it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from messaging.models import (
    Conversation,
    ConversationEvent,
    DidNumber,
    LegalHold,
    Message,
    Note,
    OptOut,
    Push,
    StatusChange,
    is_administrator,
)
from messaging.policy import Action
from messaging.services.audit.record import Subject, record
from messaging.services.contacts.merged_people import other_numbers

from .personal_data import Person

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from messaging.models import Contact

#: Of the shape of what is exported; it grows when a name changes its meaning.
VERSION: Final = 1


def export_contact(*, contact: Contact, by: User, at: datetime) -> dict[str, Any] | None:
    """Return what is held about a person, and record that it was taken.

    An administrator gets everything, raw pushes too; anybody else what is in the conversations that
    they may export.

    Args:
        contact: who; the reader knows them.
        by: the reader.
        at: now, aware UTC.

    Returns:
        Values of JSON; None where the reader may export no conversation with this contact.
    """
    person, is_all = Person(contact), is_administrator(by)
    threads = person.conversations.filter(pk__in=_exportable(by)).select_related(
        "did_number", "assignee", "memo_row"
    )
    if not is_all and not threads.exists():
        return None
    found: dict[str, Any] = {
        "version": VERSION,
        "exported_at": _time(at),
        "exported_by": by.get_username(),
        "contact": _contact(contact, is_all=is_all),
        "conversations": [
            _conversation(thread, drafts_of=None if is_all else by) for thread in threads
        ],
        "opt_outs": [
            _opt_out(row, threads={thread.pk for thread in threads})
            for row in _opt_outs(person, threads=threads, is_all=is_all)
        ],
    }
    if is_all:
        holds = LegalHold.objects.filter(contact=contact).order_by("pk")
        found["legal_holds"] = [_hold(row) for row in holds]
        found["pushes"] = [_push(row) for row in [*person.pushes, *person.unread_pushes]]
    record("contact_exported", actor=by, about=Subject("contact", contact.pk), at=at)
    return found


def export_person(*, contact: Contact, by: User, at: datetime) -> dict[str, Any] | None:
    """Return what is held about a person with all their numbers that the reader knows.

    Returns:
        As `export_contact` of the one that was asked for; `other_numbers` holds the same of each
        other number, and is left out where there is none.
    """
    found = export_contact(contact=contact, by=by, at=at)
    others = other_numbers([contact.pk], user=by).get(contact.pk, [])
    files = [export_contact(contact=row, by=by, at=at) for row in others]
    taken = [file for file in files if file is not None]
    if found is None:
        return {**taken[0], "other_numbers": taken[1:]} if taken else None
    return {**found, "other_numbers": taken} if taken else found


def _exportable(user: User) -> QuerySet[Conversation]:
    numbers = DidNumber.objects.allowing(user, Action.EXPORT).order_by()
    threads = Conversation.objects.visible_to(user).filter(did_number__in=numbers)
    return threads.order_by().values("pk")  # type: ignore[return-value]  # of ids


def _contact(contact: Contact, *, is_all: bool) -> dict[str, Any]:
    shared = {
        "phone": contact.written_out,
        "name": contact.name,
        "email": contact.email,
        "language": contact.language,
        "fields": contact.fields,
    }
    own = {
        "id": contact.pk,
        "first_seen_at": _time(contact.created_at),
        "blocked_at": _time(contact.blocked_at),
    }
    return own | shared if is_all else shared


def _conversation(thread: Conversation, *, drafts_of: User | None) -> dict[str, Any]:
    """Return a conversation; what is being typed only of one person, or of all with None."""
    drafts = thread.drafts.select_related("user").order_by("pk")
    if drafts_of is not None:
        drafts = drafts.filter(user=drafts_of)
    messages = thread.messages.order_by("pk").select_related("sent_by")
    notes = thread.notes.order_by("pk").select_related("author")
    events = thread.events.order_by("pk").select_related("actor", "subject")
    history: dict[int, list[StatusChange]] = {}
    for change in StatusChange.objects.filter(message__conversation=thread).order_by("pk"):
        history.setdefault(change.message_id, []).append(change)
    return {
        "id": thread.pk,
        "number": thread.did_number.number,
        "status": thread.status,
        "assignee": thread.assignee.get_username() if thread.assignee else None,
        "labels": sorted(thread.labels.values_list("name", flat=True)),
        "created_at": _time(thread.created_at),
        "added_at": _time(thread.added_at),
        "blocked_at": _time(thread.blocked_at),
        "contact_note": thread.memo,
        "messages": [_message(row, history.get(row.pk, [])) for row in messages],
        "notes": [_note(row) for row in notes],
        "events": [_event(row) for row in events],
        "drafts": [
            {"by": draft.user.get_username(), "reply": draft.reply, "note": draft.note}
            for draft in drafts
        ],
    }


def _message(row: Message, history: list[StatusChange]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "direction": row.direction,
        "status": row.status,
        "content": row.content,
        "created_at": _time(row.created_at),
        "sent_by": row.sent_by.get_username() if row.sent_by else None,
        "send_at": _time(row.send_at),
        "sent_at": _time(row.sent_at),
        "provider_message_id": row.provider_message_id,
        "provider_time": _time(row.provider_time),
        "client_id": row.client_id,
        "segments": row.segments,
        "billed_segments": row.billed_segments,
        "price": None if row.price is None else str(row.price),
        "error": row.error,
        "hidden_at": _time(row.redacted_at),
        "history": [
            {"status": each.status, "at": _time(each.at), "detail": each.detail} for each in history
        ],
    }


def _note(row: Note) -> dict[str, Any]:
    return {
        "id": row.pk,
        "author": row.author.get_username(),
        "content": row.content,
        "created_at": _time(row.created_at),
        "edited_at": _time(row.edited_at),
        "deleted_at": _time(row.deleted_at),
    }


def _event(row: ConversationEvent) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "at": _time(row.at),
        "actor": row.actor.get_username() if row.actor else None,
        "to": row.subject.get_username() if row.subject else None,
        "facts": row.facts or {},
    }


def _opt_outs(person: Person, *, threads: QuerySet[Conversation], is_all: bool) -> QuerySet[OptOut]:
    rows = person.opt_outs.select_related("did_number", "message", "created_by", "ended_by")
    if is_all:
        return rows
    numbers = threads.order_by().values("did_number")
    return rows.filter(did_number__in=numbers) | rows.filter(did_number__isnull=True)


def _opt_out(row: OptOut, *, threads: set[int]) -> dict[str, Any]:
    """Return an opt-out; its message only where that is in one of these conversations."""
    is_theirs = row.message is not None and row.message.conversation_id in threads
    return {
        "id": row.pk,
        "number": row.did_number.number if row.did_number else None,
        "message": row.message_id if is_theirs else None,
        "since": _time(row.created_at),
        "recorded_by": row.created_by.get_username() if row.created_by else None,
        "ended_at": _time(row.ended_at),
        "ended_by": row.ended_by.get_username() if row.ended_by else None,
        "end_reason": row.end_reason,
        "end_keyword": row.end_keyword,
    }


def _hold(row: LegalHold) -> dict[str, Any]:
    return {
        "id": row.pk,
        "reason": row.reason,
        "since": _time(row.placed_at),
        "lifted_at": _time(row.lifted_at),
    }


def _push(row: Push) -> dict[str, Any]:
    raw = bytes(row.raw_body)
    return {
        "id": row.pk,
        "received_at": _time(row.received_at),
        "kind": row.kind,
        "outcome": row.outcome,
        "reason": row.reason,
        "content_type": row.content_type,
        "message": row.message_id,
        "body": row.body_text,
        "body_base64": base64.b64encode(raw).decode(),
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
