"""Who looks, and at what."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from messaging.models import CannedReply, Label, WorkerSighting
from messaging.reasons import Reason
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import open_breaker
from tests.admin.pages import BACKEND
from tests.factories import (
    inbound_envelope,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
    show_who,
)


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_staff=True)


@pytest.fixture
def admin(boss) -> Client:
    """The browser of an administrator who is no superuser."""
    client = Client()
    client.force_login(boss, backend=BACKEND)
    show_who(client)
    return client


@pytest.fixture
def everything(boss) -> None:
    """A row of each kind."""
    now = timezone.now()
    did = make_did(members=(make_user("ana"),))
    make_inbound(did)
    message = make_outbound(
        make_conversation(did),
        user=boss,
        status="failed",
        provider_code="12002",
        error_code="12002",
    )
    record_opt_out(conversation=message.conversation, at=now)
    record_push(envelope=inbound_envelope(did="34911000000", at=now))
    open_breaker(reason=Reason("1102"), message=message, at=now)
    WorkerSighting.objects.create(name="w", started_at=now, seen_at=now)
    Label.objects.create(name="VIP")
    CannedReply.objects.create(shortcut="hours", content="9 to 18")
    Token.objects.create(user=boss)
