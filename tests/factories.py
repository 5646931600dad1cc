"""Rows for tests; what a test is about is in the test, the rest comes from here."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from messaging.models import Contact, Conversation, DidNumber, Message
from messaging.nxcloud.push import PushEnvelope
from messaging.services.access.pending_sign_in import prove
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.outbox.recipients import start_conversation

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DID = "8615088888888"
PHONE = "34612345678"
_numbers = itertools.count(1)


def make_did(
    number: str = "", *, label: str = "Front desk", members: tuple[User, ...] = (), **fields: Any
) -> DidNumber:
    """A DID number of ours; DID unless given."""
    did, _new = DidNumber.objects.get_or_create(
        number=number or DID, defaults={"label": label, **fields}
    )
    did.members.add(*members)
    return did


def make_user(username: str = "", *, is_staff: bool = False, **fields: Any) -> User:
    """A member of staff; an administrator with ``is_staff``."""
    name = username or f"user{next(_numbers)}"
    return User.objects.create_user(
        name, password="a good pass phrase", is_staff=is_staff, **fields
    )


def show_who(client: Client) -> None:
    """Let the person of a browser have shown just now who they are."""
    session = client.session
    prove(session, at=timezone.now())
    session.save()


def make_conversation(
    did: DidNumber | None = None, phone: str = PHONE, *, name: str = "", at: datetime = NOW
) -> Conversation:
    """A conversation of a DID number with a contact."""
    conversation = start_conversation(
        did_number=did or make_did(), phone=f"+{phone.lstrip('+')}", at=at
    )
    if name:
        Contact.objects.filter(pk=conversation.contact_id).update(name=name)
    return Conversation.objects.select_related("contact", "did_number").get(pk=conversation.pk)


def make_outbound(
    conversation: Conversation | None = None,
    content: str = "Hello",
    *,
    user: User | None = None,
    at: datetime = NOW,
    **changes: Any,
) -> Message:
    """An outbound message, queued; ``changes`` (a status, an id) are written as they are."""
    message, _new = queue_message(
        NewMessage(content=content),
        conversation=conversation or make_conversation(),
        user=user,
        at=at,
    )
    if changes.get("status") in {"sending", "sent", "delivered", "undelivered", "unconfirmed"}:
        changes.setdefault("attempt_started_at", at)
    if changes:
        Message.objects.filter(pk=message.pk).update(**changes)
    return Message.objects.select_related("conversation__contact", "did_number").get(pk=message.pk)


def make_inbound(
    did: DidNumber | None = None,
    phone: str = PHONE,
    content: str = "Hi",
    *,
    message_id: str = "",
    at: datetime = NOW,
) -> Message:
    """An inbound message that came the way real ones come."""
    from messaging.services.receiving.record import record_push

    push = record_push(
        envelope=inbound_envelope(
            did=(did or make_did()).number,
            phone=phone,
            content=content,
            message_id=message_id,
            at=at,
        )
    )
    assert push is not None
    assert push.message is not None, push.reason
    return push.message


def inbound_envelope(
    *,
    did: str = DID,
    phone: str = PHONE,
    content: str = "Hi",
    message_id: str = "",
    at: datetime = NOW,
    **extra: str,
) -> PushEnvelope:
    """An unsigned inbound push as the form that the provider posts."""
    return form_envelope(
        at=at,
        messageId=message_id or f"mo-{next(_numbers)}",
        toPhone=f"+{did}",
        fromPhone=f"+{phone}" if phone.isdigit() else phone,
        content=content,
        **extra,
    )


def receipt_envelope(
    *,
    message_id: str,
    status: str = "DELIVRD",
    content: str = "Hello",
    did: str = DID,
    phone: str = PHONE,
    at: datetime = NOW,
    **extra: str,
) -> PushEnvelope:
    """An unsigned delivery receipt as the form that the provider posts."""
    return form_envelope(
        at=at,
        messageId=message_id,
        toPhone=f"+{phone}",
        fromPhone=f"+{did}",
        content=content,
        smsStatus=status,
        **extra,
    )


def form_envelope(*, at: datetime = NOW, **fields: str) -> PushEnvelope:
    """An unsigned push with these fields."""
    from urllib.parse import urlencode

    return PushEnvelope(
        raw_body=urlencode(fields).encode(),
        content_type="application/x-www-form-urlencoded",
        is_signed=False,
        action="",
        remote_addr="192.0.2.1",
        received_at=at,
    )
