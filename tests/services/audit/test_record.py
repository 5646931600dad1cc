"""What the audit log records of what people do."""

import pytest

from messaging.models import AuditEntry
from messaging.services.audit.chain import chain_waiting
from messaging.services.audit.record import Subject, record
from messaging.services.contacts.opt_outs import end_opt_out, record_opt_out
from messaging.services.privacy.redaction import hide_text
from tests.api.conftest import client_of
from tests.factories import NOW, make_did, make_inbound, make_user

pytestmark = pytest.mark.django_db


def said(**conditions):
    rows = AuditEntry.objects.filter(**conditions).order_by("id")
    return [(row.actor_name, row.action, row.via, row.object_type) for row in rows]


def test_a_row_outlives_the_account_and_holds_no_control_signs():
    user = make_user("ana")
    record("test", actor=user, about=Subject(name="a\0b"), changes={"x": ["a\0", 1.5]})
    user.delete()

    row = AuditEntry.objects.get()
    assert (row.actor_name, row.object_name) == ("ana", "a\ufffdb")
    assert row.changes == {"x": ["a\ufffd", "1.5"]}


def test_opt_outs_their_ends_and_hidden_texts():
    user = make_user("ana")
    message = make_inbound(make_did(members=(user,)), content="STOP it")
    by_contact = record_opt_out(conversation=message.conversation, at=NOW, message=message)
    end_opt_out(opt_out=by_contact, at=NOW, by=user, reason="asked on the phone")
    hide_text(message=message, content="***", by=user, at=NOW)

    assert said() == [
        ("", "opt_out", "contact", "optout"),
        ("ana", "opt_out_ended", "command", "optout"),
        ("ana", "text_hidden", "command", "message"),
    ]
    assert "STOP it" not in str(list(AuditEntry.objects.values()))


def test_signing_in_and_failing_to(client):
    make_user("ana")
    for password in ("wrong", "a good pass phrase"):
        client.post("/accounts/login/", {"username": "ana", "password": password})

    assert said(action__startswith="sign_in") == [
        ("ana", "sign_in_failed", "session", ""),
        ("ana", "sign_in", "session", ""),
    ]
    assert set(AuditEntry.objects.values_list("remote_addr", flat=True)) == {"127.0.0.1"}


def test_what_an_administrator_changes_of_a_person_and_a_number(client):
    client.force_login(make_user("root", is_staff=True))
    did, vera = make_did(), make_user("vera")
    form = {"username": "vera", "is_active": "on", "first_name": "Vera", "did_numbers": [did.pk]}
    client.post(
        f"/admin/auth/user/{vera.pk}/change/", form | {f"role-did_numbers-{did.pk}": "viewer"}
    )

    row = AuditEntry.objects.get(action="changed", object_type="user")
    assert (row.actor_name, row.object_id) == ("root", str(vera.pk))
    assert row.changes["first_name"] == ["", "Vera"]
    assert row.changes["roles"] == [{}, {str(did.pk): "viewer"}]


def test_a_token_is_named_by_its_beginning():
    root = make_user("root", is_staff=True)
    api = client_of(root)
    api.post("/api/v1/numbers/", {"number": "8615088887777", "members": ["root"]})

    row = AuditEntry.objects.get(action="number_created")
    assert (row.via, len(row.token), row.changes["members"]) == ("token", 6, [[], ["root"]])


def test_only_administrators_read_the_log_and_nobody_writes_it(client):
    record("test", actor=make_user("ana"))
    pk = AuditEntry.objects.get().pk
    root, bob = make_user("root", is_staff=True), make_user("bob")

    assert client_of(bob).get("/api/v1/audit/").status_code == 403
    api = client_of(root)
    assert [row["id"] for row in api.get("/api/v1/audit/?action=test").json()["results"]] == [pk]
    assert api.get("/api/v1/audit/?actor=bob").json()["results"] == []
    assert api.delete(f"/api/v1/audit/{pk}/").status_code == 405
    client.force_login(root)
    assert client.get("/admin/messaging/auditentry/").status_code == 200
    assert client.get(f"/admin/messaging/auditentry/{pk}/change/").status_code == 200
    assert client.get(f"/admin/messaging/auditentry/{pk}/delete/").status_code == 403
    lines = b"".join(client.get("/admin/messaging/auditentry/csv/?action=test").streaming_content)
    assert lines.decode().splitlines()[1].split(",")[7] == "test"
    client.force_login(bob)
    assert client.get("/admin/messaging/auditentry/csv/").status_code in {302, 403}


@pytest.mark.parametrize("query", ["at__gte=x", "at__gte=2026-13-01"])
def test_a_filter_that_nobody_can_read_gives_no_file(client, query):
    client.force_login(make_user("root", is_staff=True))

    answer = client.get(f"/admin/messaging/auditentry/csv/?{query}")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/messaging/auditentry/?e=1")
    assert not AuditEntry.objects.filter(action="export").exists()


def test_a_program_that_follows_the_log_misses_no_row_that_appears_late():
    root = make_user("root", is_staff=True)
    api = client_of(root)
    for action in ("first", "second", "third"):
        record(action, actor=root)
    late = AuditEntry.objects.get(action="first")
    later = AuditEntry.objects.filter(action="first")
    later.update(position=-1)  # not visible to the worker yet: its transaction goes on
    chain_waiting()
    followed = api.get("/api/v1/audit/?after=0").json()["results"]
    later.update(position=None)
    chain_waiting()

    newer = api.get(f"/api/v1/audit/?after={followed[-1]['position']}").json()["results"]

    assert [row["action"] for row in followed] == [
        "token_created",
        "second",
        "third",
    ]
    assert [row["id"] for row in newer] == [late.pk]


def test_a_search_of_an_administrator_is_recorded_once(client):
    client.force_login(make_user("root", is_staff=True))
    make_inbound(make_did())
    for _again in range(2):
        client.get("/inbox/all/?q=plan")

    assert said(action="search") == [("root", "search", "session", "inbox")]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/inbox/all/?q=plan&before=999999999", "inbox"),
        ("/inbox/bulk/matching/?view=all&q=plan", "inbox"),
        ("/inbox/parts/palette/?q=plan", "palette"),
        ("/contacts/?q=plan", "contacts"),
        ("/contacts/{contact}/merge/?q=plan", "contacts"),
        ("/api/v1/conversations/?q=plan", "inbox"),
        ("/api/v1/contacts/?q=plan", "contacts"),
    ],
)
def test_a_search_of_an_administrator_is_recorded_wherever_it_is(client, path, where):
    client.force_login(make_user("root", is_staff=True))
    contact = make_inbound(make_did()).conversation.contact

    assert client.get(path.format(contact=contact.pk)).status_code == 200

    assert said(action="search") == [("root", "search", "session", where)]
    assert AuditEntry.objects.get(action="search").object_name == "plan"
