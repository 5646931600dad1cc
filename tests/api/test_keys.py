"""Calling the API with a key, and the resource ``keys``."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from didsms_site.server.shared_counter import SLOTS
from messaging.api.permissions import ANY, HasScope, scope_of
from messaging.api.urls import urlpatterns
from messaging.models import ApiKey, AuditEntry, Push, StaffAccess
from messaging.services.access import request_rate
from messaging.services.access.api_keys import NewKey, create_key
from messaging.services.access.key_lookup import write_last_uses
from messaging.services.access.scopes import Scope
from tests.api.conftest import client_of, error_of
from tests.factories import NOW, make_did, make_inbound, make_user
from tests.services.access.every_address import PROBES, PUBLIC, every_address
from tests.services.access.test_permissions import World, ask, world

__all__ = ["world"]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.database,
    pytest.mark.nightly_on_postgresql,
]

KEYS = "/api/v1/keys/"
MESSAGES = "/api/v1/messages/"
#: Nobody is asked for a scope there: the list of resources, the description, its page, the rest.
WITHOUT_SCOPE = {"api:root", "api:schema", "api:docs", "api:unknown"}


def caller_with(owner, *scopes, numbers=None, **more) -> APIClient:
    """A client with a key; with all scopes unless some are given."""
    new = NewKey(name="shop", scopes=scopes or list(Scope), numbers=numbers, **more)
    _row, text = create_key(new, owner=owner, by=owner, at=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def test_every_method_of_every_view_of_the_api_says_its_scope():
    asked = {}
    for pattern in urlpatterns:
        view = pattern.callback.cls if hasattr(pattern.callback, "cls") else None
        if view is None or pattern.name == "unknown":
            continue
        methods = getattr(pattern.callback, "actions", None) or {
            name: name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)
        }
        for name in {methods[word] for word in methods if word in view.http_method_names}:
            asked[pattern.name, name] = scope_of(view, name)
        assert HasScope in view.permission_classes, view

    unsaid = {where for where, scope in asked.items() if scope is None}
    free = {f"api:{name}" for (name, _method), scope in asked.items() if scope == ANY}
    assert (unsaid, free - WITHOUT_SCOPE) == (set(), set())
    assert set(asked.values()) - {ANY} == set(Scope)


def test_no_address_answers_a_key_that_lacks_its_scope(world: World):
    boss = make_user("boss", is_staff=True)
    client = caller_with(boss, Scope.KEYS_READ)
    answers = {}
    for address in every_address():
        if not address.name.startswith("api:") or address.name in WITHOUT_SCOPE:
            continue
        for probe in PROBES[address.name]:
            if probe.need == PUBLIC or (address.name, probe.method) == ("api:key-list", "GET"):
                continue
            response = ask(client, address.name, address.parameters, probe, world.ids)
            answers[address.name, probe.method] = (response.status_code, response.json()["code"])

    assert {where: got for where, got in answers.items() if got != (403, "scope_missing")} == {}
    assert len(answers) > 30


@pytest.mark.parametrize("kind", ["administrator", "supervisor"])
def test_a_key_for_another_number_finds_nothing_at_any_address(world: World, kind):
    owner, elsewhere = make_user("owner"), make_did("8615088880000")
    owner.is_staff = kind == "administrator"
    owner.save()
    StaffAccess.objects.create(user=owner, everywhere="supervisor")
    client = caller_with(owner, numbers=[elsewhere.number])
    wrong = {}
    for address in every_address():
        if not address.name.startswith("api:"):
            continue
        for probe in PROBES[address.name]:
            response = ask(client, address.name, address.parameters, probe, world.ids)
            if probe.is_of_number and response.status_code not in {403, 404}:
                wrong[address.name, probe.method] = response.status_code
            if response.status_code == 200 and world.did.number in response.content.decode():
                wrong[address.name, probe.method] = response.content

    assert wrong == {}
    for path in ("audit/", "pushes/", "sending/"):
        assert client.get(f"/api/v1/{path}").status_code == 403
    assert client.post("/api/v1/numbers/", {"number": "8615088887777"}).status_code == 403


def test_an_administrators_key_for_a_number_changes_that_number(boss):
    here, there = make_did(), make_did("8615088880000")
    client = caller_with(boss, "numbers:manage", numbers=[here.number])

    changed = client.patch(f"/api/v1/numbers/{here.pk}/", {"label": "Desk"})
    other = client.patch(f"/api/v1/numbers/{there.pk}/", {"label": "Desk"})

    assert (changed.status_code, other.status_code) == (200, 404)


def test_a_member_who_is_no_administrator_changes_no_number_with_a_key(ana):
    did = make_did(members=(ana,))
    client = caller_with(ana, "numbers:manage", numbers=[did.number])

    assert client.patch(f"/api/v1/numbers/{did.pk}/", {"label": "Desk"}).status_code == 403


def test_a_scope_that_is_missing_is_named(ana):
    response = caller_with(ana, "messages:read").post(MESSAGES, {})

    assert error_of(response) == {
        "code": "scope_missing",
        "detail": "This key doesn’t have the scope messages:send.",
        "fields": {},
    }
    assert response.headers["WWW-Authenticate"] == (
        'Bearer error="insufficient_scope", scope="messages:send"'
    )


def test_a_key_sends_as_its_owner_from_its_numbers_alone(ana):
    here, there = make_did(members=(ana,)), make_did("8615088880000", members=(ana,))
    client = caller_with(ana, "messages:send", numbers=[here.number])
    text = {"phone": "+34612345678", "content": "Hello"}

    sent = client.post(MESSAGES, text | {"sender": here.number})
    refused = client.post(MESSAGES, text | {"sender": there.number})
    many = client.post(
        f"{MESSAGES}bulk/",
        {
            "messages": [
                text | {"sender": did.number, "client_id": did.number} for did in (here, there)
            ]
        },
    )

    assert (sent.status_code, sent.json()["sent_by"]) == (201, "ana")
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_sender")
    assert many.json()["counts"] == {"created": 1, "existing": 0, "error": 1}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"revoked_at": timezone.now()}, "key_revoked"),
        ({"expires_at": timezone.now()}, "key_expired"),
        ({"digest": "another"}, "invalid_key"),
    ],
)
def test_a_key_that_cannot_be_used_says_why(ana, change, code):
    client = caller_with(ana)
    ApiKey.objects.update(**change)

    response = client.get(MESSAGES)

    assert (response.status_code, error_of(response)["code"]) == (401, code)
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api", Token'


def test_the_key_of_somebody_who_was_deactivated_is_refused(ana):
    client = caller_with(ana)
    ana.is_active = False
    ana.save()

    response = client.get(MESSAGES)

    assert (response.status_code, response.json()["code"]) == (401, "user_inactive")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x y", "Bearer didsms_\udcff"])
def test_a_header_that_is_none_is_refused(header):
    assert APIClient().get(MESSAGES, HTTP_AUTHORIZATION=header).status_code == 401


def test_a_token_of_before_works_with_all_rights(boss):
    client = client_of(boss)

    assert client.get("/api/v1/audit/").status_code == 200
    assert "RateLimit" not in client.get(MESSAGES).headers


def test_a_call_with_a_key_costs_the_statements_of_one_with_a_token(ana):
    make_did(members=(ana,))
    token, key = client_of(ana), caller_with(ana)

    def statements(client):
        with CaptureQueriesContext(connection) as found:
            assert client.get(MESSAGES).status_code == 200
        return len(found)

    for client in (token, key):
        statements(client)
    assert statements(key) == statements(token)


@pytest.fixture
def nothing_counted(monkeypatch):
    """No request of another test counts: its key had the same id."""
    counts = memoryview(bytearray(8 * request_rate.ROWS * SLOTS)).cast("Q")
    monkeypatch.setattr(request_rate, "_counts", counts)


@pytest.mark.usefixtures("nothing_counted")
def test_answers_say_how_many_requests_are_left_and_the_last_is_refused(ana):
    client = caller_with(ana, requests_per_minute=2)

    answers = [client.get(MESSAGES) for _time in range(5)]

    # A minute may end between two of them.
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert error_of(refused[0])["code"] == "rate_limited"
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 60
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=2;w=60'
    assert answers[0].headers["RateLimit"].startswith('"key";r=1;t=')


def test_the_log_tells_which_key_was_used(boss):
    client = caller_with(boss)
    key = ApiKey.objects.get()

    client.post("/api/v1/numbers/", {"number": "8615088887777"})

    entry = AuditEntry.objects.get(action="number_created")
    assert (entry.via, entry.token) == ("token", key.prefix.removeprefix("didsms_"))


def test_a_key_is_created_shown_once_used_and_revoked(api, ana):
    did = make_did(members=(ana,))
    end = timezone.now() + timedelta(days=90)

    made = api.post(
        KEYS,
        {
            "name": "Shop",
            "scopes": ["messages:send", "messages:read"],
            "numbers": [did.number],
            "expires_at": end.isoformat(),
        },
    )
    body = made.json()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {body['key']}")
    used = client.get(MESSAGES)
    write_last_uses()
    listed = api.get(KEYS).json()["results"]
    detail = api.get(f"{KEYS}{body['id']}/").json()
    revoked = api.delete(f"{KEYS}{body['id']}/")

    assert made.status_code == 201
    assert body["key"].startswith(body["prefix"])
    assert (body["scopes"], body["numbers"]) == (["messages:read", "messages:send"], [did.number])
    assert (used.status_code, revoked.status_code) == (200, 204)
    assert listed == [detail]
    assert "key" not in detail
    assert detail["last_used_at"] is not None
    assert client.get(MESSAGES).json()["code"] == "key_revoked"
    assert api.get(f"{KEYS}{body['id']}/").json()["revoked_at"] is not None


def test_a_key_without_numbers_reaches_all_of_its_owner(api):
    for numbers in ({}, {"numbers": []}, {"numbers": None}):
        made = api.post(KEYS, {"name": "Shop", "scopes": ["messages:read"], **numbers})
        assert (made.status_code, made.json()["numbers"]) == (201, None)


def test_a_key_creates_none_that_reaches_further(ana):
    make_did(members=(ana,))
    client = caller_with(ana, "keys:manage", "messages:read")

    fine = client.post(KEYS, {"name": "x", "scopes": ["messages:read"]})
    beyond = client.post(KEYS, {"name": "x", "scopes": ["messages:send"]})

    assert (fine.status_code, beyond.status_code) == (201, 400)
    assert list(beyond.json()["fields"]) == ["scopes"]


def test_keys_of_others_are_not_there_for_people_and_there_for_administrators(api, admin_api):
    caller_with(make_user("bob"))
    pk = ApiKey.objects.get().pk

    assert api.get(f"{KEYS}{pk}/").status_code == 404
    assert api.delete(f"{KEYS}{pk}/").status_code == 404
    assert api.get(KEYS).json()["results"] == []
    assert [key["owner"] for key in admin_api.get(KEYS).json()["results"]] == ["bob"]
    assert admin_api.delete(f"{KEYS}{pk}/").status_code == 204


def test_administrators_make_keys_for_service_accounts_alone(api, admin_api, ana):
    shop = make_user("shop")
    StaffAccess.objects.create(user=shop, is_service_account=True)
    wanted = {"name": "x", "scopes": ["messages:send"]}

    assert admin_api.post(KEYS, wanted | {"owner": "shop"}).json()["owner"] == "shop"
    for client, owner in ((admin_api, "ana"), (admin_api, "nobody"), (api, "shop")):
        refused = client.post(KEYS, wanted | {"owner": owner})
        assert (refused.status_code, list(refused.json()["fields"])) == (400, ["owner"])


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 100_000},
        {"name": "\0"},
        {"name": "\ud800"},
        {"name": 7},
        {"scopes": "messages:read"},
        {"scopes": [7]},
        {"scopes": ["\0"]},
        {"scopes": ["x" * 100_000]},
        {"scopes": ["messages:read"] * 2000},
        {"scopes": {}},
        {"numbers": "34"},
        {"numbers": [None]},
        {"numbers": ["\0"]},
        {"numbers": ["\ud800"]},
        {"numbers": ["8" * 100_000]},
        {"expires_at": "tomorrow"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": 7},
        {"owner": "\0"},
        {"owner": {}},
        {"requests_per_minute": 2**70},
        {"requests_per_minute": True},
        {"unknown": 1},
    ],
)
def test_a_body_that_cannot_be_used_is_refused(admin_api, change):
    body = json.dumps({"name": "x", "scopes": ["messages:read"], **change})
    response = admin_api.generic("POST", KEYS, body, content_type="application/json")

    assert (response.status_code, ApiKey.objects.exists()) == (400, False)


def test_people_set_no_limit_of_their_own(api):
    response = api.post(KEYS, {"name": "x", "scopes": ["messages:read"], "requests_per_minute": 0})

    assert (response.status_code, list(response.json()["fields"])) == (400, ["requests_per_minute"])


def test_raw_pushes_in_a_record_take_their_own_scope(boss):
    message = make_inbound()
    Push.objects.create(
        received_at=NOW, kind="inbound", outcome="applied", raw_body=b"{}", message=message
    )
    address = f"{MESSAGES}{message.pk}/record/"

    def shows_bytes(*scopes):
        timeline = caller_with(boss, *scopes).get(address).json()["timeline"]
        return any("body" in entry["facts"] for entry in timeline if entry["kind"] == "push")

    assert (shows_bytes("messages:read"), shows_bytes("messages:read", "pushes:read")) == (
        False,
        True,
    )


@pytest.mark.usefixtures("nothing_counted")
def test_every_answer_of_the_api_is_named(ana):
    client = caller_with(ana, requests_per_minute=1)
    answers = [
        client.get(MESSAGES),
        client.get(MESSAGES),
        APIClient().get(MESSAGES),
        APIClient().get("/api/v1/nothing/"),
        APIClient().post("/api/v1/docs/"),
        client_of(ana).put(MESSAGES),
        client_of(ana).get(f"{MESSAGES}1/"),
    ]

    for answer in answers:
        assert answer.headers["X-Request-ID"]
        if answer.status_code >= 400:
            assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
