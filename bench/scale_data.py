"""Fill an empty database as a year of work would have left it, for the measurement at scale.

    python -m bench.scale_data --conversations 100000 --messages 1000000

Writes into the database of the environment and prints how long it took. The same numbers give the
same rows on every database. Words for the search are made by the product's own tokenizer, and its
own triggers and generated columns build the index. Raw pushes and the change feed are left out: the
first are pruned, the second keeps minutes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any, Final

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402  (models after the setup)
from django.core.management.color import no_style  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import scale_texts  # noqa: E402
from messaging.models import (  # noqa: E402
    Contact,
    Conversation,
    ConversationEvent,
    DidNumber,
    Draft,
    Label,
    Message,
    OptOut,
    ReadMark,
    StatusChange,
)
from messaging.models.conversation import preview_of  # noqa: E402
from messaging.services.reading.watermarks import TARGET_AGE, move_watermarks  # noqa: E402
from messaging.services.reports.catch_up import catch_up  # noqa: E402
from messaging.services.reports.series import has_unbuilt, want_zone  # noqa: E402
from messaging.services.search.tokenizer import (  # noqa: E402
    search_text_of,
    search_text_of_contact,
)

NUMBERS: Final = 8
#: The last number's conversations are all closed: what its member looks for is never found.
QUIET_NUMBER: Final = NUMBERS
COLLEAGUES: Final = 10
LABELS: Final = 10
#: One conversation has as many messages, whatever the size of the data set; it is read in full.
LONGEST: Final = 500
YEAR_SECONDS: Final = 365 * 86_400
FORTNIGHT_SECONDS: Final = 14 * 86_400
CHUNK: Final = 10_000
#: What became of outbound messages, and how often.
STATUSES: Final = (
    ("delivered", 840),
    ("sent", 80),
    ("undelivered", 40),
    ("failed", 15),
    ("unconfirmed", 10),
    ("blocked", 10),
    ("canceled", 5),
)
TROUBLE: Final = {"failed", "undelivered", "unconfirmed"}
ACCEPTED: Final = {"delivered", "sent", "undelivered"}


@dataclass(slots=True)
class Thread:
    """What a conversation has come to."""

    number: int
    language: str
    last_at: int = 0
    last_id: int = 0
    last_inbound_id: int = 0
    waiting_since: int | None = None
    is_last_inbound: bool = False


class World:
    """All rows of one data set, in the order in which they must be written."""

    def __init__(self, *, conversations: int, messages: int) -> None:
        self.dice = Random(7)
        self.begin = timezone.now() - timedelta(seconds=YEAR_SECONDS)
        numbers = [*range(1, QUIET_NUMBER)] * 14 + [QUIET_NUMBER] * 2
        self.threads = [
            Thread(self.dice.choice(numbers), self.dice.choice(scale_texts.LANGUAGES))
            for _ in range(conversations)
        ]
        self.threads[0] = Thread(1, "en")
        #: Second of the year, conversation; the place in the list, plus one, is the message's id.
        self.places = self._places(messages)
        self.inbound = bytearray(len(self.places))
        for place, (second, thread) in enumerate(self.places):
            self._write(self.threads[thread], place, second)

    def _places(self, messages: int) -> list[tuple[int, int]]:
        count = len(self.threads)
        weights = [self.dice.paretovariate(1.3) for _ in range(count)]
        more = self.dice.choices(range(count), weights, k=messages - count - LONGEST + 1)
        spans = [self._span(thread) for thread in range(count)]
        owners = [*range(count), *more, *[0] * (LONGEST - 1)]
        return sorted((self.dice.randint(*spans[thread]), thread) for thread in owners)

    def _span(self, thread: int) -> tuple[int, int]:
        if thread == 0:
            return 0, YEAR_SECONDS - 60
        begin = self.dice.randrange(YEAR_SECONDS - 120)
        length = int(self.dice.expovariate(1 / (20 * 86_400)))
        return begin, min(begin + length, YEAR_SECONDS - 60)

    def _write(self, thread: Thread, place: int, second: int) -> None:
        is_inbound = self.dice.random() < (0.25 if thread.is_last_inbound else 0.8)
        self.inbound[place] = is_inbound
        thread.is_last_inbound, thread.last_at, thread.last_id = is_inbound, second, place + 1
        if not is_inbound:
            thread.waiting_since = None
            return
        thread.last_inbound_id = place + 1
        if thread.waiting_since is None:
            thread.waiting_since = second

    def moment(self, second: int) -> Any:
        """Return a second of the year as a time."""
        return self.begin + timedelta(seconds=second)

    def text(self, message_id: int, thread: Thread) -> str:
        """Return a message's text; asked again it is the same."""
        self.dice.seed(message_id)
        return scale_texts.text(self.dice, thread.language, number=message_id)

    def contacts(self) -> Iterator[Contact]:
        """Yield the people on the other side, one a conversation."""
        for pk, thread in enumerate(self.threads, 1):
            phone = scale_texts.phone(pk, thread.language)
            name = scale_texts.name(self.dice, thread.language)
            yield Contact(
                pk=pk,
                phone=phone,
                phone_key=phone,
                name=name,
                search_text=search_text_of_contact(name=name, phone_key=phone),
            )

    def conversations(self) -> Iterator[Conversation]:
        """Yield the conversations; old ones are mostly closed."""
        for pk, thread in enumerate(self.threads, 1):
            preview = preview_of(self.text(thread.last_id, thread))
            is_old = thread.last_at < YEAR_SECONDS - FORTNIGHT_SECONDS
            chance = self.dice.random()
            status = "closed" if chance < (0.85 if is_old else 0.2) else "open"
            status = "snoozed" if status == "open" and chance > 0.97 else status
            status = "closed" if thread.number == QUIET_NUMBER else status
            waits = status == "open" and thread.waiting_since is not None and chance < 0.93
            yield Conversation(
                pk=pk,
                did_number_id=thread.number,
                contact_id=pk,
                status="open" if pk == 1 else status,
                assignee_id=self.dice.choice((None, None, *range(1, COLLEAGUES + 1))),
                snoozed_until=timezone.now() + timedelta(days=2) if status == "snoozed" else None,
                last_activity_at=self.moment(thread.last_at),
                last_message_id=thread.last_id,
                last_direction="inbound" if thread.is_last_inbound else "outbound",
                last_preview=preview,
                last_inbound_id=thread.last_inbound_id or None,
                needs_reply_since=self.moment(thread.waiting_since or 0) if waits else None,
            )

    def messages(self) -> Iterator[Message]:
        """Yield the messages, oldest first, then those that wait for their time."""
        words, weights = zip(*STATUSES, strict=True)
        for place, (second, owner) in enumerate(self.places):
            content = self.text(place + 1, self.threads[owner])
            message = self._message(place + 1, owner, content, second)
            if not self.inbound[place]:
                self._send(message, self.dice.choices(words, weights)[0])
            yield message
        for pk in range(len(self.places) + 1, len(self.places) + len(self.threads) // 200 + 1):
            owner = self.dice.randrange(len(self.threads))
            message = self._message(pk, owner, "See you tomorrow!", YEAR_SECONDS - 60)
            message.direction, message.status, message.sent_by_id = "outbound", "scheduled", 1
            message.send_at = timezone.now() + timedelta(hours=self.dice.randint(1, 99))
            message.not_before = message.send_at
            yield message

    def _message(self, pk: int, owner: int, content: str, second: int) -> Message:
        return Message(
            pk=pk,
            conversation_id=owner + 1,
            did_number_id=self.threads[owner].number,
            direction="inbound",
            status="received",
            content=content,
            created_at=self.moment(second),
            encoding="GSM-7" if content.isascii() else "UCS-2",
            segments=1,
            search_text=search_text_of(content),
            dedup_key=f"id:in-{pk}",
        )

    def _send(self, message: Message, status: str) -> None:
        at = message.created_at
        message.direction, message.status, message.dedup_key = "outbound", status, None
        message.sent_by_id = self.dice.randint(1, COLLEAGUES)
        message.queued_at = message.not_before = message.attempt_started_at = at
        if status in ACCEPTED:
            message.provider_message_id = f"out-{message.pk}"
            message.sent_at, message.has_receipt = at, status != "sent"
            message.billed_segments, message.price = 1, Decimal("0.045")
        is_new = at > self.moment(YEAR_SECONDS - FORTNIGHT_SECONDS)
        if status in TROUBLE and self.dice.random() < (0.5 if is_new else 0.97):
            message.attention_cleared_at = at

    def status_changes(self) -> Iterator[StatusChange]:
        """Yield the history of what we wrote."""
        rows = Message.objects.filter(direction="outbound").order_by("pk")
        for pk, status, at in rows.values_list("pk", "status", "created_at").iterator(CHUNK):
            steps = ["queued", "sending"]
            steps += ["sent"] if status in ACCEPTED - {"sent"} else []
            for step in [*steps, status] if status != "scheduled" else [status]:
                is_receipt = step in {"delivered", "undelivered"}
                wait = self.dice.lognormvariate(1.5, 1.2) if is_receipt else 0
                yield StatusChange(message_id=pk, status=step, at=at + timedelta(seconds=wait))

    def read_marks(self) -> Iterator[ReadMark]:
        """Yield who has read what: see `people` for the three who look."""
        shares = {PEOPLE["administrator"]: 0.95, PEOPLE["member"]: 0.9, PEOPLE["reader"]: 1.0}
        shares |= dict.fromkeys(range(1, COLLEAGUES + 1), 0.1)
        for pk, thread in enumerate(self.threads, 1):
            for user_id, share in shares.items():
                if self.dice.random() < share:
                    yield ReadMark(user_id=user_id, conversation_id=pk, last_read_id=thread.last_id)

    def events(self) -> Iterator[ConversationEvent]:
        """Yield one event a conversation."""
        for pk, thread in enumerate(self.threads, 1):
            yield ConversationEvent(
                conversation_id=pk,
                kind="assigned",
                actor_id=1,
                subject_id=2,
                at=self.moment(thread.last_at),
            )

    def labels(self) -> Iterator[Any]:
        """Yield a label for every fifth conversation."""
        link = Conversation.labels.through
        for pk in range(1, len(self.threads) + 1, 5):
            yield link(conversation_id=pk, label_id=self.dice.randint(1, LABELS))

    def opt_outs(self) -> Iterator[OptOut]:
        """Yield an opt-out for every two-hundredth contact."""
        for pk in range(1, len(self.threads) + 1, 200):
            yield OptOut(
                contact_id=pk, did_number_id=self.threads[pk - 1].number, created_at=self.begin
            )

    def drafts(self) -> Iterator[Draft]:
        """Yield some drafts of the administrator."""
        for pk in range(1, len(self.threads), len(self.threads) // 20):
            yield Draft(user_id=PEOPLE["administrator"], conversation_id=pk, reply="I will ask.")


#: Who looks: an administrator with some unread, one who has read everything, a member of the first
#: number, and a member of the number where nothing is open.
PEOPLE: Final = {
    name: COLLEAGUES + 1 + place
    for place, name in enumerate(("administrator", "reader", "member", "quiet"))
}


def people() -> None:
    """Make the users, the numbers and the labels."""
    for pk in range(1, COLLEAGUES + 1):
        User.objects.create(pk=pk, username=f"colleague{pk}", first_name=f"Colleague {pk}")
    for name, pk in PEOPLE.items():
        User.objects.create(
            pk=pk, username=name, is_superuser=pk < PEOPLE["member"], is_staff=pk < PEOPLE["member"]
        )
    for pk in range(1, NUMBERS + 1):
        DidNumber.objects.create(pk=pk, number=f"86150888800{pk:02d}", label=f"House {pk}")
    DidNumber.objects.get(pk=1).members.add(PEOPLE["member"])
    DidNumber.objects.get(pk=QUIET_NUMBER).members.add(PEOPLE["quiet"])
    for pk in range(1, LABELS + 1):
        Label.objects.create(pk=pk, name=f"label {pk}", color=pk % 8)


def insert(rows: Iterable[models.Model]) -> None:
    """Write rows of one model, some thousand a transaction."""
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        with transaction.atomic():
            type(chunk[0])._default_manager.bulk_create(chunk, batch_size=1000)


def count_for_reports() -> None:
    """Do what the worker does for reports after an upgrade, and for the zone that is looked at."""
    want_zone(settings.TIME_ZONE)
    while not catch_up():
        pass
    while has_unbuilt():
        catch_up(builds=1000)


def settle_watermarks() -> None:
    """Do what the worker does on its own within minutes of so much reading."""
    at = timezone.now()
    idle_turns = 0
    while idle_turns < 2:  # in one they are given a target, in the next they move to it
        at += TARGET_AGE
        idle_turns = 0 if move_watermarks(at=at) else idle_turns + 1


def fill(*, conversations: int, messages: int, has_reports: bool = False) -> None:
    """Write a whole data set; with the sums of reports only where they are measured."""
    people()
    world = World(conversations=conversations, messages=messages)
    insert(world.contacts())
    insert(world.conversations())
    insert(world.messages())
    for rows in (
        world.status_changes(),
        world.read_marks(),
        world.events(),
        world.labels(),
        world.opt_outs(),
        world.drafts(),
    ):
        insert(rows)
    with connection.cursor() as cursor:
        written = (User, DidNumber, Label, Contact, Conversation, Message)
        for statement in connection.ops.sequence_reset_sql(no_style(), list(written)):
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            # What autovacuum does on its own within minutes of so many rows.
            cursor.execute("VACUUM ANALYZE")
    settle_watermarks()
    if has_reports:
        count_for_reports()


def main() -> None:
    """Fill the database of the environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--reports", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    fill(
        conversations=options.conversations,
        messages=options.messages,
        has_reports=options.reports,
    )
    print(f"{time.monotonic() - began:.0f}")


if __name__ == "__main__":
    main()
