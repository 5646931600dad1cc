"""A member of one number probes everything for traces of another.

Both worlds hold the same rows of the member's own number, with the same ids. In the first the other
number exists too, with members, texts, notes, names, memos, blocks and opt-outs; in the second it
has been taken out of the database. No answer may tell which world it is: what differs by nature
(tokens of forms, ids made up for a form) is masked, everything else must be equal byte by byte.
"""

import difflib
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from messaging.api.urls import router
from messaging.models import (
    Change,
    Contact,
    Conversation,
    DidNumber,
    Draft,
    Label,
    OptOut,
    Presence,
    StaffSettings,
)
from messaging.services.contacts.contacts import edit_contact, write_memo
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.conversations.lifecycle import snooze
from messaging.services.conversations.notes import add_note
from messaging.services.conversations.sender_blocks import block_sender
from messaging.services.inbox.query import PLAIN_VIEWS
from messaging.services.outbox.cancel import cancel_message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.search import contacts as search_contacts
from messaging.services.search import index_scan
from messaging.services.search.indexing import index_waiting
from messaging.services.team.notifications import email_what_waits
from tests.api.conftest import client_of
from tests.factories import (
    NOW,
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = pytest.mark.django_db

THEIRS = "447700900123"
#: Elena wrote to the other number; ours has only scheduled a text to her, and canceled it.
ELENA = "34612345678"
#: Tom wrote to both numbers. His name is known to both.
TOM = "34612345679"
#: Has only ever written to the other number.
STRANGER = "34612345680"
#: The same, and no numbering plan knows it: who has not heard of it is asked whether it is right.
UNLIKELY = "34112345678"
#: Wrote to our number alone, first or last of all.
FIRST, LAST = "34600000001", "34600000002"

LATER = NOW + timedelta(hours=2)

MASKED = [
    (re.compile(r"[A-Za-z0-9]{64}"), "<csrf>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<hex>"),
    (re.compile(r"[\w.-]+:[A-Za-z0-9]{6}:[\w-]{27,}"), "<signed>"),
    # A digest of an id that differs: a line about all numbers is written elsewhere too.
    (re.compile(r"\be-[0-9a-f]{12}\b"), "<event>"),
]
#: What a response says besides its body.
HEADERS = ("Location", "ETag", "Content-Type", "Content-Disposition", "HX-Trigger", "HX-Redirect")


@pytest.fixture(autouse=True)
def still_clock(monkeypatch):
    """Let no minute pass between the two worlds."""
    monkeypatch.setattr(timezone, "now", lambda: LATER)


@pytest.fixture(autouse=True)
def short_searches(monkeypatch):
    """Let a search end after few matches, so that others could use them up."""
    monkeypatch.setattr(search_contacts, "MOST_CONTACTS", 3)
    monkeypatch.setattr(index_scan, "MOST_MATCHES", 6)
    monkeypatch.setattr(index_scan, "FIRST_BATCH", 2)


#: Where the ids of new rows begin: above those of all rows that tests before have made.
_beginnings = itertools.count(10**6, 10**4)


class World:
    """Our number with what belongs to it, and another one that can be taken away."""

    def __init__(self) -> None:
        self.begin = next(_beginnings)
        self.ana = make_user("ana", first_name="Ana", email="ana@example.com")
        self.bob = make_user("bob", first_name="Bob")
        StaffSettings.objects.create(user=self.ana, email_after_minutes=1)
        self.label = Label.objects.create(name="VIP")
        self.ours = make_did(members=(self.ana,))
        self.theirs = make_did(THEIRS, label="London", members=(self.bob,))
        self._before()
        self._of_ours()
        self._after()
        index_waiting()

    def _before(self) -> None:
        """What the other number had before ours heard of anybody."""
        theirs, bob = self.theirs, self.bob
        self.elena = make_inbound(theirs, ELENA, "plan: hello London").conversation
        edit_contact(
            contact=self.elena.contact,
            conversation=self.elena,
            by=bob,
            at=NOW,
            name="Elena Secreta",
            email="elena@secret.example",
            language="Secretish",
        )
        write_memo(conversation=self.elena, text="secret plan memo")
        add_note(conversation=self.elena, author=bob, content="secret plan note", at=NOW)
        self.their_tom = make_inbound(theirs, TOM, "plan of Tom").conversation
        write_memo(conversation=self.their_tom, text="secret plan of Tom")
        make_inbound(theirs, STRANGER, "plan: hello")
        make_inbound(theirs, UNLIKELY, "plan: hello")

    def _of_ours(self) -> None:
        ours, ana = self.ours, self.ana
        self.first = make_inbound(ours, FIRST, "our plan").conversation
        self.tom = make_inbound(ours, TOM, "Tom's plan for us").conversation
        Contact.objects.filter(pk=self.tom.contact_id).update(name="Tom", search_text=None)
        write_memo(conversation=self.tom, text="our plan memo")
        add_note(conversation=self.tom, author=ana, content="our plan note", at=NOW)
        self.scheduled, _new = queue_message(
            NewMessage(content="Later", send_at=NOW + timedelta(days=1)),
            conversation=make_conversation(ours, ELENA),
            user=ana,
            at=NOW,
        )
        self.ours_of_elena = self.scheduled.conversation
        cancel_message(message=self.scheduled, user=ana, at=NOW)
        self.last = make_inbound(ours, LAST, "see you").conversation
        snooze(conversation=self.last, until=LATER + timedelta(days=1), by=ana, at=NOW)
        self.sent = make_outbound(self.first, "Certainly", user=ana, status="sent")

    def _after(self) -> None:
        """What the other number did later, with contacts of ours among them."""
        theirs, bob = self.theirs, self.bob
        for number in range(12):
            contact = make_inbound(theirs, f"3469999{number:04}", "the plan").conversation.contact
            Contact.objects.filter(pk=contact.pk).update(name=f"Plan {number}", search_text=None)
        self.elena.labels.add(self.label)
        make_outbound(self.elena, "Dear Elena", user=bob, status="failed")
        queue_message(
            NewMessage(content="Later", send_at=NOW + timedelta(days=1)),
            conversation=self.their_tom,
            user=bob,
            at=NOW,
        )
        record_opt_out(conversation=self.elena, at=NOW, by=bob)
        record_opt_out(conversation=self.their_tom, at=NOW, by=bob)
        block_sender(conversation=self.their_tom, by=bob, at=NOW)
        Draft.objects.create(conversation=self.elena, user=bob, reply="Dear")
        Presence.objects.create(conversation=self.elena, user=bob, seen_at=LATER, replying_at=LATER)

    def without_theirs(self) -> None:
        """Take the other number out, as if it had never been."""
        threads = set(self.theirs.conversations.values_list("pk", flat=True))
        messages = set(self.theirs.messages.values_list("pk", flat=True))
        gone: dict[str, set[int]] = {
            "didnumber": {self.theirs.pk},
            "conversation": threads,
            "message": messages,
            "note": set(
                apps.get_model("messaging.Note")
                .objects.filter(conversation__in=threads)
                .values_list("pk", flat=True)
            ),
        }
        Contact.objects.filter(phone_key=ELENA).update(
            name="", email="", language="", search_text=None
        )
        for phone in (ELENA, TOM):
            begun = Conversation.objects.get(did_number=self.ours, contact__phone_key=phone)
            Contact.objects.filter(phone_key=phone).update(created_at=begun.created_at)
        Change.objects.filter(did_number_id=self.theirs.pk).delete()
        for model in apps.get_app_config("messaging").get_models(include_auto_created=True):
            for field in model._meta.fields:
                target = getattr(field.related_model, "_meta", None)
                if target is not None and target.model_name in gone:
                    rows = model._default_manager.filter(
                        **{f"{field.name}__in": gone[target.model_name]}
                    )
                    rows._raw_delete(rows.db)  # type: ignore[attr-defined]
        DidNumber.objects.filter(pk=self.theirs.pk)._raw_delete("default")  # type: ignore[attr-defined]
        Contact.objects.filter(conversations=None)._raw_delete("default")  # type: ignore[attr-defined]
        self._renumber_contacts()
        index_waiting()

    def _renumber_contacts(self) -> None:
        """Give the contacts the order of ids that they have where our number met them first."""
        met = self.ours.conversations.order_by("pk").values_list("contact_id", flat=True)
        for new, old in enumerate(list(met), start=self.begin + 5000):
            Contact.objects.filter(pk=old).update(search_text=None)
            Contact.objects.filter(pk=old).update(id=new)
            for relation in Contact._meta.related_objects:
                rows = relation.related_model._base_manager
                rows.filter(**{relation.field.name: old}).update(**{relation.field.attname: new})


@pytest.fixture
def world(db) -> World:
    return World()


@contextmanager
def taken_back(world: World) -> Iterator[None]:
    """Let nothing stay of what happens within, and new rows have the same ids in both worlds."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                for model in apps.get_app_config("messaging").get_models(include_auto_created=True):
                    cursor.execute(
                        "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                        [model._meta.db_table, model._meta.pk.column, world.begin],
                    )
        try:
            yield
        finally:
            transaction.set_rollback(True)


def plain(response: Any) -> tuple[int, dict[str, str], str]:
    """A response as it is compared."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = body.decode()
    headers = {name: response[name] for name in HEADERS if name in response}
    for pattern, word in MASKED:
        text = pattern.sub(word, text)
        headers = {name: pattern.sub(word, value) for name, value in headers.items()}
    return response.status_code, headers, text


Answers = dict[str, Any]


def compare(world: World, probe: Callable[[], Answers]) -> Answers:
    """Ask in both worlds; return the answers, which were the same."""
    with_theirs = probe()
    with transaction.atomic():
        world.without_theirs()
        without_theirs = probe()
        transaction.set_rollback(True)
    assert with_theirs.keys() == without_theirs.keys()
    told = {
        address: difference(answer, without_theirs[address])
        for address, answer in with_theirs.items()
        if answer != without_theirs[address]
    }
    assert told == {}
    return with_theirs


def difference(first: Any, second: Any) -> list[str]:
    """The lines that differ, for a reader of the failure."""
    before, after = (str(each).replace("\\n", "\n").splitlines() for each in (first, second))
    lines = difflib.unified_diff(before, after, lineterm="", n=0)
    return [line[:200] for line in lines if line[:3] not in {"---", "+++", "@@ "}][:6]


# What is read ----------------------------------------------------------------------------------

WORDS = ("plan", "elena", "secret", "tom", "memo", "note", "london", "346", "612345678", "hello")
VIEWS = PLAIN_VIEWS


def pages(world: World) -> list[str]:
    found = [f"/inbox/{view}/" for view in VIEWS]
    found += [f"/inbox/all/?sort=waiting&label={world.label.pk}", "/inbox/all/?unread=1"]
    found += [f"/inbox/label-{world.label.pk}/", f"/inbox/number-{world.ours.pk}/"]
    found += [f"/inbox/number-{world.theirs.pk}/", f"/inbox/all/?number={world.theirs.pk}"]
    found += ["/inbox/all/?assignee=bob", "/inbox/all/?assignee=nobody-like-this"]
    for word in WORDS:
        found += [f"/inbox/all/?q={word}", f"/inbox/parts/palette/?q={word}"]
        found += [f"/inbox/bulk/matching/?view=all&q={word}"]
        found += [f"/inbox/bulk/matching/?view=all&count=1&q={word}"]
    found += [f"/inbox/parts/list/?view={view}" for view in VIEWS]
    found += ["/inbox/parts/rail/", "/settings/", "/inbox/new/"]
    for number in (world.ours, world.theirs):
        found += [f"/inbox/parts/saved-replies/?sender={number.pk}"]
    for phone in (ELENA, TOM, STRANGER, UNLIKELY, "34699999999"):
        found += [f"/inbox/new/?sender={world.ours.pk}&phone={phone}"]
        found += [f"/inbox/new/?sender={world.theirs.pk}&phone={phone}"]
    for row in (world.first, world.tom, world.ours_of_elena, world.last):
        found += [
            f"/inbox/open/{row.pk}/",
            f"/inbox/parts/thread/{row.pk}/",
            f"/inbox/parts/thread/{row.pk}/older/?before={world.sent.pk}",
            f"/conversations/{row.pk}/print/",
            f"/conversations/{row.pk}/export/",
            f"/inbox/pickers/assign/?conversation={row.pk}",
            f"/inbox/pickers/label/?conversation={row.pk}",
            f"/inbox/pickers/number/?conversation={row.pk}",
        ]
    found += [f"/messages/{world.sent.pk}/", f"/messages/{world.scheduled.pk}/"]
    their_message = world.elena.last_message_id
    found += [f"/inbox/open/{world.elena.pk}/", f"/conversations/{world.elena.pk}/print/"]
    found += [f"/messages/{their_message}/", f"/conversations/{world.elena.pk}/export/"]
    found += ["/inbox/parts/notices/", "/inbox/parts/notices/?message=0&notification=0"]
    found += [f"/inbox/parts/notices/?message={world.sent.pk}&notification=0"]
    newest_of_ours = Change.objects.filter(did_number_id=world.ours.pk).latest("pk").pk
    found += ["/live/poll/?since=1", f"/live/poll/?since={newest_of_ours}"]
    found += ["/healthz", "/inbox/pickers/assign/?number=" + str(world.theirs.pk)]
    return found


@pytest.mark.database  # Searches are cut off in SQL of their own.
def test_no_page_tells_of_another_number(world):
    client = Client()
    client.force_login(world.ana)

    def read() -> Answers:
        return {address: plain(client.get(address)) for address in pages(world)}

    answers = compare(world, read)

    assert "Tom" in answers["/inbox/all/"][2]
    assert [status for status, _headers, _text in answers.values() if status >= 500] == []


def test_no_fragment_tells_of_another_number(world):
    client = Client()
    client.force_login(world.ana)
    whole = [
        address for address in pages(world) if re.match("/(inbox/(?!bulk|parts)|messages)", address)
    ]

    def read() -> Answers:
        found = {}
        for address in whole:
            for part in ("options",) if "pickers" in address else ("main-pane", "workspace"):
                headers = {"HX-Request": "true", "HX-Target": part}
                found[f"{part} {address}"] = plain(client.get(address, headers=headers))
        return found

    compare(world, read)


def resources(world: World) -> list[str]:
    root = "/api/v1/"
    found = [root, f"{root}numbers/", f"{root}schema/", f"{root}pushes/", f"{root}sending/"]
    lists = ("contacts", "conversations", "messages")
    found += [f"{root}{name}/" for name, _view, _basename in router.registry]
    found += [f"{root}{name}/?page_size=1" for name in lists]
    found += [f"{root}{name}/?q={word}" for name in lists[:2] for word in WORDS]
    for phone in (ELENA, TOM, STRANGER, UNLIKELY, FIRST):
        found += [f"{root}contacts/?phone={phone}", f"{root}messages/?phone={phone}"]
        found += [f"{root}conversations/?q={phone}"]
    for query in (
        "status=closed",
        "assignee=none",
        f"number={THEIRS}",
        "unread=1",
        "unread=1&status=open",
        "needs_reply=1",
        "label=VIP",
    ):
        found += [f"{root}conversations/?{query}"]
    found += [f"{root}messages/?number={THEIRS}", f"{root}messages/?after=0"]
    found += [f"{root}messages/?conversation={world.elena.pk}", f"{root}messages/?status=failed"]
    found += [f"{root}numbers/{world.ours.pk}/", f"{root}numbers/{world.theirs.pk}/"]
    for row in (world.first, world.tom, world.ours_of_elena, world.last, world.elena):
        found += [
            f"{root}conversations/{row.pk}/",
            f"{root}conversations/{row.pk}/messages/",
            f"{root}contacts/{row.contact_id}/",
            f"{root}contacts/{row.pk}/",
        ]
    their_message = world.elena.last_message_id
    found += [f"{root}messages/{pk}/" for pk in (world.sent.pk, world.scheduled.pk, their_message)]
    return found


@pytest.mark.database
def test_the_api_tells_nothing_of_another_number(world):
    api = client_of(world.ana)

    answers = compare(
        world, lambda: {address: plain(api.get(address)) for address in resources(world)}
    )

    assert '"name":"Tom"' in answers["/api/v1/contacts/"][2]
    assert [status for status, _headers, _text in answers.values() if status >= 500] == []


def test_mails_tell_nothing_of_another_number(world):
    def mailed() -> Answers:
        mail.outbox = []
        with taken_back(world):
            email_what_waits(at=LATER)
        return {"mails": [(each.subject, each.body, each.to) for each in mail.outbox]}

    compare(world, mailed)


# What is done ----------------------------------------------------------------------------------


def posts(world: World) -> list[tuple[str, dict[str, Any]]]:
    """What a member tries: an address and the form's fields."""
    elena, tom, ours, theirs = (
        world.ours_of_elena.pk,
        world.tom.pk,
        world.ours.pk,
        world.theirs.pk,
    )
    found: list[tuple[str, dict[str, Any]]] = []
    for phone in (ELENA, STRANGER, UNLIKELY, "34699999999"):
        found += [("/inbox/new/", {"sender": ours, "phone": phone, "content": "Hi"})]
    found += [("/inbox/new/", {"sender": theirs, "phone": ELENA, "content": "Hi"})]
    found += [
        ("/inbox/new/", {"sender": ours, "phone": ELENA, "content": "Hi {contact_name}"}),
        (
            "/inbox/new/",
            {"sender": ours, "phone": ELENA, "content": "Hi {contact_name}", "name": "Ellie"},
        ),
        (
            "/inbox/new/",
            {
                "sender": ours,
                "phone": STRANGER,
                "content": "Hi",
                "schedule": "1",
                "when": "tomorrow 9:00",
                "name": "Somebody",
            },
        ),
        (f"/conversations/{elena}/reply/", {"reply": "Hi {contact_first_name}"}),
        (f"/conversations/{elena}/contact/", {"name": "Elena"}),
        (f"/conversations/{elena}/contact/", {"memo": "Ours"}),
        (f"/conversations/{tom}/contact/", {"memo": "Ours", "email": "tom@example.com"}),
        (f"/conversations/{elena}/opt-out/", {}),
        (f"/conversations/{elena}/opt-in/", {"reason": "They rang"}),
        (f"/conversations/{tom}/opt-in/", {"reason": "They rang"}),
        (f"/conversations/{tom}/opt-out/", {"all_numbers": "1"}),
        (f"/conversations/{elena}/block/", {}),
        (f"/conversations/{tom}/block/", {"all_numbers": "1"}),
        (f"/conversations/{tom}/unblock/", {}),
        (f"/conversations/{tom}/assign/", {"assignee": world.bob.pk}),
        (f"/conversations/{elena}/draft/", {"reply": "Dear {contact_name}"}),
        (f"/conversations/{world.elena.pk}/block/", {}),
        (f"/conversations/{world.elena.pk}/draft/", {"reply": "x"}),
        ("/inbox/bulk/", {"action": "assign", "assignee": "bob", "conversation": [elena, tom]}),
        ("/inbox/bulk/", {"action": "close", "conversation": [elena, tom, world.elena.pk]}),
        (f"/messages/{world.scheduled.pk}/resend/", {}),
        (f"/messages/{world.elena.last_message_id}/cancel/", {}),
    ]
    return found


def test_nothing_that_is_done_tells_of_another_number(world):
    def do() -> Answers:
        client = Client()
        client.force_login(world.ana)
        threads = [f"/inbox/parts/thread/{row.pk}/" for row in (world.ours_of_elena, world.tom)]
        found = {}
        for place, (address, fields) in enumerate(posts(world)):
            for accept in ("text/html", "application/json")[: 2 if "/conv" in address else 1]:
                with taken_back(world):
                    answer = client.post(address, fields, headers={"Accept": accept})
                    after = [client.get(each) for each in (*threads, "/inbox/parts/list/?view=all")]
                    found[f"{place} {accept} {address} {fields}"] = [
                        plain(each) for each in (answer, *after)
                    ]
        return found

    answers = compare(world, do)

    assert [key for key, found in answers.items() if found[0][0] >= 500] == []


def test_nothing_that_a_program_does_tells_of_another_number(world):
    api = client_of(world.ana)
    tomorrow = (LATER + timedelta(days=1)).isoformat()

    def do() -> Answers:
        found = {}
        for sender in (world.ours.number, THEIRS):
            for phone in (ELENA, TOM, STRANGER, UNLIKELY, "34699999999", "346", THEIRS):
                for send_at in (None, tomorrow):
                    body = {"sender": sender, "phone": phone, "content": "Hi", "send_at": send_at}
                    with taken_back(world):
                        answer = api.post("/api/v1/messages/", body, format="json")
                        lists = [
                            api.get(f"/api/v1/{name}/")
                            for name in ("contacts", "conversations", "messages")
                        ]
                        found[f"{sender} {phone} {send_at}"] = [
                            plain(each) for each in (answer, *lists)
                        ]
        return found

    compare(world, do)


# What others see of it -------------------------------------------------------------------------


def rows_of_theirs(world: World) -> dict[str, Any]:
    """Everything that the other number's members could see change."""
    threads = world.theirs.conversations.order_by("pk")
    contacts = Contact.objects.filter(conversations__in=threads).order_by("pk")
    events = apps.get_model("messaging.ConversationEvent").objects
    return {
        "conversations": list(threads.values()),
        "contacts": list(contacts.values("pk", "name", "email", "language", "blocked_at")),
        "memos": list(threads.values_list("memo_row__content", flat=True)),
        "messages": list(world.theirs.messages.order_by("pk").values("pk", "status")),
        "events": events.filter(conversation__in=threads).count(),
        "opt-outs": list(OptOut.objects.order_by("pk").values("did_number", "ended_at")),
        "changes": Change.objects.filter(did_number_id=world.theirs.pk).count(),
    }


#: What goes beyond the own number by its nature, or what is shared once it is known.
REACHES_OTHERS = re.compile(r"opt-out/.*all_numbers|tom@example.com|Somebody")


def test_nothing_that_is_done_changes_another_numbers_conversations_unseen(world):
    before = rows_of_theirs(world)
    ours = world.ours.pk
    ana = Client()
    ana.force_login(world.ana)
    for address, fields in posts(world):
        if REACHES_OTHERS.search(f"{address}{fields}"):
            continue
        with taken_back(world):
            ana.post(address, fields)
            after = rows_of_theirs(world)
            after["opt-outs"] = [row for row in after["opt-outs"] if row["did_number"] != ours]
            assert after == before, (address, fields)


def test_an_opt_out_for_all_numbers_is_shown_to_the_others_with_a_line(world):
    ana = Client()
    ana.force_login(world.ana)

    ana.post(f"/conversations/{world.first.pk}/opt-out/", {"all_numbers": "1"})
    ana.post(f"/conversations/{world.ours_of_elena.pk}/opt-out/", {"all_numbers": "1"})

    bob = Client()
    bob.force_login(world.bob)
    page = bob.get(f"/inbox/open/{world.elena.pk}/").content.decode()
    assert "recorded an opt-out for all numbers" in page


# Order and times -------------------------------------------------------------------------------


def test_contacts_come_in_the_order_in_which_ones_own_numbers_met_them(world):
    """Tom wrote to the other number before anybody wrote to ours: his row is older."""
    api = client_of(world.ana)
    found = api.get("/api/v1/contacts/").json()["results"]

    assert [row["phone"] for row in found] == [LAST, TOM, FIRST]
    begun = dict(
        Conversation.objects.filter(did_number=world.ours).values_list(
            "contact__phone_key", "created_at"
        )
    )
    assert [row["created_at"] for row in found] == [
        begun[row["phone"]].isoformat().replace("+00:00", "Z") for row in found
    ]


def test_a_contacts_id_is_that_of_the_first_conversation_with_it_that_one_sees(world):
    """Its own would be among the lowest: Tom was known on the other number before."""
    api = client_of(world.ana)
    found = {row["phone"]: row["id"] for row in api.get("/api/v1/contacts/").json()["results"]}

    assert found == {LAST: world.last.pk, TOM: world.tom.pk, FIRST: world.first.pk}
    assert api.get(f"/api/v1/conversations/{world.tom.pk}/").json()["contact"] == world.tom.pk
    assert api.get(f"/api/v1/contacts/{world.tom.pk}/").json()["phone"] == TOM
    assert api.get(f"/api/v1/contacts/{world.their_tom.pk}/").status_code == 404


def test_an_administrator_reads_a_contacts_own_id(world):
    api = client_of(make_user("boss", is_staff=True))
    shown = api.get(f"/api/v1/conversations/{world.tom.pk}/").json()

    assert shown["contact"] == world.tom.contact_id
    assert api.get(f"/api/v1/contacts/{world.tom.contact_id}/").json()["phone"] == TOM


def test_a_contact_is_found_by_its_former_id_by_who_joined_an_older_number(world):
    api = client_of(world.ana)
    world.theirs.members.add(world.ana)

    found = api.get(f"/api/v1/contacts/{world.tom.pk}/").json()

    assert (found["id"], found["phone"]) == (world.their_tom.pk, TOM)
    assert api.get(f"/api/v1/contacts/{found['id']}/").json() == found


def test_a_lines_element_does_not_tell_how_many_lines_there_are(world):
    ana = Client()
    ana.force_login(world.ana)
    page = ana.get(f"/inbox/open/{world.last.pk}/").content.decode()
    row = apps.get_model("messaging.ConversationEvent").objects.get(conversation=world.last)

    found = re.findall(r'<p class="event" id="([^"]*)"', page)
    assert [len(each) for each in found] == [14]
    assert str(row.pk) not in {each.removeprefix("e-") for each in found}


def test_a_contacts_id_is_not_told_before_something_was_exchanged(world):
    """It would say how early the contact was known to anybody."""
    api = client_of(world.ana)

    shown = api.get(f"/api/v1/conversations/{world.ours_of_elena.pk}/").json()

    assert (shown["contact"], shown["name"]) == (None, "")
    assert api.get(f"/api/v1/contacts/?phone={ELENA}").json()["results"] == []
