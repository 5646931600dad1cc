"""A filled database of before upgrades and keeps everything.

`make test` begins where the replaced migrations end, `make nightly` before the numbers were told
apart.

What every table holds is compared before and after, column by column; a column that has gone names
where its values are now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model

from messaging.db.search_index import create_search_indexes
from messaging.models import Conversation
from messaging.services.inbox.pages import list_page
from messaging.services.inbox.query import ListQuery
from messaging.services.search.indexing import index_waiting
from messaging.services.search.search import search
from messaging.services.threads.page import read_thread
from tests.factories import NOW, make_user
from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0015_search_notes")
LAST_REPLACED = ("messaging", "0085_interface_words")
#: Columns that the upgrade moves or makes again, with where their values are checked.
MOVED = {
    ("contact", "memo"),  # test_memos_and_blocks, and below
    ("contact", "blocked_at"),
    ("contact", "blocked_by"),
    ("contact", "search_text"),  # its words are made again
    ("message", "search_text"),
    ("note", "search_text"),
    ("message", "error"),  # test_stored_sentences
    ("statuschange", "detail"),
    ("conversationevent", "detail"),
    ("queuepause", "reason"),
    ("queuepause", "mender"),
}
#: The names that models and columns of before have today.
RENAMED_MODELS = {
    "didnumber_members": "membership",
    "queuepause": "circuitbreakertrip",
    "readhorizon": "readwatermark",
    "leftbehind": "watermarkexception",
    "refusedpushcount": "rejectedrequestcount",
}
RENAMED_COLUMNS = {
    ("queuepause", "next_trial_at"): "next_probe_at",
    ("queuepause", "trials"): "probes",
    ("readhorizon", "aim_id"): "target_id",
    ("readhorizon", "aimed_at"): "target_set_at",
    ("didnumber", "last_trial_at"): "last_probe_at",
    ("label", "colour"): "color",
}
#: Tables that came later than what `fill` knows.
FILLED_ELSEWHERE = {"attemptcount", "mailing", "memo", "reaction", "teamsettings"}
STATUSES = (
    "scheduled held queued sending sent delivered undelivered failed unconfirmed blocked canceled"
)

pytestmark = [
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
    pytest.mark.django_db(transaction=True),
]


@dataclass(frozen=True)
class Rows:
    """Makes the rows of a model as it was; a column that had moved by then is left out."""

    model: type[Model]

    def create(self, **values: object) -> Model:
        columns = {name for field in self.model._meta.concrete_fields for name in _names(field)}
        moved = {column for model, column in MOVED if model == self.model._meta.model_name}
        gone = {name for name in values if name not in columns}
        assert {name.removesuffix("_id") for name in gone} <= moved
        kept = {name: value for name, value in values.items() if name not in gone}
        return self.model._base_manager.create(**kept)


def _names(field) -> set[str]:
    return {field.name, field.attname}


def fill(old, people: list[User]) -> None:
    """Write rows into every table, with values of their own."""

    def model(name: str):
        return Rows(old.get_model("messaging", name))

    ana, tom = people
    numbers = [
        model("DidNumber").create(
            number=f"4420712345{at:02}", label=f"L{at}", max_per_second=at, last_trial_at=NOW
        )
        for at in (1, 2)
    ]
    for number in numbers:
        number.members.add(ana.pk)
    contacts = [
        model("Contact").create(
            phone=f"3460000000{at}",
            phone_key=f"3460000000{at}",
            name=f"Contact {at}",
            memo=f"Memo {at}",
            email=f"c{at}@example.com",
            language="es",
            blocked_at=NOW if at == 3 else None,
            blocked_by_id=tom.pk if at == 3 else None,
            search_text=f"contact {at} memo {at}",
        )
        for at in (1, 2, 3)
    ]
    label = model("Label").create(name="VIP", colour=3)
    conversations = [
        model("Conversation").create(
            did_number=number,
            contact=contact,
            status=status,
            assignee_id=ana.pk,
            snoozed_until=NOW + timedelta(days=1) if status == "snoozed" else None,
            last_activity_at=NOW,
            last_direction="inbound",
            last_preview="Hello",
            settled_message_id=0,
            needs_reply_since=NOW,
        )
        for number in numbers
        for contact, status in zip(contacts, ("open", "snoozed", "closed"), strict=True)
    ]
    conversations[0].labels.add(label)
    fill_conversation(model, conversations[0], ana, tom)
    model("OptOut").create(
        contact=contacts[1], created_at=NOW, created_by_id=ana.pk
    ).allowed_numbers.add(numbers[1])
    model("OptOut").create(
        contact=contacts[0], did_number=numbers[0], created_at=NOW, ended_at=NOW, end_reason="asked"
    )
    model("CannedReply").create(shortcut="hi", content="Hi {contact_name}", did_number=numbers[0])
    model("StaffSettings").create(
        user_id=ana.pk, send_key="enter", theme="dark", language="zh-hans", time_zone="Asia/Tokyo"
    )
    model("QueuePause").create(
        code="1102",
        reason="Balance",
        mender="administrator",
        began_at=NOW,
        next_trial_at=NOW,
        trials=3,
    )
    model("WorkerSighting").create(name="w", seen_at=NOW, started_at=NOW)
    model("RefusedPushCount").create(day=NOW.date(), reason="bad_sign", count=4, last_at=NOW)


def fill_conversation(model, conversation, ana: User, tom: User) -> None:
    """Write what one conversation can have."""
    first = None
    for at, status in enumerate(["received", *STATUSES.split()]):
        message = model("Message").create(
            conversation=conversation,
            did_number=conversation.did_number,
            direction="inbound" if status == "received" else "outbound",
            status=status,
            content=f"A text that is {status}",
            created_at=NOW + timedelta(seconds=at),
            sent_by_id=None if status == "received" else ana.pk,
            client_id=None if status == "received" else f"c-{status}",
            encoding="gsm-7",
            segments=1,
            billed_segments=2,
            price=Decimal("0.0360"),
            provider_message_id=f"id-{status}",
            dedup_key="sha256:abc" if status == "received" else None,
            attempt_started_at=NOW,
            claimed_by="w" if status == "sending" else "",
            send_at=NOW + timedelta(days=1) if status == "scheduled" else None,
            queued_at=NOW if status in {"queued", "sending", "canceled"} else None,
            not_before=NOW,
            error="No balance." if status == "failed" else "",
            search_text=f"a text that is {status}",
        )
        model("StatusChange").create(message=message, status=status, at=NOW, detail="By a test.")
        model("Push").create(
            received_at=NOW,
            kind="inbound",
            outcome="applied",
            raw_body=f"content={status}".encode(),
            content_type="application/x-www-form-urlencoded",
            remote_addr="192.0.2.1",
            message=message,
        )
        first = first or message
    type(conversation).objects.filter(pk=conversation.pk).update(
        last_message_id=first.pk, last_inbound_id=first.pk
    )
    note = model("Note").create(
        conversation=conversation, author_id=ana.pk, content="A note for @tom", created_at=NOW
    )
    note.mentions.add(tom.pk)
    model("ConversationEvent").create(
        conversation=conversation, kind="assigned", actor_id=ana.pk, subject_id=tom.pk, at=NOW
    )
    model("Draft").create(conversation=conversation, user_id=ana.pk, reply="Half a", note="text")
    model("ReadMark").create(conversation=conversation, user_id=ana.pk, last_read_id=first.pk)
    model("ReadHorizon").create(
        did_number=conversation.did_number,
        user_id=ana.pk,
        before_id=first.pk,
        aim_id=first.pk + 1,
        aimed_at=NOW,
    )
    model("LeftBehind").create(
        conversation=conversation, did_number=conversation.did_number, user_id=ana.pk
    )
    model("Presence").create(conversation=conversation, user_id=ana.pk, seen_at=NOW)
    model("Notification").create(
        conversation=conversation, user_id=tom.pk, reason="mention", created_at=NOW
    )


def contents(apps) -> dict[str, dict[object, dict[str, object]]]:
    """Return every row of every table: by model, by primary key, by column; and the links."""
    found: dict[str, dict[object, dict[str, object]]] = {}
    for model in apps.get_app_config("messaging").get_models(include_auto_created=True):
        columns = [field.attname for field in model._meta.concrete_fields]
        found[model._meta.model_name] = {
            row[model._meta.pk.attname]: row for row in model._base_manager.values(*columns)
        }
    return found


def columns_of(apps) -> set[tuple[str, str]]:
    return {
        (model._meta.model_name, field.name)
        for model in apps.get_app_config("messaging").get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
    }


@pytest.mark.parametrize(
    ("state", "unfilled"),
    [
        pytest.param(LAST_REPLACED, FILLED_ELSEWHERE, id="squashed"),
        pytest.param(BEFORE, set(), id="before", marks=pytest.mark.nightly),
    ],
)
def test_everything_in_a_filled_database_is_kept(state, unfilled):
    people = [make_user("ana", is_staff=True), make_user("tom")]
    old = migrate(state)
    create_search_indexes(connection)  # as `manage.py migrate` does behind every migration
    try:
        fill(old, people)
        before, old_columns = contents(old), columns_of(old)
    finally:
        new = migrate()
        create_search_indexes(connection)

    after = contents(new)
    gone = {_today(*column) for column in old_columns - MOVED} - columns_of(new)
    assert gone == set()
    assert {name for name, rows in before.items() if not rows} <= {
        "change",  # hints for open browsers, for minutes
        "staffsession",
        *unfilled,
    }
    for name, rows in before.items():
        kept = {
            pk: {
                _today(name, column)[1]: value
                for column, value in row.items()
                if not _moved(name, column)
            }
            for pk, row in rows.items()
        }
        today = after[RENAMED_MODELS.get(name, name)]
        assert {
            pk: {column: row[column] for column in kept[pk]} for pk, row in today.items()
        } == kept, name


def _today(model: str, column: str) -> tuple[str, str]:
    """Return where a column of before is now: its model's name and its own."""
    return RENAMED_MODELS.get(model, model), RENAMED_COLUMNS.get((model, column), column)


def _moved(model: str, column: str) -> bool:
    return (model, column.removesuffix("_id")) in MOVED or (model, column) in MOVED


@pytest.mark.nightly
def test_what_was_written_before_is_shown_and_found_after():
    ana, tom = make_user("ana", is_staff=True), make_user("tom")
    old = migrate(BEFORE)
    create_search_indexes(connection)
    try:
        fill(old, [ana, tom])
    finally:
        migrate()
        create_search_indexes(connection)
    while index_waiting():
        pass

    conversation = Conversation.objects.order_by("pk").first()
    shown = read_thread(conversation=conversation, at=NOW + timedelta(hours=1))
    found = search(text="memo 1", conversations=Conversation.objects.all(), user=ana, page_size=10)
    memos = [row.memo for row in Conversation.objects.order_by("pk").select_related("memo_row")]
    blocked = [row.is_blocked for row in Conversation.objects.order_by("pk")]

    assert len(shown.messages) == 1 + len(STATUSES.split()) - 1  # the scheduled one waits apart
    assert [bubble.message.status for bubble in shown.scheduled] == ["scheduled"]
    assert len(list_page(query=ListQuery(view="all"), user=ana, at=NOW).rows) == 6
    assert len(found.hits) == 2
    assert memos == ["Memo 1", "Memo 2", "Memo 3"] * 2
    assert blocked == [False, False, True] * 2
