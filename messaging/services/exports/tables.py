"""The tables of an export: their columns, and which rows somebody may have.

docs/integrators/exports.md is written from `documented_tables()`. What others keep for themselves
(drafts, private replies) is in none of them; of a hidden text what replaced it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from messaging.models import Conversation, DidNumber, Message, Note, OptOut, rights_of
from messaging.policy import Action
from messaging.services.access.visible_contacts import shown_id
from messaging.services.contacts.known_contacts import contacts_known_to

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.contrib.auth.models import User
    from django.db.models import QuerySet


@dataclass(frozen=True)
class ExportTable:
    """One file of an export.

    Attributes:
        columns: what each column holds, by name, in order.
        rows: the rows that a person may have, in no order.
        read: one of them as values by column; times are aware, lists are lists.
    """

    columns: Mapping[str, str]
    rows: Callable[[User], QuerySet[Any]]
    read: Callable[[Any], dict[str, Any]]


def exportable_conversations(user: User) -> QuerySet[Conversation]:
    """Return the conversations that somebody may take away."""
    numbers = DidNumber.objects.allowing(user, Action.EXPORT).order_by().values("pk")
    return Conversation.objects.visible_to(user).filter(did_number__in=numbers).order_by()


def _conversations(user: User) -> QuerySet[Any]:
    rows: QuerySet[Any] = exportable_conversations(user).annotate(
        contact_shown_id=shown_id(user=user, contact="contact_id")
    )
    return rows.select_related("did_number", "contact", "assignee", "memo_row")


def _read_conversation(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.did_number.number,
        "contact": row.contact_shown_id,
        "contact_phone": row.contact.written_out,
        "status": row.status,
        "assignee": _name(row.assignee),
        "labels": sorted(label.name for label in row.labels.all()),
        "contact_note": row.memo,
        "created_at": row.created_at,
        "last_activity_at": row.last_activity_at,
        "needs_reply_since": row.needs_reply_since,
        "snoozed_until": row.snoozed_until,
        "blocked_at": row.blocked_at,
    }


def _contacts(user: User) -> QuerySet[Any]:
    rows: QuerySet[Any] = contacts_known_to(user)
    if rights_of(user).is_administrator:
        return rows
    return rows.filter(pk__in=exportable_conversations(user).values("contact_id"))


def _read_contact(row: Any) -> dict[str, Any]:
    return {
        "id": row.shown_id,
        "phone": row.written_out,
        "name": row.name,
        "email": row.email,
        "language": row.language,
        "fields": row.fields,
        "has_opted_out": row.has_opted_out,
        "is_blocked": row.is_blocked_somewhere,
        "first_seen_at": row.first_seen_at,
    }


def _messages(user: User) -> QuerySet[Any]:
    return Message.objects.filter(conversation__in=exportable_conversations(user)).select_related(
        "conversation__contact", "did_number", "sent_by"
    )


def _read_message(row: Message) -> dict[str, Any]:
    contact = row.conversation.contact
    return {
        "id": row.pk,
        "conversation": row.conversation_id,
        "number": row.did_number.number,
        "contact_phone": contact.written_out,
        "direction": row.direction,
        "status": row.status,
        "text": row.content,
        "created_at": row.created_at,
        "sent_by": _name(row.sent_by),
        "send_at": row.send_at,
        "sent_at": row.sent_at,
        "segments": row.segments,
        "billed_segments": row.billed_segments,
        "cost": None if row.cost is None else str(row.cost),
        "error": row.error,
        "client_id": row.client_id,
        "provider_message_id": row.provider_message_id,
        "hidden_at": row.redacted_at,
    }


def _notes(user: User) -> QuerySet[Any]:
    return Note.objects.filter(conversation__in=exportable_conversations(user)).select_related(
        "conversation__contact", "author"
    )


def _read_note(row: Note) -> dict[str, Any]:
    return {
        "id": row.pk,
        "conversation": row.conversation_id,
        "contact_phone": row.conversation.contact.written_out,
        "author": _name(row.author),
        "text": row.content,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
        "deleted_at": row.deleted_at,
    }


def _opt_outs(user: User) -> QuerySet[Any]:
    rows = OptOut.objects.filter(contact__erased_at__isnull=True).select_related(
        "did_number", "contact", "created_by", "ended_by"
    )
    rights = rights_of(user)
    if rights.is_administrator:
        return rows
    numbers = DidNumber.objects.allowing(user, Action.EXPORT).order_by().values("pk")
    theirs = Q(contact__in=exportable_conversations(user).values("contact_id"))
    about = Q(did_number__in=numbers) | Q(did_number__isnull=True)
    # Imported ones may be of people without a conversation.
    listed = Q() if rights.sees_own_only else Q(did_number__in=numbers)
    return rows.filter(theirs & about | listed if listed else theirs & about)


def _read_opt_out(row: OptOut) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.did_number.number if row.did_number else None,
        "contact_phone": row.contact.written_out,
        "since": row.created_at,
        "recorded_by": _name(row.created_by),
        "ended_at": row.ended_at,
        "ended_by": _name(row.ended_by),
        "end_reason": row.end_reason,
        "end_keyword": row.end_keyword,
    }


def _name(user: User | None) -> str | None:
    return user.get_username() if user is not None else None


_PHONE: Final = "the contact's number with + and country code; short codes and letters as they came"
_TIME: Final = "ISO 8601 in UTC"
TABLES: Final[Mapping[str, ExportTable]] = {
    "conversations": ExportTable(
        {
            "id": "of the conversation",
            "number": "digits of your number",
            "contact": "`id` in contacts",
            "contact_phone": _PHONE,
            "status": "`open`, `snoozed` or `closed`",
            "assignee": "user name, or empty",
            "labels": "names; in CSV joined with a comma and a blank",
            "contact_note": "what the members of the number noted about the contact",
            "created_at": _TIME,
            "last_activity_at": "of the newest message, or its beginning",
            "needs_reply_since": "since when a reply is due, or empty",
            "snoozed_until": "or empty",
            "blocked_at": "since when the sender is blocked on the number, or empty",
        },
        _conversations,
        _read_conversation,
    ),
    "contacts": ExportTable(
        {
            "id": "as the API has it for the same person",
            "phone": _PHONE,
            "name": "or empty",
            "email": "or empty",
            "language": "as people wrote it",
            "fields": "what else is known, by name; in CSV as JSON",
            "has_opted_out": "from one of your numbers",
            "is_blocked": "on one of your numbers",
            "first_seen_at": "when the first conversation began that you see",
        },
        _contacts,
        _read_contact,
    ),
    "messages": ExportTable(
        {
            "id": "of the message",
            "conversation": "`id` in conversations",
            "number": "digits of your number",
            "contact_phone": _PHONE,
            "direction": "`inbound` or `outbound`",
            "status": "as the API has it",
            "text": "of a hidden text what replaced it",
            "created_at": _TIME,
            "sent_by": "user name, or empty",
            "send_at": "when it is scheduled for, or empty",
            "sent_at": "when NXCloud took it, or empty",
            "segments": "as we count",
            "billed_segments": "as NXCloud counts, or empty",
            "cost": "in the currency of your account, or empty",
            "error": "in English, or empty",
            "client_id": "the idempotency key, or empty",
            "provider_message_id": "NXCloud's, or empty",
            "hidden_at": "when its text was hidden, or empty",
        },
        _messages,
        _read_message,
    ),
    "notes": ExportTable(
        {
            "id": "of the internal note",
            "conversation": "`id` in conversations",
            "contact_phone": _PHONE,
            "author": "user name",
            "text": "empty when it was deleted",
            "created_at": _TIME,
            "edited_at": "or empty",
            "deleted_at": "or empty",
        },
        _notes,
        _read_note,
    ),
    "opt_outs": ExportTable(
        {
            "id": "of the opt-out",
            "number": "digits of your number; empty for all numbers",
            "contact_phone": _PHONE,
            "since": _TIME,
            "recorded_by": "user name; empty when the contact asked by message",
            "ended_at": "empty while it holds",
            "ended_by": "user name, or empty",
            "end_reason": "what a person said why",
            "end_keyword": "what the contact wrote",
        },
        _opt_outs,
        _read_opt_out,
    ),
}
#: Read with the rows of a batch, so that each row needs no query of its own.
ALSO_READ: Final = {"conversations": ("labels",)}


def documented_tables() -> str:
    """Return the columns of every table in Markdown, as docs/integrators/exports.md shows them."""
    parts = []
    for name, table in TABLES.items():
        rows = [f"| `{column}` | {words} |" for column, words in table.columns.items()]
        parts.append(
            "\n".join([f"## {name}", "", "| column | what it holds |", "|---|---|", *rows])
        )
    return "\n\n".join(parts)
