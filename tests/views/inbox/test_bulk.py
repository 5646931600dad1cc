"""Bulk actions over HTTP: by a plain form, and by the script."""

import pytest

from messaging.models import Conversation, Label
from tests.factories import make_inbound, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ids(client):
    client.force_login(make_user("ana", is_staff=True))
    return [make_inbound(phone=f"3460000000{number}").conversation_id for number in range(3)]


def open_count():
    return Conversation.objects.open().count()


def test_a_plain_form_comes_back_with_a_message_and_an_undo(client, ids):
    done = client.post(
        "/inbox/bulk/",
        {"action": "close", "conversation": ids, "next": "/inbox/mine/"},
        follow=True,
    )
    html = done.content.decode()
    closed = open_count()
    undo = done.context["messages"]._loaded_data[0].extra_tags
    tokens = [part.split('"')[0] for part in undo.split('["undo", "')[1:]]
    client.post("/inbox/bulk/undo/", {"undo": tokens})

    assert done.redirect_chain == [("/inbox/mine/", 302)]
    assert "3 conversations changed." in html
    assert (closed, open_count()) == (0, 3)


def test_the_script_gets_what_it_needs_to_go_on(client, ids):
    headers = {"Accept": "application/json"}

    done = client.post(
        "/inbox/bulk/", {"action": "close", "conversation": ids[:2]}, headers=headers
    ).json()
    undone = client.post(
        "/inbox/bulk/undo/",
        {"undo": [f"{pk}:{token}" for pk, token in done["undo"]]},
        headers=headers,
    ).json()

    assert sorted(pk for pk, _token in done["undo"]) == ids[:2]
    assert (done["unchanged"], done["refused"]) == (0, [])
    assert undone == {"undone": 2, "refused": []}


def test_everything_that_fits_is_listed(client, ids):
    found = client.get("/inbox/bulk/matching/?view=open").json()

    seen = dict(Conversation.objects.values_list("pk", "last_inbound_id"))
    assert (dict(found["found"]), found["is_cut"]) == (seen, False)
    assert client.get("/inbox/bulk/matching/?view=open&count=1").json() == {"count": len(ids)}
    assert client.get("/inbox/bulk/matching/?view=closed&count=1").json() == {"count": 0}


def test_who_wrote_since_the_selection_is_not_put_away(client, ids):
    seen = dict(Conversation.objects.values_list("pk", "last_inbound_id"))
    late = Conversation.objects.get(pk=ids[0]).contact.phone_key
    make_inbound(phone=late, content="One more thing")

    answer = client.post(
        "/inbox/bulk/",
        {
            "action": "close",
            "conversation": ids,
            "seen": [f"{pk}:{inbound}" for pk, inbound in seen.items()],
        },
        headers={"Accept": "application/json"},
    ).json()

    assert sorted(pk for pk, _token in answer["undo"]) == ids[1:]
    assert [why for _name, why in answer["refused"]] == [
        "Nothing was changed: they just replied. Read it first."
    ]
    assert Conversation.objects.get(pk=ids[0]).needs_reply_since is not None


@pytest.mark.database
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action": "snooze", "when": "yesterday-ish"}, ""),
        ({"action": "assign", "assignee": "nobody-known"}, "This colleague doesn’t exist."),
        ({"action": "assign", "assignee": "\0"}, "This colleague doesn’t exist."),
        ({"action": "label", "label": "x"}, "Choose a label."),
        ({"action": "nonsense"}, "Unknown action."),
    ],
)
def test_what_cannot_be_done_is_said(client, ids, fields, words):
    answer = client.post(
        "/inbox/bulk/", {**fields, "conversation": ids}, headers={"Accept": "application/json"}
    )

    assert answer.status_code == 422
    assert words in answer.json()["error"]
    assert open_count() == 3


def test_a_foreign_address_to_go_back_to_is_not_followed(client, ids):
    done = client.post(
        "/inbox/bulk/", {"action": "read", "conversation": ids, "next": "https://evil.example/"}
    )

    assert done["Location"] == "/inbox/open/"


@pytest.mark.parametrize("text", ["", "token", "²:token", "-1:token", f"{'9' * 19}:token"])
def test_an_undo_that_cannot_be_read_undoes_nothing(client, text):
    client.force_login(make_user())

    answer = client.post(
        "/inbox/bulk/undo/", {"undo": [text]}, headers={"Accept": "application/json"}
    )

    assert (answer.status_code, answer.json()) == (200, {"undone": 0, "refused": []})


def test_typed_time_is_read_back_in_words(client, ids):
    answer = client.get("/inbox/bulk/time/", {"when": "2027-01-04 09:30"}).json()

    assert answer == {
        "ok": True,
        "text": "Mon 4 Jan 2027, 09:30 (UTC)",
        "value": "2027-01-04T09:30:00+00:00",
        "local": "2027-01-04T09:30",
        "night": "",
    }


def test_time_that_is_not_understood_is_said(client, ids):
    answer = client.get("/inbox/bulk/time/", {"when": "when pigs fly"}).json()

    assert answer == {
        "ok": False,
        "text": "This time can’t be read. Try “tomorrow 9”, “in 2 hours” or “mon 14:00”.",
    }


def test_instant_that_was_read_back_snoozes_all(client, ids):
    until = client.get("/inbox/bulk/time/", {"when": "in 2 days"}).json()["value"]

    client.post("/inbox/bulk/", {"action": "snooze", "when": until, "conversation": ids})

    rows = Conversation.objects.filter(status="snoozed")
    assert [row.snoozed_until.isoformat() for row in rows] == [until] * 3


def test_time_is_for_people_who_are_signed_in(client):
    assert client.get("/inbox/bulk/time/", {"when": "tomorrow"}).status_code == 302


def test_the_script_hears_which_labels_a_selection_carries(client, ids):
    vip, late = Label.objects.create(name="VIP"), Label.objects.create(name="Pays late")
    vip.conversations.set(ids)
    late.conversations.set(ids[:1])

    found = client.post(
        "/inbox/bulk/labels/", {"conversations": ",".join(map(str, [*ids, 10**30, "x"]))}
    ).json()

    assert found == {"total": 3, "counts": {str(vip.pk): 3, str(late.pk): 1}}
    assert client.post("/inbox/bulk/labels/").json() == {"total": 0, "counts": {}}
    assert client.get("/inbox/bulk/labels/").status_code == 405
