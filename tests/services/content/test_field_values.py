"""What is typed into a contact's fields is kept by key and kind, and shown by name."""

from __future__ import annotations

import pytest
from django.utils import timezone

from messaging.models import Contact, ContactField, Conversation
from messaging.services.contacts.contacts import edit_contact
from messaging.services.content.field_values import FieldReader
from messaging.services.content.variables import (
    as_written,
    fill,
    readable_names,
    unfilled,
    unknown_in,
    values_for,
    variable_names,
)
from messaging.services.errors import InvalidInput
from messaging.services.search.indexing import index_waiting
from messaging.services.search.search import search
from tests.factories import NOW, PHONE, make_did, make_inbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def define(key="plan", name="Plan", kind="text", **values):
    return ContactField.objects.create(key=key, name=name, kind=kind, **values)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("text", " a 🦊 b ", "a 🦊 b"),
        ("text", "x" * 300, "x" * 300),
        ("number", "+0012.50", "12.50"),
        ("number", "-7", "-7"),
        ("number", "１２", "12"),
        ("date", "2026-12-31", "2026-12-31"),
        ("choice", "GOLD", "Gold"),
        ("choice", "", None),
        ("number", " ", None),
    ],
)
def test_a_value_is_kept_as_its_kind_says(kind, typed, kept):
    define(kind=kind, choices=["Gold", "Blue"])

    assert FieldReader().changed({}, {"plan": typed}).get("plan") == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("text", "x" * 301),
        ("text", "a\0b"),
        ("text", "x" * 100_000),
        ("number", "1,5"),
        ("number", "1e400"),
        ("number", "nan"),
        ("number", "9" * 16),
        ("date", "31.12.2026"),
        ("date", "2026-02-30"),
        ("date", "20261231"),
        ("choice", "Silver"),
    ],
)
def test_what_is_no_such_value_is_refused_by_its_name(kind, typed):
    define(kind=kind, choices=["Gold", "Blue"])

    with pytest.raises(InvalidInput, match="Plan") as refused:
        FieldReader().changed({}, {"plan": typed})
    assert (refused.value.field, refused.value.code) == ("fields", "invalid_field")


def test_a_field_is_found_by_its_name_in_any_case_and_what_nobody_defined_is_a_text():
    define(kind="number", name="Zahl der Kinder")

    after = FieldReader().changed({"old": "x", "plan": "1"}, {"zahl der KINDER ": "2", "own": "y"})
    assert after == {"old": "x", "plan": "2", "own": "y"}
    for name in ("", " ", "x" * 41, "a\0b"):
        with pytest.raises(InvalidInput):
            FieldReader().changed({}, {name: "y"})
    with pytest.raises(InvalidInput, match="at most 50"):
        FieldReader().changed({str(n): "x" for n in range(50)}, {"own": "y"})


def test_what_a_contact_has_stays_though_it_is_no_such_value_any_more():
    define(kind="choice", choices=["Gold"])
    contact = Contact(fields={"plan": "Silver"})
    reader = FieldReader()

    assert reader.changed(contact.fields, {"plan": "Silver"}) == {"plan": "Silver"}
    (shown,) = reader.inputs_for(contact)
    assert (shown.choices, shown.kind) == (["Gold", "Silver"], "choice")


def test_fields_are_shown_by_name_in_their_order_and_archived_ones_not():
    define("born", "Born", "date", position=2)
    define("plan", "Plan", position=1)
    define("old", "Old", archived_at=timezone.now())
    contact = Contact(fields={"own": "x", "born": "1990-05-01", "plan": "gold", "old": "y"})

    assert FieldReader().shown(contact) == [
        ("Plan", "gold"),
        ("Born", "1 May 1990"),
        ("own", "x"),
    ]
    assert [each.field.key for each in FieldReader().inputs_for(contact)] == ["plan", "born"]
    odd = FieldReader().inputs_for(Contact(fields={"born": "soon"}))
    assert [each.kind for each in odd] == ["text", "text"]


def test_saved_replies_name_fields_and_an_archived_one_is_never_sent_as_it_is_written():
    define()
    old = define("old", "Old", archived_at=timezone.now())
    thread = make_inbound().conversation
    Contact.objects.update(fields={"plan": "gold {my_name}"})
    thread.refresh_from_db()
    values = values_for(conversation=thread, user=make_user("ana"))

    assert variable_names()["plan"] == "Plan"
    assert old.key not in variable_names()
    assert unknown_in("{plan} {old} {price}") == ["price"]
    assert fill("You have {plan}.", values=values) == "You have gold {my_name}."
    assert unfilled("{plan} {old}", values=values) == ["old"]
    assert fill(as_written("{plan} {x}"), values=values) == "{plan} {x}"
    assert {"plan", "old", "contact_name"} <= readable_names()


def test_a_contact_is_found_by_its_fields_by_those_who_know_it():
    ana, eve = make_user("ana"), make_user("eve")
    did = make_did(members=(ana,))
    thread = make_inbound(did, PHONE).conversation
    edit_contact(
        contact=thread.contact, conversation=thread, by=ana, at=NOW, fields={"plan": "Zebra 7"}
    )
    index_waiting()

    def hits(user):
        rows = Conversation.objects.visible_to(user)
        return search(text="zebra", conversations=rows, user=user, page_size=10).hits

    (hit,) = hits(ana)
    assert "".join(text for text, _is_match in hit.parts) == "Zebra 7"
    assert hits(eve) == []
