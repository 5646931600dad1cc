"""Every page of the admin writes dates and times as its reader does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from rest_framework.authtoken.models import Token

from messaging.models import (
    Contact,
    DidNumber,
    RejectedRequestCount,
    StaffSettings,
    WorkerSighting,
)
from messaging.reasons import Reason
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.history.message_status import note_status
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import open_breaker
from tests.factories import (
    inbound_envelope,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = pytest.mark.django_db
BACKEND = "messaging.services.access.auth_backend.StaffBackend"
#: It is another day already where the readers are, in Madrid.
MOMENT = datetime(2026, 11, 29, 23, 5, 9, tzinfo=UTC)
#: Each person's way to write MOMENT: Accept-Language, their settings, date and time.
READERS: Final = {
    "US": ("en-US,en;q=0.9", {}, "Nov 30, 2026, 12:05:09 AM"),
    "GB": ("en-GB,en;q=0.9", {}, "30 Nov 2026, 00:05:09"),
    "AU": ("en-AU", {}, "30 Nov 2026, 12:05:09 AM"),
    "GB, who chose otherwise": (
        "en-GB",
        {"date_order": "month", "clock": "12"},
        "Nov 30, 2026, 12:05:09 AM",
    ),
    "CN": ("zh-CN,zh;q=0.9,en;q=0.8", {}, "2026年11月30日 00:05:09"),
    "CN, 12 hours": ("zh-CN", {"clock": "12"}, "2026年11月30日 上午12:05:09"),
}


MONTH: Final = "[A-Z][a-z]{2}"
CLOCK_OF_24: Final = r"\d\d:\d\d(:\d\d)?"
CLOCK_OF_12: Final = r"\d\d?:\d\d(:\d\d)? [AP]M"
#: What each person's dates and clocks look like.
SHAPES: Final = {
    "US": (rf"{MONTH} \d+, \d{{4}}", CLOCK_OF_12),
    "GB": (rf"\d+ {MONTH} \d{{4}}", CLOCK_OF_24),
    "AU": (rf"\d+ {MONTH} \d{{4}}", CLOCK_OF_12),
    "GB, who chose otherwise": (rf"{MONTH} \d+, \d{{4}}", CLOCK_OF_12),
    "CN": (r"\d{4}年\d+月\d+日", CLOCK_OF_24),
    "CN, 12 hours": (r"\d{4}年\d+月\d+日", r"[上下]午\d+:\d\d(:\d\d)?"),
}
#: What somebody's dates or clocks look like, Django's own among them.
ANYBODYS: Final = re.compile(
    r"(Nov|Dec)(ember)?\b|月|\d{4}-\d\d-\d\d|\d:\d\d|[ap]\.m\.|\b[AP]M\b|午|midnight|noon"
)
_AS_IT_CAME: Final = re.compile(r"<(pre|textarea|script|style)\b.*?</\1>", re.DOTALL)
LISTS_WITH_TIMES: Final = (
    "auth_user",
    "authtoken_tokenproxy",
    "messaging_contact",
    "messaging_conversation",
    "messaging_message",
    "messaging_optout",
    "messaging_push",
    "messaging_circuitbreakertrip",
    "messaging_rejectedrequestcount",
    "messaging_workersighting",
)


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_staff=True)


@pytest.fixture
def did(boss) -> DidNumber:
    """A number with a row of each kind, all of one moment."""
    did = make_did(members=(make_user("ana"),))
    make_inbound(did, at=MOMENT)
    message = make_outbound(make_conversation(did), user=boss, status="failed", created_at=MOMENT)
    note_status(message=message, at=MOMENT)
    record_opt_out(conversation=message.conversation, at=MOMENT)
    record_push(envelope=inbound_envelope(did="34911000000", at=MOMENT))
    open_breaker(reason=Reason("1102"), message=message, at=MOMENT)
    RejectedRequestCount.objects.create(day=MOMENT.date(), reason="signature", last_at=MOMENT)
    WorkerSighting.objects.create(name="w", started_at=MOMENT, seen_at=MOMENT)
    Token.objects.create(user=boss)
    LogEntry.objects.create(
        user=boss,
        content_type=ContentType.objects.get_for_model(DidNumber),
        object_id=str(did.pk),
        object_repr="Front desk",
        action_flag=CHANGE,
        action_time=MOMENT,
    )
    Contact.objects.update(created_at=MOMENT)
    DidNumber.objects.update(created_at=MOMENT)
    Token.objects.update(created=MOMENT)
    User.objects.update(date_joined=MOMENT)
    return did


def browser_of(boss: User, reader: str) -> Client:
    language, chosen, _written = READERS[reader]
    StaffSettings.objects.create(user=boss, time_zone="Europe/Madrid", **chosen)
    client = Client(headers={"Accept-Language": language})
    client.force_login(boss, backend=BACKEND)
    User.objects.update(last_login=MOMENT)
    return client


def words(client: Client, address: str) -> str:
    """Return what a page says, without what the provider sent."""
    response = client.get(address)
    assert response.status_code == 200, address
    page = re.sub(
        r"<(pre|textarea|script|style)\b.*?</\1>", "", response.content.decode(), flags=re.S
    )
    return " ".join(strip_tags(page).split())


def pages(client: Client) -> dict[str, str]:
    """Return the words of the first page, of every list, and of each row's page."""
    found = {"first page": words(client, reverse("admin:index"))}
    for name in ("messaging_didnumber", *LISTS_WITH_TIMES):
        address = reverse(f"admin:{name}_changelist")
        found[name] = words(client, address)
        listing = client.get(address).content.decode()
        for link in re.findall(r'href="(/admin/[^"?]+/change/)"', listing):
            found[link] = words(client, link)
    return found


@pytest.mark.parametrize(
    "reader",
    [
        "GB",
        "CN, 12 hours",
        *(
            pytest.param(reader, marks=pytest.mark.nightly)
            for reader in READERS
            if reader not in {"GB", "CN, 12 hours"}
        ),
    ],
)
def test_every_page_writes_times_as_its_reader_does(boss, did, reader):
    written = READERS[reader][2]
    client = browser_of(boss, reader)

    found = pages(client)
    found["history"] = words(client, reverse("admin:messaging_didnumber_history", args=[did.pk]))

    lacking = [name for name in ("history", *LISTS_WITH_TIMES) if written not in found[name]]
    assert lacking == []
    own = re.compile("|".join(SHAPES[reader]))
    rest = {name: own.sub("", text) for name, text in found.items()}
    assert {name: hit[0] for name, text in rest.items() if (hit := ANYBODYS.search(text))} == {}
