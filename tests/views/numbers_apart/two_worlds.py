"""Two worlds that hold the same rows of a member's own number, with the same ids.

In the first another number exists too, with members, texts, notes, names, memos, blocks and
opt-outs; in the second it has been taken out of the database. No answer may tell which world it is:
what differs by nature (tokens of forms, ids made up for a form) is masked, everything else must be
equal byte by byte.
"""

import difflib
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from messaging.models import (
    Change,
    Contact,
    Conversation,
    DidNumber,
    Draft,
    Label,
    Presence,
    StaffSettings,
)
from messaging.services.contacts.contacts import edit_contact, write_memo
from messaging.services.contacts.opt_outs import record_opt_out
from messaging.services.conversations.lifecycle import snooze
from messaging.services.conversations.notes import add_note
from messaging.services.conversations.sender_blocks import block_sender
from messaging.services.outbox.cancel import cancel_message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.search.indexing import index_waiting
from messaging.templatetags.kept import _slot
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_outbound, make_user

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
    (re.compile(r'"request_id":"r[0-9a-f]{16}"'), "<request>"),
    (re.compile(r"[\w.-]+:[A-Za-z0-9]{6}:[\w-]{27,}"), "<signed>"),
    # A digest of an id that differs: a line about all numbers is written elsewhere too.
    (re.compile(r"\be-[0-9a-f]{12}\b"), "<event>"),
]
#: What a response says besides its body.
HEADERS = ("Location", "ETag", "Content-Type", "Content-Disposition", "HX-Trigger", "HX-Redirect")


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
    """Ask in both worlds; return the answers, which were the same.

    No part of a page that was kept in the first is shown in the second.
    """
    _slot.cache_clear()
    with_theirs = probe()
    with transaction.atomic():
        world.without_theirs()
        _slot.cache_clear()
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
