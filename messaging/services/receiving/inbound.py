"""Record an inbound message once, with everything that it changes.

Contact, conversation, message, opt-out, and who should hear of it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from messaging.models import (
    Change,
    Conversation,
    DidNumber,
    Message,
    Push,
)
from messaging.phone_numbers import address_key, calling_code
from messaging.reasons import Reason, ReasonCode
from messaging.services.contacts.erased_numbers import contact_of, is_number_of
from messaging.services.content.digests import hidden_identities, is_same, wording_in, wording_of
from messaging.services.content.keywords import keyword_in
from messaging.services.content.near_opt_outs import seems_to_ask_for_opt_out
from messaging.services.conversations.reactions import find_reaction, react
from messaging.services.feed.changes import announce
from messaging.services.history.conversation_events import Event, Reopened, Unassigned, row_of
from messaging.services.history.message_status import change_status
from messaging.services.history.summary import COLUMNS, empty, show_new
from messaging.services.privacy.redaction import hide_cut_quotation, hide_quotation
from messaging.services.pushes.outcomes import Effect
from messaging.services.team.members import works_with
from messaging.sms_text import measure_received
from messaging.statuses import Status

from .keyword_actions import act_on_keyword

if TYPE_CHECKING:
    from datetime import datetime

    from messaging.nxcloud.push import PushFields


def receive_inbound(
    *, fields: PushFields, did_number: DidNumber, phone: str, at: datetime
) -> Effect:
    """Take an inbound message in, unless it is there; must run in a transaction.

    The database's constraint decides whether it is new.

    Args:
        fields: the parsed push.
        did_number: ours, active or not.
        phone: who wrote, as it came.
        at: when the push arrived, aware UTC.

    Returns:
        What became of it: applied, duplicate, or quarantined when its id belongs to another text.
    """
    key = dedup_key(fields=fields)
    known = _message_with(key=key, fields=fields)
    if known is None:
        try:
            with transaction.atomic():
                message = _take_in(
                    fields=fields, did_number=did_number, phone=phone, key=key, at=at
                )
                return Effect(Push.Outcome.APPLIED, message)
        except IntegrityError:
            known = _message_with(key=key, fields=fields)
            if known is None:
                raise
    if _says_the_same(message=known, fields=fields, did_number=did_number, phone=phone):
        return Effect(Push.Outcome.DUPLICATE, known)
    return Effect(Push.Outcome.QUARANTINED, reason="id_conflict")


def dedup_key(*, fields: PushFields) -> str:
    """Return what makes an inbound message itself.

    Its provider id, else a digest of what it says.
    """
    if fields.message_id:
        return f"id:{fields.message_id}"
    identity = [
        address_key(fields.from_phone),
        address_key(fields.to_phone),
        fields.content,
        fields.receive_time,
    ]
    return "sha256:" + hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def _message_with(*, key: str, fields: PushFields) -> Message | None:
    """Return the message that has a key, locked: its text may be about to be hidden."""
    keys = [key] if fields.message_id else [key, *hidden_identities(key)]
    rows = Message.objects.select_for_update(of=("self",)).select_related("conversation__contact")
    return rows.filter(dedup_key__in=keys).first()


def _says_the_same(
    *, message: Message, fields: PushFields, did_number: DidNumber, phone: str
) -> bool:
    """Tell whether a push repeats a message; where its text is not known any more, the id does."""
    contact, key = message.conversation.contact, address_key(phone)
    return (
        message.did_number_id == did_number.pk
        and (
            is_number_of(contact=contact, phone_key=key)
            if contact.erased_at
            else contact.phone_key == key
        )
        and is_same(wording_of(message), wording_in(fields)) is not False
    )


def _take_in(
    *, fields: PushFields, did_number: DidNumber, phone: str, key: str, at: datetime
) -> Message:
    """Write an inbound message and everything that follows from it."""
    conversation = _conversation_locked(did_number=did_number, phone=phone, at=at)
    content = fields.content
    size = measure_received(content, calling_code=calling_code(conversation.contact.phone_key))
    found = find_reaction(content=content, conversation=conversation)
    message = Message.objects.create(
        conversation=conversation,
        did_number=did_number,
        direction=Message.Direction.INBOUND,
        status=Status.RECEIVED,
        content=content,
        created_at=at,
        encoding=size.encoding,
        segments=size.segments,
        billed_segments=fields.size,
        price=fields.price,
        provider_message_id=fields.message_id or None,
        provider_time=fields.provider_time,
        dedup_key=key,
        is_damaged=fields.is_damaged or None,
        suggests_opt_out=_suggests_opt_out(content, did_number=did_number),
    )
    if found is not None:
        react(message=message, found=found)
        conversation.save(update_fields=show_new(conversation, message, is_quiet=True))
        hide_quotation(message=message, quoted_id=found.target_id, at=at)
    else:
        needs_reply = act_on_keyword(message=message, conversation=conversation, at=at)
        _cancel_what_should_not_cross(conversation=conversation, at=at)
        _bring_up_to_date(conversation=conversation, message=message, needs_reply=needs_reply)
        hide_cut_quotation(message=message, at=at)
    announce(kind=Change.Kind.MESSAGE, conversation=conversation)
    return message


def _suggests_opt_out(content: str, *, did_number: DidNumber) -> bool:
    is_keyword = keyword_in(content, own=did_number.opt_out_keywords) is not None
    return not is_keyword and seems_to_ask_for_opt_out(content)


def _conversation_locked(*, did_number: DidNumber, phone: str, at: datetime) -> Conversation:
    """Return the conversation, made when it is new.

    With its row locked until the transaction ends.
    """
    contact, _new = contact_of(phone_key=address_key(phone), phone=phone)
    conversation, _new = Conversation.objects.get_or_create(
        did_number=did_number, contact=contact, defaults=empty(at=at)
    )
    locked = (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("contact", "did_number")
        .get(pk=conversation.pk)
    )
    if locked.contact.erased_at is not None:
        # Erased between the look at the contact and the lock: its number is somebody new's now.
        return _conversation_locked(did_number=did_number, phone=phone, at=at)
    return locked


def _cancel_what_should_not_cross(*, conversation: Conversation, at: datetime) -> None:
    waiting = Message.objects.scheduled().filter(
        conversation=conversation, cancel_if_they_write=True
    )
    for message in waiting:
        change_status(
            message=message, to=Status.CANCELED, at=at, error=Reason(ReasonCode.THEY_WROTE)
        )


def _bring_up_to_date(*, conversation: Conversation, message: Message, needs_reply: bool) -> None:
    # An answer to a keyword and a canceled message have changed the row.
    conversation.refresh_from_db(fields=[*COLUMNS, "settled_message_id"])
    changed = show_new(conversation, message, asks=needs_reply)
    if not conversation.is_blocked and conversation.status != Conversation.Status.OPEN:
        conversation.status, conversation.snoozed_until = Conversation.Status.OPEN, None
        events: list[Event] = [Reopened()]
        assignee = conversation.assignee
        if assignee and not works_with(user=assignee, did_number=conversation.did_number):
            conversation.assignee = None
            changed.add("assignee")
            events.append(Unassigned())
        changed |= {"status", "snoozed_until"}
        for event in events:
            row_of(event, conversation=conversation, actor=None, at=message.created_at).save()
    conversation.save(update_fields=changed)
