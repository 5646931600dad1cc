"""The resource `exports`: start, watch, fetch, delete; a key needs its scope."""

import json

import pytest

from messaging.models import ExportJob
from messaging.services.access.api_keys import NewKey, create_key
from tests.factories import NOW, make_did, make_inbound, make_user
from tests.services.exports.files import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(db):
    user = make_user("agent")
    make_did().members.add(user)
    return user


def key_for(user, *scopes):
    _row, key = create_key(NewKey(name="x", scopes=list(scopes)), owner=user, by=user, at=NOW)
    return {"Authorization": f"Bearer {key}"}


def test_from_the_start_to_the_rows(client, agent):
    make_inbound(content="Hello there")
    key = key_for(agent, "exports:create")

    made = client.post(
        "/api/v1/exports/", {"tables": ["messages"]}, content_type="application/json", headers=key
    )
    assert made.status_code == 201
    address = f"/api/v1/exports/{made.json()['id']}/"
    assert {name: made.json()[name] for name in ("state", "rows_total", "files")} == {
        "state": "running", "rows_total": 0, "files": [],
    }  # fmt: skip
    work()
    ready = client.get(address, headers=key).json()
    (file,) = ready["files"]

    assert (ready["state"], ready["rows_done"], file["rows"]) == ("done", 1, 1)
    answer = client.get(file["url"], headers=key)
    whole = b"".join(answer.streaming_content)
    assert (json.loads(whole)["text"], len(whole)) == ("Hello there", file["bytes"])
    rest = client.get(file["url"], headers={**key, "Range": "bytes=5-"})
    assert (rest.status_code, b"".join(rest.streaming_content)) == (206, whole[5:])
    assert [row["id"] for row in client.get("/api/v1/exports/", headers=key).json()["results"]] == [
        ready["id"]
    ]
    assert client.delete(address, headers=key).status_code == 204
    assert not ExportJob.objects.exists()


def test_a_key_without_the_scope_is_refused(client, agent):
    key = key_for(agent, "messages:read", "contacts:export")

    answer = client.post("/api/v1/exports/", {}, content_type="application/json", headers=key)

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_a_session_must_have_been_proved_lately(client, agent):
    client.force_login(agent)
    session = client.session
    session.pop("proved_at", None)
    session.save()

    answer = client.post("/api/v1/exports/", {}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_proved")


def test_what_somebody_else_exports_or_what_is_no_table_is_not_there(client, agent):
    colleague = make_user()
    make_did().members.add(colleague)
    theirs, mine = (key_for(user, "exports:create") for user in (colleague, agent))
    made = client.post("/api/v1/exports/", {}, content_type="application/json", headers=theirs)
    work()
    address = f"/api/v1/exports/{made.json()['id']}/"

    codes = [client.get(address + part, headers=mine).status_code for part in ("", "messages/")]

    assert codes == [404, 404]
    assert client.get(f"{address}users/", headers=theirs).status_code == 404
