"""Write outbound messages into the outbox: new ones, replies, repeats, schedules.

And take them back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from messaging.models import (
    Change,
    Contact,
    Conversation,
    ConversationEvent,
    DidNumber,
    Message,
    StatusChange,
)
from messaging.models.conversation import PREVIEW_LENGTH
from messaging.phone_numbers import InvalidPhoneNumber, calling_code, parse_number
from messaging.sms_text import MAX_CHARACTERS, measure, normalise
from messaging.statuses import Status

from .errors import (
    ClientIdConflict,
    InvalidInput,
    NumberInactive,
    OptedOut,
    ThreadMovedOn,
    WrongState,
)
from .history import change_status
from .live import announce
from .opt_outs import opt_out_in_force

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

UNDO_WINDOW = timedelta(seconds=5)


def start_conversation(*, did_number: DidNumber, phone: str, at: datetime) -> Conversation:
    """Return the conversation of a DID number with a recipient.

    Make contact and conversation when new.

    Args:
        did_number: our number.
        phone: the recipient as typed; `+`, spaces, dashes and brackets are fine.
        at: now, aware UTC.

    Raises:
        InvalidInput: the recipient is not a possible phone number (field ``phone``).
    """
    try:
        digits = parse_number(phone)
    except InvalidPhoneNumber as error:
        raise InvalidInput(error.user_message, field="phone", code="invalid_number") from error
    if digits == did_number.number:
        raise InvalidInput(
            _("This is the sending number itself."), field="phone", code="invalid_number"
        )
    with transaction.atomic():
        contact, _new = Contact.objects.get_or_create(phone_key=digits, defaults={"phone": digits})
        conversation, _new = Conversation.objects.select_related(
            "did_number", "contact"
        ).get_or_create(did_number=did_number, contact=contact, defaults={"last_activity_at": at})
    return conversation


def queue_message(
    *,
    conversation: Conversation,
    content: str,
    user: User | None,
    at: datetime,
    client_id: str | None = None,
    send_at: datetime | None = None,
    is_held: bool = False,
    last_seen_id: int | None = None,
    resend_of: Message | None = None,
    is_automatic: bool = False,
    cancel_if_they_write: bool = False,
    takes_conversation: bool = False,
) -> tuple[Message, bool]:
    """Write one outbound message into the outbox.

    Args:
        conversation: where it belongs; decides sender and recipient.
        content: the text; line ends and accents are normalised before anything is counted.
        user: who writes it; None for automatic answers.
        at: now, aware UTC.
        client_id: the writer's own name for this message; the same again is the same message.
        send_at: a future instant to send at; None for now.
        is_held: hold it for the undo window first.
        last_seen_id: the newest message the writer had seen; refuse when somebody wrote since.
        resend_of: the message that this one repeats.
        is_automatic: an answer of the program, which does not settle "needs reply".
        cancel_if_they_write: cancel a scheduled message when the contact writes first.
        takes_conversation: assign an unassigned conversation to the writer.

    Returns:
        The message, and whether it is new (False: the same client_id came again).

    Raises:
        InvalidInput: text, recipient or time cannot be used; OptedOut, NumberInactive among them.
        ClientIdConflict: the client_id was used before with other content.
        ThreadMovedOn: a contact or colleague wrote since ``last_seen_id``.
    """
    text = _checked_text(content)
    with transaction.atomic():
        locked = (
            Conversation.objects.select_for_update(of=("self",))
            .select_related("did_number", "contact")
            .get(pk=conversation.pk)
        )
        known = _known_message(user=user, client_id=client_id)
        if known is not None:
            return _same_again(known=known, conversation=locked, text=text, send_at=send_at), False
        if send_at is not None and send_at <= at:
            raise InvalidInput(
                _("The time to send at must lie in the future."),
                field="send_at",
                code="not_in_future",
            )
        _check_may_send(conversation=locked)
        if last_seen_id is not None:
            _check_nothing_new(conversation=locked, user=user, last_seen_id=last_seen_id)
        message = _new_message(conversation=locked, text=text, user=user, at=at)
        message.client_id = client_id or None
        message.resend_of = resend_of
        message.is_automatic = is_automatic
        message.cancel_if_they_write = cancel_if_they_write
        _set_beginning(message=message, at=at, send_at=send_at, is_held=is_held)
        try:
            with transaction.atomic():
                message.save(force_insert=True)
        except IntegrityError:
            # Another conversation's transaction used this client_id at the same moment: the
            # constraint decides.
            known = _known_message(user=user, client_id=client_id)
            if known is None:
                raise
            return _same_again(known=known, conversation=locked, text=text, send_at=send_at), False
        StatusChange.objects.create(message=message, status=message.status, at=at)
        _bring_conversation_up_to_date(
            conversation=locked, message=message, takes_conversation=takes_conversation
        )
        announce(kind=Change.Kind.MESSAGE, conversation=locked)
    return message, True


def _checked_text(content: str) -> str:
    text = normalise(content)
    if not text.strip():
        raise InvalidInput(_("Write a text first."), field="content", code="required")
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(
            _("The text has %(count)d characters; at most %(most)d can be sent.")
            % {"count": len(text), "most": MAX_CHARACTERS},
            field="content",
            code="too_long",
        )
    return text


def _known_message(*, user: User | None, client_id: str | None) -> Message | None:
    if not client_id or user is None:
        return None
    return (
        Message.objects.select_related("conversation")
        .filter(sent_by=user, client_id=client_id)
        .first()
    )


def _same_again(
    *, known: Message, conversation: Conversation, text: str, send_at: datetime | None
) -> Message:
    # A text that was hidden since cannot be compared; the id itself says that it is the same.
    content = text if known.redacted_at is not None else known.content
    if (known.conversation_id, content, known.send_at) != (conversation.pk, text, send_at):
        raise ClientIdConflict(known)
    return known


def _check_may_send(*, conversation: Conversation) -> None:
    if not conversation.did_number.is_active:
        raise NumberInactive
    try:
        # What goes out is the comparing form: it must be the number itself.
        is_number = parse_number(conversation.contact.phone) == conversation.contact.phone_key
    except InvalidPhoneNumber:
        is_number = False
    if not is_number:
        raise InvalidInput(
            _("This sender cannot be answered: it is not a full phone number."),
            field="phone",
            code="invalid_number",
        )
    opt_out = opt_out_in_force(
        contact_id=conversation.contact_id, did_number_id=conversation.did_number_id
    )
    if opt_out is not None:
        raise OptedOut(opt_out)


def _check_nothing_new(*, conversation: Conversation, user: User | None, last_seen_id: int) -> None:
    newer = Message.objects.filter(
        conversation=conversation, pk__gt=last_seen_id, is_automatic=False
    )
    if user is not None:
        newer = newer.exclude(sent_by=user)
    rows = list(newer.select_related("sent_by").order_by("id")[:20])
    if rows:
        raise ThreadMovedOn(rows)


def _new_message(
    *, conversation: Conversation, text: str, user: User | None, at: datetime
) -> Message:
    size = measure(text, calling_code=calling_code(conversation.contact.phone_key))
    return Message(
        conversation=conversation,
        did_number=conversation.did_number,
        direction=Message.Direction.OUTBOUND,
        content=text,
        created_at=at,
        sent_by=user,
        encoding=size.encoding,
        segments=size.segments,
    )


def _set_beginning(
    *, message: Message, at: datetime, send_at: datetime | None, is_held: bool
) -> None:
    if send_at is not None:
        message.status, message.send_at, message.not_before = (
            Status.SCHEDULED.value,
            send_at,
            send_at,
        )
    elif is_held:
        message.status, message.not_before = Status.HELD.value, at + UNDO_WINDOW
    else:
        message.status, message.queued_at, message.not_before = Status.QUEUED.value, at, at


def _bring_conversation_up_to_date(
    *, conversation: Conversation, message: Message, takes_conversation: bool
) -> None:
    changed = {"last_activity_at", "last_message_id", "last_direction", "last_preview"}
    conversation.last_activity_at = message.created_at
    conversation.last_message_id = message.pk
    conversation.last_direction = message.direction
    conversation.last_preview = preview_of(message.content)
    if not message.is_automatic:
        if message.status != Status.SCHEDULED:
            conversation.needs_reply_since = None
            changed.add("needs_reply_since")
        if conversation.status != Conversation.Status.OPEN:
            conversation.status, conversation.snoozed_until = Conversation.Status.OPEN, None
            changed |= {"status", "snoozed_until"}
            ConversationEvent.objects.create(
                conversation=conversation,
                kind=ConversationEvent.Kind.REOPENED,
                actor=message.sent_by,
                at=message.created_at,
            )
        if (
            takes_conversation
            and conversation.assignee_id is None
            and message.sent_by_id is not None
        ):
            conversation.assignee = message.sent_by
            changed.add("assignee")
            ConversationEvent.objects.create(
                conversation=conversation,
                kind=ConversationEvent.Kind.ASSIGNED,
                actor=message.sent_by,
                subject=message.sent_by,
                at=message.created_at,
            )
    conversation.save(update_fields=changed)


def preview_of(content: str) -> str:
    """Return the one line that the list shows of a text."""
    return " ".join(content.split())[:PREVIEW_LENGTH]


def resend_message(*, message: Message, user: User, at: datetime) -> tuple[Message, bool]:
    """Send a message again, as a new message that is linked to the old one.

    Args:
        message: a failed, undelivered, unconfirmed, blocked or canceled message.
        user: who decides it.
        at: now, aware UTC.

    Returns:
        The new message, and whether it is new: pressed twice, the repeat is the same message.

    Raises:
        WrongState: it cannot be sent again, or not yet (an unconfirmed one waits NO_RECEIPT_AFTER
            for its receipt).
        InvalidInput: as queue_message.
    """
    with transaction.atomic():
        locked = (
            Message.objects.select_for_update(of=("self",))
            .select_related("conversation")
            .get(pk=message.pk)
        )
        repeat = locked.resends.first()
        if repeat is not None:
            return repeat, False
        if not locked.is_resendable:
            raise WrongState(_("Only a message that was not delivered can be sent again."))
        if locked.redacted_at is not None:
            raise WrongState(_("The text of this message was hidden; it cannot be sent again."))
        if locked.status == Status.UNCONFIRMED and not may_resend_unconfirmed(
            message=locked, at=at
        ):
            raise WrongState(
                _("It may still be on its way. Wait for its receipt before you send it again.")
            )
        new, is_new = queue_message(
            conversation=locked.conversation,
            content=locked.content,
            user=user,
            at=at,
            resend_of=locked,
        )
        Message.objects.filter(pk=locked.pk, attention_cleared_at__isnull=True).update(
            attention_cleared_at=at
        )
    return new, is_new


def may_resend_unconfirmed(*, message: Message, at: datetime) -> bool:
    """Tell whether an unconfirmed message has waited long enough for a receipt."""
    began = message.attempt_started_at or message.created_at
    return at - began >= timedelta(seconds=settings.NO_RECEIPT_AFTER)


def cancel_message(
    *, message: Message, user: User | None, at: datetime, detail: str = ""
) -> Message:
    """Take back a message that no worker has begun to send.

    Raises:
        WrongState: it is too late.
    """
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(
            pk=message.conversation_id
        )
        row = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
        who = detail or (f"Canceled by {user.get_username()}." if user else "Canceled.")
        if not row.is_cancelable or not change_status(
            message=row, to=Status.CANCELED, at=at, detail=who
        ):
            raise WrongState(_("It is too late: this message is already being sent or was sent."))
        restore_needs_reply(conversation=conversation)
    return row


def send_now(*, message: Message, at: datetime) -> Message:
    """Queue a scheduled or held message at once.

    Raises:
        WrongState: it no longer waits.
    """
    with transaction.atomic():
        row = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
        if row.status not in {Status.SCHEDULED, Status.HELD} or not release(message=row, at=at):
            raise WrongState(_("This message no longer waits."))
    return row


def release(*, message: Message, at: datetime) -> bool:
    """Move a scheduled or held message into the queue; tell whether this call did it."""
    moved = change_status(message=message, to=Status.QUEUED, at=at, queued_at=at, not_before=at)
    if moved:
        Conversation.objects.filter(
            pk=message.conversation_id, last_message_id__lte=message.pk
        ).update(needs_reply_since=None)
    return moved


def restore_needs_reply(*, conversation: Conversation) -> None:
    """Work out anew since when the conversation waits for an answer.

    After an answer was taken back.
    """
    answered = (
        Message.objects.outbound()
        .filter(conversation=conversation, is_automatic=False)
        .exclude(status__in=[Status.CANCELED, Status.SCHEDULED, Status.BLOCKED])
        .order_by("-id")
        .values_list("id", flat=True)
        .first()
    )
    settled = max(answered or 0, conversation.settled_message_id)
    since = (
        Message.objects.inbound()
        .filter(conversation=conversation, pk__gt=settled)
        .order_by("id")
        .values_list("created_at", flat=True)
        .first()
    )
    Conversation.objects.filter(pk=conversation.pk).update(needs_reply_since=since)
