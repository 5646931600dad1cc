"""The feed of messages and statuses: everything at least once, none lost."""

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from messaging.models import Message, StatusChange
from messaging.services.feed import program_feed
from messaging.services.outbox.cancel import cancel_message
from tests.api.conftest import client_of
from tests.factories import make_conversation, make_did, make_inbound, make_outbound, make_user
from tests.processes import until

URL = "/api/v1/changes/"
pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def did(ana):
    return make_did(members=(ana,))


def followed(api, cursor=""):
    """Follow the feed to its end; return its lines and where it ends."""
    lines = []
    while True:
        answer = api.get(URL, {"after": cursor}).json()
        lines += answer["results"]
        cursor = answer["next"]
        if not answer["has_more"]:
            return lines, cursor


def brief(lines):
    return sorted((line["kind"], line["message"], line["status"]) for line in lines)


def test_what_came_is_told_once_with_its_place(api, ana, did):
    inbound = make_inbound(did)
    queued = api.post(
        "/api/v1/messages/", {"sender": did.number, "phone": "+34612345678", "content": "Hi"}
    ).json()
    lines, cursor = followed(api)
    cancel_message(message=Message.objects.get(pk=queued["id"]), user=ana, at=timezone.now())
    later, end = followed(api, cursor)

    assert brief(lines) == [
        ("message", inbound.pk, "received"),
        ("message", queued["id"], "queued"),
        ("status", queued["id"], "queued"),
    ]
    assert brief(later) == [("status", queued["id"], "canceled")]
    assert {line["conversation"] for line in lines + later} == {inbound.conversation_id}
    assert len({line["id"] for line in lines + later}) == 4
    assert followed(api, end) == ([], end)


def test_a_long_feed_comes_in_parts_and_none_is_lost(api, did, monkeypatch):
    monkeypatch.setattr(program_feed, "MOST_LOOKED_AT", 3)
    conversation = make_conversation(did)
    messages = [make_outbound(conversation, status="sent") for _ in range(8)]

    lines, _end = followed(api)

    assert {line["message"] for line in lines if line["kind"] == "message"} == {
        message.pk for message in messages
    }
    assert len({line["id"] for line in lines}) == len(lines) == 16


def test_nobody_hears_of_numbers_that_are_not_theirs(api, did):
    make_inbound(make_did("34911000001"), phone="34612345670")
    stranger = client_of(make_user("stranger"))
    boss = client_of(make_user("boss", is_staff=True))

    assert followed(api)[0] == followed(stranger)[0] == []
    assert len(followed(boss)[0]) == 1


def test_who_begins_now_hears_only_of_what_comes(api, did):
    make_inbound(did, content="Before")
    cursor = api.get(URL, {"after": "now"}).json()["next"]
    after = make_inbound(did, content="After")

    assert brief(followed(api, cursor)[0]) == [("message", after.pk, "received")]


@pytest.mark.parametrize(
    "cursor", ["m1", "s1m1", "m1s-1", "m1_2s3", "m1s1_2-3", "m9999999999999999999s1", "x" * 4001]
)
def test_a_spoiled_cursor_is_a_400(api, cursor):
    response = api.get(URL, {"after": cursor})

    assert (response.status_code, list(response.json()["fields"])) == (400, ["after"])


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begins", ["", "now"])
def test_what_commits_after_a_greater_id_is_not_lost(api, did, begins):
    message = make_outbound(make_conversation(did), status="queued")
    lines, cursor = followed(api, begins)
    settings = connection.get_connection_params()
    with psycopg.connect(
        **{name: settings[name] for name in ("dbname", "host", "port", "user") if name in settings}
    ) as slow:
        slow.execute(
            "INSERT INTO messaging_statuschange (message_id, status, at)"
            " VALUES (%s, 'sending', now())",
            (message.pk,),
        )
        if begins == "now":
            quick = StatusChange.objects.create(message=message, status="sent", at=timezone.now())
            cursor = api.get(URL, {"after": "now"}).json()["next"]
            lines = []
        else:
            quick = StatusChange.objects.create(message=message, status="sent", at=timezone.now())
            lines, cursor = followed(api, cursor)
        waiting, cursor = followed(api, cursor)
        slow.commit()

    late, cursor = followed(api, cursor)
    rest, end = followed(api, cursor)

    assert [line["id"] for line in lines] == ([] if begins else [f"s{quick.pk}"])
    assert waiting == rest == []
    assert [line["status"] for line in late] == ["sending"]
    assert end.startswith("m")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_ids_that_were_rolled_back_are_forgotten(api, did, monkeypatch):
    monkeypatch.setattr(program_feed, "MOST_GAPS", 2)
    message = make_outbound(make_conversation(did), status="queued")
    made = []
    for _ in range(5):
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('messaging_statuschange_id_seq')")
        made.append(StatusChange.objects.create(message=message, status="sent", at=timezone.now()))

    found, cursor = [], ""
    while len(found) < len(made) + 1:
        lines, cursor = followed(api, cursor)
        found += [line["id"] for line in lines if line["kind"] == "status"]

    assert found[1:] == [f"s{change.pk}" for change in made]
    until(lambda: "_" not in followed(api, cursor)[1], what="the end of other transactions")
