"""A new administrator says what happened, and who can fix it, from the product's pages alone.

Each walk begins on a page that is open anyway, the conversation or the first page of the admin, and
takes at most two clicks. NXCloud's part is played by its stand-in, over HTTP.
"""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.utils import timezone

from messaging.models import WorkerSighting
from messaging.nxcloud.client import NXCloudClient
from messaging.nxcloud.signing import Credentials
from messaging.services.operations import health_checks
from messaging.services.operations.disk import Room
from messaging.services.outbox.eligibility import block_expired_messages
from messaging.services.receiving.record import record_push
from messaging.services.sending.claims import claim_due_messages, recover_lost_claims
from messaging.simulator import Simulator
from tests.factories import (
    DID,
    inbound_envelope,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
    receipt_envelope,
)
from tests.services.sending.scripted_client import send_turn

pytestmark = pytest.mark.django_db

SECRET = "the-right-secret"
MOST_CLICKS = 2


@dataclass
class Page(HTMLParser):
    """What a person sees of a page: its words, its links, its buttons."""

    html: str
    words: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    buttons: set[str] = field(default_factory=set)

    def __post_init__(self):
        super().__init__()
        self._open: list[list[str]] = []
        self._hidden = 0
        self.feed(self.html)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "style", "template"}:
            self._hidden += 1
        elif tag in {"a", "button"}:
            self._open.append([tag, dict(attrs).get("href") or "", ""])

    def handle_endtag(self, tag):
        if tag in {"script", "style", "template"}:
            self._hidden -= 1
        elif tag in {"a", "button"} and self._open:
            kind, href, words = self._open.pop()
            words = " ".join(words.split())
            if kind == "a":
                self.links.append((words, href))
            else:
                self.buttons.add(words)

    def handle_data(self, data):
        if not self._hidden:
            self.words += data
            for part in self._open:
                part[2] += data


class Walk:
    """An administrator who reads and clicks."""

    def __init__(self, client):
        client.force_login(make_user("newcomer", is_staff=True))
        self._client = client
        self._clicks = 0

    def opens(self, path):
        self.page = Page(self._client.get(path).content.decode())
        self.path = path
        return self

    def opens_conversation_of(self, message):
        return self.opens(f"/inbox/open/{message.conversation_id}/?around={message.pk}")

    def clicks(self, words, *, about=""):
        """Follow a link with some words, to an address that is about something."""
        self._clicks += 1
        assert self._clicks <= MOST_CLICKS
        href = next(href for said, href in self.page.links if words in said and about in href)
        base = self.path.split("?")[0]
        return self.opens(base + href if href.startswith("?") else href)

    def reads(self, *sentences):
        assert [one for one in sentences if one not in self.page.words] == []
        return self

    def can_press(self, words):
        assert words in self.page.buttons | {said for said, _href in self.page.links}
        return self

    def reaches_the_record_of(self, message):
        """From the conversation: the message's details, then its record."""
        self.opens_conversation_of(message)
        return self.clicks("Details:", about=f"/{message.pk}/").clicks("Full record")


@pytest.fixture
def walk(client):
    return Walk(client)


@pytest.fixture
def worker():
    """One that is at work, and whose clock is right."""
    now = timezone.now()
    return WorkerSighting.objects.create(name="w1", started_at=now, seen_at=now)


@pytest.fixture
def nxcloud():
    """The provider's stand-in, which owns our number."""
    credentials = Credentials(access_key="key", access_secret=SECRET)
    with Simulator(
        webhook_url="http://127.0.0.1:9/", credentials=credentials, dids=[DID]
    ) as running:
        yield running


def client_for(nxcloud, *, secret=SECRET, clock=time.time):
    credentials = Credentials(access_key="key", access_secret=secret)
    return NXCloudClient(base_url=nxcloud.url, credentials=credentials, now=clock)


def send(nxcloud, content="Your table is ready", *, turns=1, **how):
    """Write a message and let a worker try it."""
    now = timezone.now()
    message = make_outbound(content=content, at=now)
    for turn in range(turns):
        send_turn(client_for(nxcloud, **how), at=now + timedelta(minutes=turn))
    message.refresh_from_db()
    return message


def test_a_wrong_secret(walk, worker, nxcloud):
    message = send(nxcloud, secret="a-wrong-secret")

    walk.reaches_the_record_of(message).reads(
        "NXCloud does not accept our signature: check the access secret.",
        "It stays queued while sending is paused.",
        "Who can fix it: An administrator",
        "compare NXCLOUD_ACCESS_SECRET with the secret in NXCloud’s console",
        "NXCloud answered (HTTP 200, code 1003)",
    ).can_press("Resume now")


def test_no_balance(walk, worker, nxcloud):
    message = send(nxcloud, "Hello #code=1102")

    walk.reaches_the_record_of(message).reads(
        "The balance of the NXCloud account is used up",
        "Who can fix it: An administrator",
        "Top up the account in NXCloud’s console.",
    ).can_press("Resume now")


def test_a_wrong_webhook_address(walk, worker):
    long_ago = timezone.now() - timedelta(days=1)
    message = make_outbound(at=long_ago, status="sent", sent_at=long_ago)

    walk.reaches_the_record_of(message).reads(
        "NXCloud has it, but no delivery receipt came",
        "its webhook URL at NXCloud may be wrong: see the number’s page.",
    ).can_press("Open the number")
    walk.opens("/admin/").reads("No pushes yet", "Its webhook URL may be wrong; see its page.")


def test_blocked_by_the_carrier(walk, worker, nxcloud):
    message = send(nxcloud)
    at = timezone.now() + timedelta(seconds=5)
    record_push(
        envelope=receipt_envelope(
            message_id=message.provider_message_id,
            status="UNDELIVR",
            content="Your table is ready",
            at=at,
        )
    )

    walk.reaches_the_record_of(message).reads(
        "Not delivered; the carrier gave no reason.",
        "Who can fix it: NXCloud",
        "The contact’s carrier refused it. Share this record with NXCloud support",
    ).can_press("Resend").can_press("Share")


def test_a_clock_that_is_off(walk, worker, nxcloud):
    message = send(nxcloud, turns=2, clock=lambda: time.time() - 300)

    walk.reaches_the_record_of(message).reads(
        "NXCloud says that our clock is wrong.",
        "Who can fix it: An administrator",
        "set the server’s clock (NTP)",
    ).can_press("System health")


def test_a_full_disk(walk, worker, monkeypatch):
    full = Room(free_bytes=0, total_bytes=10**9, free_files=1)
    monkeypatch.setattr(health_checks, "room_in", lambda folder: full)

    walk.opens("/admin/").reads(
        "The disk is full: pushes can’t be saved while the database is down.",
        "Server admin: free space on the disk of VAR_DIR.",
    )


def test_a_contact_who_opted_out(walk, worker, nxcloud):
    now = timezone.now()
    message = make_outbound(at=now)
    make_inbound(content="STOP", at=now + timedelta(seconds=1))
    send_turn(client_for(nxcloud), at=now + timedelta(seconds=2))

    walk.reaches_the_record_of(message).reads(
        "The contact opted out before it was sent.",
        "Only the contact can change this: they text START",
    ).can_press("Open the conversation")


def test_a_message_that_expired(walk, worker):
    now = timezone.now()
    message = make_outbound(at=now - timedelta(days=2))
    block_expired_messages(at=now)

    walk.reaches_the_record_of(message).reads(
        "It missed its sending window, so it wasn’t sent.",
        "See in System health what held the queue up.",
    ).can_press("Resend")


def test_a_push_for_a_number_that_is_not_ours(walk, worker):
    make_did()
    record_push(envelope=inbound_envelope(did="34999999999", at=timezone.now()))

    walk.opens("/admin/").reads(
        "1 push couldn’t be processed.",
        "Administrator: read the reason, fix the cause, then replay them.",
    )
    walk.clicks("View").reads("None of its numbers are ours. Add the DID number, then replay.")
    push = next(href for _words, href in walk.page.links if "/push/" in href and "change" in href)
    walk.opens(push).can_press("Replay")


def test_a_number_that_nxcloud_cannot_read(walk, worker, nxcloud):
    message = send(nxcloud, "Hello #code=9006")

    walk.reaches_the_record_of(message).reads(
        "The recipient’s number is not a phone number.",
        "Who can fix it: The person who wrote the message",
        "Check the contact’s number and write to the right one.",
    ).can_press("Open the conversation")


def test_a_worker_that_is_gone(walk, worker):
    now = timezone.now()
    waiting = make_outbound(at=now)
    WorkerSighting.objects.update(seen_at=now - timedelta(minutes=10))

    walk.reaches_the_record_of(waiting).reads(
        "It stays queued: no worker is running, so nothing is being sent.",
        "Who can fix it: An administrator",
        "start manage.py run_outbox",
    ).can_press("System health")
    walk.opens("/admin/").reads(
        "nothing is being sent.", "Server admin: start manage.py run_outbox."
    )


def test_a_worker_that_died_while_it_was_sending(walk, worker):
    now = timezone.now() - timedelta(hours=1)
    message = make_outbound(at=now)
    claim_due_messages(worker="w0", limit=1, at=now)
    recover_lost_claims(at=timezone.now())

    walk.reaches_the_record_of(message).reads(
        "The program stopped while it was being sent.",
        "It may have been sent: wait for a delivery receipt before you resend.",
        "Worker w0 took it for attempt 1",
    ).can_press("Resend")
