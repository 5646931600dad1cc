"""Kept statements leave the rows that Django leaves, and bring the objects that it brings."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from messaging.db.model_rows import MOST_ROWS, Columns, any_of, insert_rows, update_rows
from messaging.db.prepared import Statement, fetch
from messaging.models import Contact, Conversation, Message, StatusChange
from tests.factories import NOW, make_conversation, make_did, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def values(row, *, without=()):
    fields = [field.attname for field in row._meta.concrete_fields]
    return {name: getattr(row, name) for name in fields if name not in without}


def message_in(conversation, content, **fields):
    return Message(
        conversation=conversation,
        did_number=conversation.did_number,
        direction="outbound",
        status="queued",
        content=content,
        created_at=NOW,
        queued_at=NOW,
        not_before=NOW,
        **fields,
    )


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="nothing else"),
        pytest.param(
            {
                "error_code": "opted_out",
                "error_facts": {"by": "ana", "n": [1, None]},
                "price": "0.036",
                "is_automatic": True,
                "send_at": NOW + timedelta(days=1, microseconds=7),
                "segments": 3,
            },
            id="every kind of column",
        ),
        pytest.param({"error_facts": "a text"}, id="JSON that is a text"),
    ],
)
def test_inserted_rows_are_those_that_django_inserts(fields):
    conversation = make_conversation()
    saved = message_in(conversation, "Hi", **fields)
    saved.save()
    ours = message_in(conversation, "Hi", **fields)

    assert insert_rows([ours]) == [ours]

    assert ours.pk > saved.pk
    assert not ours._state.adding
    kept, same = Message.objects.get(pk=ours.pk), Message.objects.get(pk=saved.pk)
    assert values(kept, without=("id",)) == values(same, without=("id",))


def test_a_column_that_is_filled_at_insertion_is_filled():
    contact = Contact(phone="34612345678", phone_key="34612345678")

    insert_rows([contact])

    contact.refresh_from_db()
    assert contact.created_at is not None


def test_many_rows_get_their_ids_in_their_order():
    message = make_outbound(make_conversation())
    rows = [
        StatusChange(message=message, status="sent", at=NOW + timedelta(seconds=turn))
        for turn in range(2 * MOST_ROWS + 1)
    ]

    assert insert_rows(rows) == rows

    found = StatusChange.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    assert [(row.pk, row.at) for row in found] == [(row.pk, row.at) for row in rows]


def test_no_rows_need_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert_rows([]) == []
        update_rows([], {"status"})


def test_a_row_that_is_there_already_is_left_out_and_the_others_keep_their_ids():
    there = Contact.objects.create(phone="2", phone_key="2")
    rows = [Contact(phone=key, phone_key=key) for key in ("1", "2", "3")]

    inserted = insert_rows(rows, or_nothing=("phone_key",))

    assert inserted == [rows[0], rows[2]]
    assert rows[1].pk is None
    ids = dict(Contact.objects.values_list("phone_key", "pk"))
    assert ids == {"1": rows[0].pk, "2": there.pk, "3": rows[2].pk}


def test_a_row_that_the_database_refuses_raises_and_nothing_is_inserted():
    conversation = make_conversation()
    good, bad = message_in(conversation, "a"), message_in(conversation, "b")
    bad.queued_at = None  # queued_has_its_times

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([good, bad], or_nothing=("client_id",))

    assert Message.objects.count() == 0


def test_only_the_named_columns_are_written():
    rows = [make_conversation(phone=f"3461234567{turn}") for turn in range(3)]
    before = values(Conversation.objects.get(pk=rows[1].pk))
    user = make_user()
    for row in rows:
        row.last_preview, row.assignee, row.status = f"to {row.pk}", user, "closed"

    update_rows(rows[:2], {"last_preview", "assignee"})

    after = values(Conversation.objects.get(pk=rows[1].pk))
    assert after == before | {"last_preview": f"to {rows[1].pk}", "assignee_id": user.pk}
    assert Conversation.objects.get(pk=rows[2].pk).last_preview == ""


def test_columns_bring_the_object_that_django_brings():
    make_conversation(make_did(is_active=False))
    columns = Columns(Conversation, "v")

    text = f"SELECT {columns.sql} FROM messaging_conversation v"  # noqa: S608
    (line,) = fetch(Statement(text))

    assert values(columns.read(line)) == values(Conversation.objects.get())
    assert columns.count == len(line)


def test_columns_that_were_left_out_are_fetched_when_they_are_asked_for(
    django_assert_num_queries,
):
    Contact.objects.create(phone="34612345678", phone_key="34612345678", name="Eva")
    columns = Columns(Contact, "c", "id", "phone")
    text = f"SELECT {columns.sql} FROM messaging_contact c"  # noqa: S608
    (line,) = fetch(Statement(text))
    contact = columns.read(line)

    with django_assert_num_queries(1):
        assert (contact.phone, contact.name) == ("34612345678", "Eva")


@pytest.mark.parametrize(("count", "placeholders"), [(1, 1), (2, 2), (3, 4), (5, 8)])
def test_lists_of_similar_length_share_a_text(count, placeholders):
    text, params = any_of(range(count))

    assert (text.count("%s"), len(params), set(params)) == (
        placeholders,
        placeholders,
        set(range(count)),
    )
