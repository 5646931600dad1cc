"""The page of exports: a wish, the files, a download that goes on where it broke off."""

import json

import pytest

from messaging.models import ExportJob
from tests.factories import make_did, make_inbound, make_user, show_who
from tests.services.exports.files import exported, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(client):
    user = make_user("agent")
    make_did().members.add(user)
    client.force_login(user)
    return user


def test_from_the_wish_to_the_file(client, agent):
    show_who(client)
    make_inbound(content="Hello there")

    client.post("/settings/exports/", {"tables": ["messages", "notes"], "format": "jsonl"})
    assert "data-look-again" in client.get("/settings/exports/").content.decode()
    work()
    page = client.get("/settings/exports/").content.decode()
    job = ExportJob.objects.get()
    address = f"/settings/exports/{job.pk}/messages/"

    assert f'href="{address}"' in page
    assert "data-look-again" not in page
    answer = client.get(address)
    whole = b"".join(answer.streaming_content)
    assert json.loads(whole)["text"] == "Hello there"
    assert answer["Content-Length"] == str(len(whole))
    client.post(f"/settings/exports/{job.pk}/")
    assert client.get(address).status_code == 404


def test_a_download_goes_on(client, agent):
    show_who(client)
    make_inbound()
    job = exported(agent, "messages")
    address = f"/settings/exports/{job.pk}/messages/"
    first = client.get(address)
    whole = b"".join(first.streaming_content)

    rest = client.get(address, headers={"Range": "bytes=10-", "If-Range": first["ETag"]})
    beyond = client.get(address, headers={"Range": f"bytes={len(whole)}-"})
    head = client.head(address)

    assert (rest.status_code, b"".join(rest.streaming_content)) == (206, whole[10:])
    assert rest["Content-Range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(whole)}")
    assert (head.status_code, head["Content-Length"]) == (200, str(len(whole)))


def test_an_open_screen_is_not_enough(client, agent):
    job = exported(agent, "messages")
    session = client.session
    session.pop("proved_at", None)
    session.save()

    answer = client.get(f"/settings/exports/{job.pk}/messages/")
    asked = client.post("/settings/exports/", {"tables": ["notes"], "format": "csv"})

    assert (answer.status_code, "confirm" in answer["Location"]) == (302, True)
    assert ExportJob.objects.count() == 1
    assert "password" in asked.content.decode()


def test_the_export_of_somebody_else_is_not_there(client, agent):
    show_who(client)
    colleague = make_user()
    make_did().members.add(colleague)
    job = exported(colleague, "messages")

    assert client.get(f"/settings/exports/{job.pk}/messages/").status_code == 404
    assert client.post(f"/settings/exports/{job.pk}/").status_code == 404
    assert client.get(f"/settings/exports/{job.pk}/users/").status_code == 404


def test_nothing_chosen_is_said(client, agent):
    show_who(client)

    answer = client.post("/settings/exports/", {"format": "csv"})

    assert answer.status_code == 422
    assert not ExportJob.objects.exists()
