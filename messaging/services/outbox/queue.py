"""Write outbound messages into the outbox, and update their conversations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from messaging.db.model_rows import insert_rows, update_rows
from messaging.models import Change, Conversation, Message, StatusChange
from messaging.services.contacts.erased_numbers import erased_contact_ids
from messaging.services.contacts.opt_outs import opt_outs_in_force
from messaging.services.content.text import sendable_text
from messaging.services.errors import MessagingError, ThreadMovedOn
from messaging.services.feed.changes import announce_many
from messaging.services.history.conversation_events import Assigned, Event, Reopened, row_of
from messaging.services.history.summary import show_new
from messaging.services.reading.watermarks import keep_unread

from .message_row import new_row
from .recipients import check_may_be_written_to
from .repeats import check_is_repeat, known_messages
from .schedule import check_time_to_send
from .targets import make_missing, see_made_meanwhile, take_back

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import OptOut

    from .new_message import NewMessage


@dataclass
class Entry:
    """One message on its way into the outbox, and what became of it.

    Attributes:
        new: what is to be sent; its text is normalized.
        conversation: where, locked; or one that does not exist yet and is made for it.
        message: what it is now; None when it was refused.
        is_new: whether it was written now; else its client_id came before.
        error: why it was refused.
    """

    new: NewMessage
    conversation: Conversation
    message: Message | None = None
    is_new: bool = False
    error: MessagingError | None = None


def queue_message(
    new: NewMessage, *, conversation: Conversation, user: User | None, at: datetime
) -> tuple[Message, bool]:
    """Write one outbound message into the outbox.

    Args:
        new: what is to be sent.
        conversation: where it belongs; decides sender and recipient.
        user: who writes it; None for automatic answers.
        at: now, aware UTC.

    Returns:
        The message, and whether it is new (False: the same client_id came again).

    Raises:
        InvalidInput: text, recipient or time cannot be used; OptedOut, NumberInactive among them.
        ClientIdConflict: the client_id was used before with other content.
        ThreadMovedOn: a contact or colleague wrote since ``last_seen_id``.
    """
    new = replace(new, content=sendable_text(new.content))  # without the signature
    with transaction.atomic():
        entry = Entry(new, _locked(conversation))
        queue_entries([entry], user=user, at=at)
        if entry.message is None:
            raise entry.error or AssertionError
    return entry.message, entry.is_new


def queue_entries(entries: Sequence[Entry], *, user: User | None, at: datetime) -> None:
    """Write several messages into the outbox; each by itself is taken or refused.

    Must run in a transaction. Of messages to one conversation the first comes first; of those with
    the same client_id the first that is taken is the message.

    Args:
        entries: what is to be sent, and where; what becomes of each is put there.
        user: who writes; None for automatic answers.
        at: now, aware UTC.
    """
    known = known_messages(user=user, client_ids=[entry.new.client_id for entry in entries])
    repeats, taken = _admit(entries, known=known, user=user, at=at)
    made = make_missing([entry.conversation for entry in taken], at=at)
    beaten = _insert(taken, user=user)
    new = [entry for entry in taken if entry.is_new]
    if beaten:
        take_back(made, used=[entry.conversation for entry in new])
    _bring_up_to_date(new)
    repeats += beaten
    known |= {m.client_id: m for m in (e.message for e in taken) if m and m.client_id}
    # The message that has the client_id may have made the conversation a moment ago.
    see_made_meanwhile(entry.conversation for entry in repeats)
    for entry in repeats:
        _take_for_repeat(entry, known[entry.new.client_id or ""])


def _locked(conversation: Conversation) -> Conversation:
    return (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("did_number", "contact")
        .get(pk=conversation.pk)
    )


def _admit(
    entries: Sequence[Entry], *, known: dict[str, Message], user: User | None, at: datetime
) -> tuple[list[Entry], list[Entry]]:
    """Refuse what cannot be sent; return what came before, and what is to be written."""
    places = _places(entries)
    opt_outs = opt_outs_in_force(places)
    repeats: list[Entry] = []
    taken: list[Entry] = []
    names = set(known)
    for entry, where in zip(entries, places, strict=True):
        if entry.new.client_id in names:
            repeats.append(entry)
            continue
        try:
            entry.message = _message(entry, user=user, at=at, opt_out=opt_outs.get(where))
        except MessagingError as error:
            entry.error = error
        else:
            taken.append(entry)
            if entry.new.client_id and user is not None:
                names.add(entry.new.client_id)
    return repeats, taken


def _places(entries: Sequence[Entry]) -> list[tuple[int | None, int]]:
    """Return for each message the contact and the DID number whose opt-outs count.

    Of a number that was erased, and is not a contact's again yet, the contact that had it.
    """
    new = [entry.conversation.contact for entry in entries if entry.conversation.contact_id is None]
    erased = erased_contact_ids({contact.phone_key for contact in new})
    return [
        (row.contact_id or erased.get(row.contact.phone_key), row.did_number_id)
        for row in (entry.conversation for entry in entries)
    ]


def _message(entry: Entry, *, user: User | None, at: datetime, opt_out: OptOut | None) -> Message:
    """Return the row to write.

    Raises:
        MessagingError: it must not be sent.
    """
    new, conversation = entry.new, entry.conversation
    if new.send_at is not None:
        check_time_to_send(new.send_at, at=at, field="send_at")
    check_may_be_written_to(conversation=conversation, opt_out=opt_out, at=at)
    _check_nothing_new(new, conversation=conversation, user=user)
    return new_row(new, conversation=conversation, user=user, at=at)


def _check_nothing_new(new: NewMessage, *, conversation: Conversation, user: User | None) -> None:
    if new.last_seen_id is None:
        return
    newer = Message.objects.without_reactions().filter(
        conversation=conversation, pk__gt=new.last_seen_id, is_automatic=False
    )
    if user is not None:
        newer = newer.exclude(sent_by=user)
    rows = list(newer.select_related("sent_by").order_by("id")[:20])
    if rows:
        raise ThreadMovedOn(rows)


def _insert(taken: Sequence[Entry], *, user: User | None) -> list[Entry]:
    """Insert the messages; return those whose client_id another one has by now.

    Another conversation's transaction may have used it at the same moment: the constraint decides.
    """
    rows = []
    for entry in taken:
        if entry.message is not None:
            entry.message.conversation = entry.conversation  # which has an id now
            rows.append(entry.message)
    insert_rows(rows, or_nothing=("conversation_id", "client_id"))
    beaten = []
    for entry in taken:
        entry.is_new = entry.message is not None and entry.message.pk is not None
        if not entry.is_new:
            beaten.append(entry)
    if beaten:
        known = known_messages(user=user, client_ids=[entry.new.client_id for entry in beaten])
        for entry in beaten:
            entry.message = known.get(entry.new.client_id or "")
            if entry.message is None:
                raise IntegrityError("a unique constraint refuses an outbound message")
    return beaten


def _take_for_repeat(entry: Entry, known: Message) -> None:
    try:
        check_is_repeat(entry.new, known=known, conversation=entry.conversation)
    except MessagingError as error:
        entry.message, entry.error = None, error
    else:
        entry.message = known


def _bring_up_to_date(entries: Sequence[Entry]) -> None:
    """Write what follows from new messages: history, conversation, hint for the browsers."""
    if not entries:
        return
    conversations: dict[int, Conversation] = {}
    changed: set[str] = set()
    histories = []
    for entry in entries:
        conversation, message = entry.conversation, entry.message
        if message is None:
            continue
        conversations[conversation.pk] = conversation
        histories.append(
            StatusChange(message=message, status=message.status, at=message.created_at)
        )
        changed |= show_new(conversation, message)
        if not message.is_automatic:
            changed |= _reopen(conversation=conversation, message=message)
            if entry.new.takes_conversation:
                changed |= _take(conversation=conversation, message=message)
    insert_rows(histories)
    update_rows(list(conversations.values()), changed)
    announce_many(
        kind=Change.Kind.MESSAGE,
        threads=[(row.pk, row.did_number_id) for row in conversations.values()],
    )


def _reopen(*, conversation: Conversation, message: Message) -> set[str]:
    """Open a closed or snoozed conversation; return the columns that changed."""
    if conversation.status == Conversation.Status.OPEN:
        return set()
    conversation.status, conversation.snoozed_until = Conversation.Status.OPEN, None
    keep_unread(conversation)
    _note(Reopened(), conversation=conversation, message=message)
    return {"status", "snoozed_until"}


def _take(*, conversation: Conversation, message: Message) -> set[str]:
    """Assign an unassigned conversation to the writer; return the columns that changed."""
    if conversation.assignee_id is not None or message.sent_by_id is None:
        return set()
    conversation.assignee = message.sent_by
    _note(Assigned(to=message.sent_by), conversation=conversation, message=message)
    return {"assignee"}


def _note(event: Event, *, conversation: Conversation, message: Message) -> None:
    """Write a line of what sending a message did; browsers hear of the message."""
    row_of(event, conversation=conversation, actor=message.sent_by, at=message.created_at).save()
