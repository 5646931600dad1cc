"""Nothing that a member of one number does tells of another, or changes it unseen."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from messaging.models import Change, Contact, OptOut
from tests.api.conftest import client_of
from tests.views.numbers_apart.two_worlds import (
    ELENA,
    LATER,
    STRANGER,
    THEIRS,
    TOM,
    UNLIKELY,
    Answers,
    World,
    compare,
    plain,
    taken_back,
)

pytestmark = pytest.mark.django_db


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
                    # What is shown afterwards is the same, in whatever form it was answered.
                    shown = (*threads, "/inbox/parts/list/?view=all") if "html" in accept else ()
                    after = [client.get(each) for each in shown]
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
        bodies = []
        for sender in (world.ours.number, THEIRS):
            for phone in (ELENA, TOM, STRANGER, UNLIKELY, "34699999999", "346", THEIRS):
                for send_at in (None, tomorrow):
                    body = {"sender": sender, "phone": phone, "content": "Hi", "send_at": send_at}
                    bodies.append(body | {"client_id": f"many-{len(bodies)}"})
                    with taken_back(world):
                        answer = api.post("/api/v1/messages/", body, format="json")
                        lists = [
                            api.get(f"/api/v1/{name}/")
                            for name in ("contacts", "conversations", "messages")
                        ]
                        found[f"{sender} {phone} {send_at}"] = [
                            plain(each) for each in (answer, *lists)
                        ]
        with taken_back(world):
            answer = api.post("/api/v1/messages/bulk/", {"messages": bodies}, format="json")
            found["many"] = plain(answer)
        return found

    compare(world, do)


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
