"""What somebody may not see is answered like what does not exist: the same bytes, as many queries.

Queries stand for time: bench/existence.py measures it, docs/security.md has its figures.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.authtoken.models import Token

from messaging.models import (
    AttemptCount,
    CannedReply,
    Conversation,
    DidNumber,
    Passkey,
    StaffAccess,
)
from messaging.policy import Role
from messaging.services.access.api_keys import NewKey, create_key
from messaging.services.access.devices import mark_of
from messaging.services.access.scopes import Scope
from messaging.services.exports.jobs import start_export
from messaging.services.imports.jobs import Upload, start_import
from tests.factories import NOW, make_conversation, make_did, make_user, show_who
from tests.hashers import QuickPasswordHasher
from tests.services.access.every_address import PROBES, every_address
from tests.services.access.one_of_each import World, arguments, one_of_each, somebody
from tests.views.numbers_apart.two_worlds import MASKED, difference

pytestmark = pytest.mark.django_db

MISSING = 987_654
#: In an address, but no id of anything: a view of the inbox, a kind of report.
WORDS = {"view", "kind", "report", "chart", "table", "uidb64", "token", "slug", "format"}
#: Differ by the request, not by what it is about.
OF_THE_REQUEST = {"X-Request-ID", "Date", "Content-Length", "Server-Timing"}

Answer = tuple[int, dict[str, str], str, int]


@pytest.fixture
def world(settings) -> World:
    settings.API_REQUESTS_PER_MINUTE = 0
    found = one_of_each()
    boss = make_user("boss", is_staff=True)
    key, _text = create_key(
        NewKey(name="theirs", scopes=["messages:read"]), owner=boss, by=boss, at=NOW, made_with=None
    )
    upload = Upload(kind="contacts", raw=b"phone,name\n+34612345678,Elena\n", did_number=found.did)
    browser = Client()
    browser.force_login(boss)
    export = start_export(tables=["messages"], file_format="jsonl", by=boss, at=NOW)
    found.ids |= {
        "key": key.pk,
        "key_id": key.pk,
        "export": export.pk,
        "table": "messages",
        "slug": "x",
        "job_id": start_import(upload, by=boss, at=NOW).pk,
        "export_id": export.pk,
        "passkey_id": Passkey.objects.create(
            user=boss, name="x", credential_id="x", public_key=b"x", created_at=NOW
        ).pk,
        "mark": mark_of(browser.cookies["sessionid"].value),
    }
    CannedReply.objects.filter(pk=found.ids["reply"]).update(owner=boss)
    Conversation.objects.filter(pk=found.ids["conversation"]).update(assignee=boss)
    return found


def supervisor_elsewhere(_world: World) -> dict[str, Any]:
    """The most that somebody without a right on the number may be."""
    user = somebody(Role.SUPERVISOR, make_did("34911234567"))
    return {"user": user}


def colleague_who_sees_their_own_only(world: World) -> dict[str, Any]:
    """A member of the number, to whom conversations of others are not shown."""
    user = somebody(Role.AGENT, world.did)
    StaffAccess.objects.create(user=user, only_own=True)
    return {"user": user}


def key_for_another_number(_world: World) -> dict[str, Any]:
    """An administrator's key with every scope, limited to another number."""
    did, user = make_did("34911234567"), make_user("keeper", is_staff=True)
    new = NewKey(name="x", scopes=[each.value for each in Scope], numbers=[did.number])
    _row, text = create_key(new, owner=user, by=user, at=NOW, made_with=None)
    return {"key": text}


CALLERS = [supervisor_elsewhere, colleague_who_sees_their_own_only, key_for_another_number]


def client_of(caller: dict[str, Any]) -> Client:
    if "key" in caller:
        return Client(headers={"Authorization": f"Bearer {caller['key']}"})
    client = Client()
    client.force_login(caller["user"])
    show_who(client)
    return client


def ask(client: Client, method: str, address: str, data: dict[str, Any]) -> Answer:
    """Ask, let nothing stay of it, and say how many statements it took."""
    cookies = client.cookies.copy()
    headers = {"HX-Request": "true"} if "/parts/" in address or "picker" in address else {}
    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as statements,
    ):
        if method == "GET":
            response = client.get(address, data, headers=headers)
        elif address.startswith("/api/"):
            response = client.generic(
                method, address, json.dumps(data), content_type="application/json"
            )
        else:
            response = client.post(address, data, headers={"Accept": "application/json"})
        transaction.set_rollback(True)
    set_again = sorted(name for name in response.cookies)
    client.cookies = cookies
    text = (
        b"".join(response.streaming_content) if response.streaming else response.content
    ).decode()
    shown = {name: value for name, value in response.headers.items() if name not in OF_THE_REQUEST}
    shown["Set-Cookie"] = " ".join(set_again)
    text = text.replace(address, "<address>")
    for pattern, word in MASKED:
        text = pattern.sub(word, text)
        shown = {
            name: pattern.sub(word, value.replace(address, "<address>"))
            for name, value in shown.items()
        }
    return response.status_code, shown, text, len(statements)


def told_apart(theirs: Answer, nothing: Answer) -> list[str]:
    """What a caller could tell the two by."""
    if theirs == nothing:
        return []
    counts = f"{theirs[0]}/{nothing[0]}, statements {theirs[3]}/{nothing[3]}"
    return [counts, *difference(theirs[1:3], nothing[1:3])]


def probes_of(name: str, methods: frozenset[str]) -> list[tuple[str, dict[str, Any]]]:
    """The requests that an address takes, and one more with nothing in it."""
    found = [(probe.method, probe.data) for probe in PROBES[name]]
    found += [(method, {}) for method in methods or {"GET", "POST"}]
    return [each for place, each in enumerate(found) if each not in found[:place]]


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.__name__)
def test_what_is_not_ones_own_is_answered_like_what_does_not_exist(world, caller):
    client = client_of(caller(world))
    by_key = caller is key_for_another_number
    # The id under which members know the contact: that of their first conversation.
    world.ids["contact"] = world.ids["conversation"]
    told: dict[str, list[str]] = {}
    asked = set()
    for address in every_address():
        about = address.parameters - WORDS
        is_of_the_number = any(probe.is_of_number for probe in PROBES.get(address.name, ()))
        is_seen = (
            caller is colleague_who_sees_their_own_only and address.name == "api:number-detail"
        )
        if not about or is_seen or (by_key and not address.name.startswith("api:")):
            continue
        theirs = arguments(address.name, address.parameters, world.ids)
        nothing = theirs | dict.fromkeys(about, MISSING)
        if "mark" in about:
            nothing["mark"] = "0" * len(theirs["mark"])
        if None in theirs.values():
            continue
        for method, data in probes_of(address.name, address.methods):
            body = {key: str(value).format(**world.ids) for key, value in data.items()}
            # What is written once in a while, such as the last use of a session, differs only once.
            for _attempt in range(3):
                first, second = (
                    ask(client, method, reverse(address.name, kwargs=kwargs), body)
                    for kwargs in (theirs, nothing)
                )
                differs = told_apart(first, second)
                if not differs:
                    break
            asked.add(address.name)
            if differs:
                told[f"{method} {address.name}"] = differs
            elif is_of_the_number and first[0] not in (404, 403, 405, 400, 401):
                told[f"{method} {address.name}"] = [f"answered with {first[0]}"]

    assert told == {}
    assert len(asked) >= (13 if by_key else 40)


#: Where an id, a number or a name is not in the path: method, address, and data with it in `{}`.
NAMED_IN_DATA = {
    "API: messages of a conversation": ("GET", "/api/v1/messages/", "conversation", "conversation"),
    "API: messages of a number": ("GET", "/api/v1/messages/", "number", "digits"),
    "API: conversations of a number": ("GET", "/api/v1/conversations/", "number", "digits"),
    "API: report of a number": ("GET", "/api/v1/reports/messages/", "number", "digits"),
    "API: sender": ("POST", "/api/v1/messages/", "sender", "digits"),
    "API: estimate": ("POST", "/api/v1/messages/estimate/", "sender", "digits"),
    "API: contact for a number": ("POST", "/api/v1/contacts/", "number", "digits"),
    "API: contact to merge with": ("POST", "/api/v1/contacts/{own}/merge/", "contact", "contact"),
    "API: numbers of a key": ("POST", "/api/v1/keys/", "numbers", "digits"),
    "list of a number": ("GET", "/inbox/all/", "number", "number"),
    "picker": ("GET", "/inbox/pickers/assign/", "conversation", "conversation"),
    "labels of a selection": ("POST", "/inbox/bulk/labels/", "conversations", "conversation"),
    "close a selection": ("POST", "/inbox/bulk/", "conversation", "conversation"),
    "saved replies of a number": ("GET", "/inbox/parts/saved-replies/", "sender", "number"),
    "new conversation": ("GET", "/inbox/new/", "sender", "number"),
    "new message": ("POST", "/inbox/new/", "sender", "number"),
    "new contact": ("POST", "/contacts/new/", "number", "number"),
    "import for a number": ("POST", "/imports/new/", "number", "number"),
    "report page of a number": ("GET", "/reports/messages/", "number", "number"),
}
#: What else such a request says.
BESIDE = {
    "phone": "+34699888777",
    "content": "Hello",
    "reply": "Hello",
    "action": "close",
    "name": "x",
    "kind": "contacts",
    "scopes": ["messages:read"],
}
FIELDS = {
    "/api/v1/messages/": ("phone", "content"),
    "/api/v1/messages/estimate/": ("phone", "content"),
    "/api/v1/contacts/": ("phone",),
    "/api/v1/keys/": ("name", "scopes"),
}


@pytest.mark.parametrize("case", NAMED_IN_DATA)
def test_what_a_request_names_is_refused_like_what_does_not_exist(world, case):
    method, address, field, kind = NAMED_IN_DATA[case]
    caller = supervisor_elsewhere(world)
    own = make_conversation(DidNumber.objects.get(number="34911234567"), "34612345699")
    world.ids["contact"] = world.ids["conversation"]
    client, address = client_of(caller), address.format(own=own.pk)
    none = "8615099999999" if kind == "digits" else MISSING
    # The address of a page repeats what it was asked for.
    in_path = address.startswith("/api/v1/contacts/") and "merge" in address
    known = FIELDS.get(address, () if address.startswith("/api/") else tuple(BESIDE))
    beside = {} if method == "GET" or in_path else {name: BESIDE[name] for name in known}

    def answer(value: Any) -> Answer:
        given = [value] if field == "numbers" else value
        status, headers, text, statements = ask(client, method, address, beside | {field: given})
        for each in (none, world.ids[kind]):
            text = text.replace(str(each), "<asked>")
        return status, headers, text, statements

    client.get("/inbox/all/")
    told = [told_apart(answer(world.ids[kind]), answer(none)) for _attempt in range(2)]

    assert [] in told, told


@pytest.mark.parametrize("state", ["right name", "inactive", "no password", "service account"])
def test_signing_in_with_a_name_takes_as_long_as_without_an_account(client, monkeypatch, state):
    ana = make_user("ana", is_active=state != "inactive")
    if state == "no password":
        ana.set_unusable_password()
        ana.save()
    if state == "service account":
        StaffAccess.objects.create(user=ana, is_service_account=True)
    hashed = []
    encode = QuickPasswordHasher.encode
    monkeypatch.setattr(
        QuickPasswordHasher,
        "encode",
        lambda self, *given, **named: hashed.append(1) or encode(self, *given, **named),
    )

    def answer(name: str) -> tuple[Answer, int]:
        hashed.clear()
        given = {"username": name, "password": "wrong"}
        with transaction.atomic():
            found = ask(client, "POST", "/accounts/login/", given)
            AttemptCount.objects.all().delete()
        status, headers, text, statements = found
        return (status, headers, text.replace(name, "<name>"), statements), len(hashed)

    answer("nobody-1")
    known, unknown = answer("ana"), answer("bob")

    assert told_apart(known[0], unknown[0]) == []
    assert (known[1], unknown[1]) == (1, 1)


def test_asking_for_a_password_link_takes_as_many_statements_without_an_account(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_user("ana", email="ana@example.com")

    def answer(email: str) -> Answer:
        found = ask(client, "POST", "/accounts/password_reset/", {"email": email})
        return found[0], found[1], found[2].replace(email, "<email>"), found[3]

    answer("x@example.com")

    assert told_apart(answer("ana@example.com"), answer("bob@example.com")) == []


def test_the_beginning_of_a_key_that_exists_is_no_help(client):
    boss = make_user("boss", is_staff=True)
    new = NewKey(name="x", scopes=["messages:read"])
    _row, text = create_key(new, owner=boss, by=boss, at=NOW, made_with=None)
    token = Token.objects.create(user=boss).key

    def answer(scheme: str, secret: str) -> Answer:
        client.defaults["HTTP_AUTHORIZATION"] = f"{scheme} {secret}"
        return ask(client, "GET", "/api/v1/messages/", {})

    near = text[:-1] + ("1" if text[-1] == "0" else "0")
    far = "didsms_" + "0" * (len(text) - len("didsms_"))

    assert answer("Bearer", text)[0] == 200
    assert answer("Bearer", near)[0] == 401
    assert told_apart(answer("Bearer", near), answer("Bearer", far)) == []
    assert told_apart(answer("Token", token[:-1] + "x"), answer("Token", "0" * 40)) == []


def test_passkeys_are_asked_for_without_a_name(client):
    make_user("ana")

    first, second = (
        ask(client, "POST", reverse("passkey-sign-in-options"), {"username": name})
        for name in ("ana", "bob")
    )

    assert (first[0], first[3]) == (second[0], second[3])
    assert "ana" not in first[2]
