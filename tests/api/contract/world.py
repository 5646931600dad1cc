"""One of everything that the API shows, and everybody who may call it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.authtoken.models import Token

from messaging.models import (
    AuditEntry,
    Label,
    Membership,
    Note,
    Push,
    StatusChange,
)
from messaging.policy import GIVEN
from messaging.services.access.api_keys import NewKey, create_key
from messaging.services.audit.record import record
from messaging.services.exports.jobs import start_export
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from tests.factories import NOW, make_did, make_inbound, make_outbound, make_user
from tests.services.exports.files import work

if TYPE_CHECKING:
    from messaging.models import DidNumber

ADMINISTRATOR, KEY, NOBODY = "administrator", "key", "nobody"
CALLERS = (ADMINISTRATOR, *GIVEN, "stranger", KEY, NOBODY)
KEY_SCOPES = ["messages:read", "contacts:read"]


@dataclass(frozen=True)
class World:
    """What there is.

    Attributes:
        ids: an id that exists, by the beginning of an address.
        headers: what each caller sends with a request.
    """

    ids: dict[str, int]
    headers: dict[str, dict[str, str]]


def make_world() -> World:
    """A number with messages in every state that an address is about."""
    agent = make_user("agent")
    did = make_did(members=(agent,))
    inbound = make_inbound(did)
    thread = inbound.conversation
    assert thread is not None
    thread.labels.add(Label.objects.create(name="VIP"))
    sent = make_outbound(thread, user=agent, status="sent")
    failed = make_outbound(thread, user=agent, status="failed", error_code="1004")
    StatusChange.objects.create(message=failed, status="failed", at=NOW, code="1004")
    later = NewMessage(content="Later", send_at=NOW + timedelta(days=400))
    waiting, _new = queue_message(later, conversation=thread, user=agent, at=NOW)
    Note.objects.create(conversation=thread, author=agent, content="Look", created_at=NOW)
    push = Push.objects.create(
        received_at=NOW, kind="unknown", outcome="quarantined", raw_body=b"{}", reason="no_number"
    )
    # What is left of a push of an erased person.
    Push.objects.create(received_at=NOW, kind="inbound", outcome="applied", raw_body=b"")
    record("test", actor=agent, about=did, changes={"label": ["", "Front desk"]})
    headers, key = _callers(did)
    export = start_export(
        tables=["messages"],
        file_format="jsonl",
        by=User.objects.get(username="boss"),
        at=timezone.now(),
    )
    work()
    ids = {
        "messages": sent.pk,
        "messages/{id}/resend": failed.pk,
        "messages/{id}/cancel": waiting.pk,
        "messages/{id}/redact": inbound.pk,
        "conversations": thread.pk,
        "contacts": thread.contact_id,
        "numbers": did.pk,
        "pushes": push.pk,
        "audit": AuditEntry.objects.values_list("pk", flat=True)[0],
        "keys": key,
        "exports": export.pk,
    }
    return World(ids, headers)


def _callers(did: DidNumber) -> tuple[dict[str, dict[str, str]], int]:
    """Return what each caller sends, and the id of the key."""
    people: dict[str, User] = {
        ADMINISTRATOR: make_user("boss", is_staff=True),
        "stranger": make_user("stranger"),
    }
    for role in GIVEN:
        people[role.value] = make_user(f"the-{role.value}")
        Membership.objects.create(didnumber=did, user=people[role.value], role=role)
    row, key = create_key(
        NewKey(name="shop", scopes=KEY_SCOPES, numbers=[did.number]),
        owner=people[ADMINISTRATOR],
        by=people[ADMINISTRATOR],
        at=NOW,
        made_with=None,
    )
    headers = {
        name: {"Authorization": f"Token {Token.objects.create(user=user).key}"}
        for name, user in people.items()
    }
    headers[KEY] = {"Authorization": f"Bearer {key}"}
    headers[NOBODY] = {}
    return headers, row.pk
