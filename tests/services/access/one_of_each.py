"""A number with one of everything that addresses are about, and people who have a role on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User

from messaging.models import (
    AuditEntry,
    CannedReply,
    DidNumber,
    Label,
    Membership,
    Note,
    Push,
)
from messaging.policy import GIVEN, Role
from messaging.services.audit.record import record
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user


@dataclass
class World:
    """A number with one of everything."""

    did: DidNumber
    ids: dict[str, Any]


def one_of_each() -> World:
    writer = make_user("writer")
    did = make_did(members=(writer,))
    inbound = make_inbound(did)
    thread = inbound.conversation
    assert thread is not None
    sent = make_outbound(thread, user=writer, status="sent")
    waiting, _new = queue_message(
        NewMessage(content="Later", send_at=NOW + timedelta(days=400)),
        conversation=thread,
        user=writer,
        at=NOW,
    )
    failed = make_outbound(thread, user=writer, status="failed")
    record("test", actor=writer)
    push = Push.objects.create(
        received_at=NOW, kind="unknown", outcome="quarantined", raw_body=b"{}"
    )
    ids = {
        "number": did.pk,
        "digits": did.number,
        "conversation": thread.pk,
        "contact": thread.contact_id,
        "inbound": inbound.pk,
        "sent": sent.pk,
        "waiting": waiting.pk,
        "failed": failed.pk,
        "note": Note.objects.create(
            conversation=thread, author=writer, content="x", created_at=NOW
        ).pk,
        "label": Label.objects.create(name="VIP").pk,
        "reply": CannedReply.objects.create(shortcut="hi", content="Hi").pk,
        "push": push.pk,
        "audit": AuditEntry.objects.values_list("pk", flat=True)[0],
    }
    return World(did, ids)


def somebody(role: str, did: DidNumber) -> User:
    """A person who has a role on a number, or none at all."""
    user = make_user(f"the-{role}", is_staff=role == Role.ADMINISTRATOR)
    if role in GIVEN:
        Membership.objects.create(didnumber=did, user=user, role=role)
    return user


def arguments(name: str, parameters: frozenset[str], ids: dict[str, Any]) -> dict[str, Any]:
    """What an address is asked about."""
    message = {"message-cancel": "waiting", "message-send-now": "waiting"}.get(
        name,
        {
            "message-reschedule": "waiting",
            "message-resend": "failed",
            "message-dealt-with": "failed",
            "message-redact": "inbound",
            "api:message-cancel": "waiting",
            "api:message-resend": "failed",
            "api:message-redact": "inbound",
        }.get(name, "sent"),
    )
    kind = name.removeprefix("api:").partition("-")[0]
    found = ids | {
        "conversation_id": ids["conversation"],
        "message_id": ids[message],
        "note_id": ids["note"],
        "reply_id": ids["reply"],
        "view": "open",
        "kind": "assign",
        "shown": ids["contact"],
        "report": "messages",
        "chart": "days",
        "uidb64": "x",
        "token": "x",
        "pk": ids[message] if kind == "message" else ids.get(kind),
    }
    return {each: found[each] for each in parameters if each != "format"}
