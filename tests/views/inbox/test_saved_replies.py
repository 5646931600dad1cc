"""Saved replies that staff create and edit: shared or private, and who sees which."""

from __future__ import annotations

import pytest

from messaging.models import CannedReply, TeamSettings
from messaging.services.content.variables import replies_for
from tests.factories import make_conversation, make_did, make_user

pytestmark = pytest.mark.django_db
NEW = "/inbox/replies/new/"
TAKEN = "There is already a saved reply /HI."
JSON = {"Accept": "application/json"}


@pytest.fixture
def tom(client):
    user = make_user("tom", first_name="Tom")
    client.force_login(user)
    return user


@pytest.fixture
def eva():
    return make_user("eva", first_name="Eva")


def save(client, address=NEW, **fields):
    return client.post(address, {"shortcut": "hi", "content": "Hello", **fields}, headers=JSON)


# --- Creating ---


@pytest.mark.parametrize("is_private", [False, True])
def test_reply_is_saved_for_all_or_for_oneself(client, tom, is_private):
    response = save(client, **({"is_private": "on"} if is_private else {}))

    reply = CannedReply.objects.get()
    assert response.json() == {
        "ok": True,
        "text": "Saved as /hi.",
        "reply": {
            "shortcut": "hi",
            "content": "Hello",
            "number": None,
            "is_private": is_private,
        },
    }
    assert (reply.shortcut, reply.content, reply.owner) == (
        "hi",
        "Hello",
        tom if is_private else None,
    )


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"shortcut": "HI"}, {"shortcut": TAKEN}),
        (
            {"shortcut": "HI", "is_private": "on"},
            {"shortcut": TAKEN},
        ),
        ({"shortcut": "a b"}, {"shortcut": "Letters, digits, - and _ only."}),
        ({"shortcut": "", "content": ""}, {"shortcut": "", "content": ""}),
        (
            {"shortcut": "x", "content": "\u200b"},
            {"content": "This text has no visible characters."},
        ),
        (
            {"shortcut": "x", "content": "Dear {contact_nmae}"},
            {"content": "{contact_nmae} cannot be filled."},
        ),
    ],
    ids=["taken", "taken by a shared one", "space", "empty", "invisible", "misspelled"],
)
def test_what_is_wrong_is_said_at_its_field(client, tom, fields, errors):
    CannedReply.objects.create(shortcut="hi", content="Hello")

    response = save(client, **fields)

    found = response.json()["errors"]
    assert (response.status_code, set(found)) == (422, set(errors))
    if "shortcut" in errors and fields["shortcut"]:
        assert found == errors
    assert CannedReply.objects.count() == 1


def test_a_private_name_of_a_colleague_is_free_and_does_not_show(client, tom, eva):
    CannedReply.objects.create(shortcut="hi", content="secret", owner=eva)

    assert save(client).status_code == 200
    assert save(client, shortcut="HI", is_private="on").status_code == 422
    assert save(client, shortcut="mine", is_private="on").status_code == 200

    assert set(CannedReply.objects.values_list("shortcut", "owner__username")) == {
        ("hi", "eva"),
        ("hi", None),
        ("mine", "tom"),
    }


def test_only_numbers_that_one_sees_can_be_chosen(client, tom):
    mine, other = make_did(members=(tom,)), make_did("34910000000")

    assert save(client, did_number=other.pk).json()["errors"].keys() == {"did_number"}
    assert save(client, did_number=mine.pk).json()["reply"]["number"] == mine.pk


# --- Who sees it ---


def test_private_reply_is_its_owners_alone(client, tom, eva):
    did = make_did(members=(tom, eva))
    conversation = make_conversation(did, phone="34600000000")
    reply = CannedReply.objects.create(shortcut="secret", content="of eva", owner=eva)
    root = make_user("root", is_staff=True)

    for user, sees in ((eva, True), (tom, False), (root, False)):
        client.force_login(user)
        page = client.get(f"/inbox/open/{conversation.pk}/").content.decode()
        listed = client.get("/inbox/replies/").content.decode()
        edited = client.get(f"/inbox/replies/{reply.pk}/").status_code
        assert ("secret" in page, "secret" in listed, edited == 200) == (sees, sees, sees)
        assert [one.shortcut for one in replies_for(did_number=did, user=user)] == (
            ["secret"] if sees else []
        )
    assert "secret" not in client.get("/admin/messaging/cannedreply/?q=eva").content.decode()
    assert client.get(f"/admin/messaging/cannedreply/{reply.pk}/change/").status_code == 302


def test_reply_of_a_number_that_one_does_not_see_is_not_there(client, tom):
    reply = CannedReply.objects.create(shortcut="x", content="x", did_number=make_did())

    assert "/x<" not in client.get("/inbox/replies/").content.decode()
    assert client.get(f"/inbox/replies/{reply.pk}/").status_code == 404


# --- Editing ---


def test_shared_reply_is_edited_and_stays_shared(client, tom):
    reply = CannedReply.objects.create(shortcut="hi", content="Hello")

    page = client.get(f"/inbox/replies/{reply.pk}/").content.decode()
    response = save(client, f"/inbox/replies/{reply.pk}/", content="Good day", is_private="on")

    assert ("is_private" in page, response.status_code) == (False, 200)
    reply.refresh_from_db()
    assert (reply.content, reply.owner) == ("Good day", None)


def test_private_reply_becomes_shared(client, tom):
    reply = CannedReply.objects.create(shortcut="hi", content="Hello", owner=tom)

    save(client, f"/inbox/replies/{reply.pk}/")

    reply.refresh_from_db()
    assert reply.owner is None


@pytest.mark.parametrize(
    ("is_own", "is_administrator", "status"),
    [(True, False, 302), (False, False, 403), (False, True, 302)],
    ids=["own", "shared", "shared, by an administrator"],
)
def test_own_reply_is_deleted_and_a_shared_one_by_administrators(
    client, is_own, is_administrator, status
):
    user = make_user("tom", is_staff=is_administrator)
    client.force_login(user)
    reply = CannedReply.objects.create(
        shortcut="hi", content="Hello", owner=user if is_own else None
    )

    response = client.post(f"/inbox/replies/{reply.pk}/delete/")

    assert response.status_code == status
    assert CannedReply.objects.exists() == (status == 403)


def test_administrators_may_keep_it_to_themselves(client, tom):
    TeamSettings.objects.create(pk=1, staff_create_replies=False)
    own = CannedReply.objects.create(shortcut="own", content="Hello", owner=tom)
    conversation = make_conversation(make_did(members=(tom,)), phone="34600000000")

    page = client.get(f"/inbox/open/{conversation.pk}/").content.decode()

    assert "data-save-reply" not in page
    assert replies_for(did_number=conversation.did_number, user=tom) == [own]
    assert save(client).status_code == 403
    assert save(client, f"/inbox/replies/{own.pk}/").status_code == 403
    client.force_login(make_user("root", is_staff=True))
    assert save(client).status_code == 200


def test_shared_name_of_the_admin_is_once_in_any_case(client):
    client.force_login(make_user("root", is_staff=True))
    CannedReply.objects.create(shortcut="hi", content="Hello")

    response = client.post(
        "/admin/messaging/cannedreply/add/", {"shortcut": "HI", "content": "x", "did_number": ""}
    )

    assert TAKEN in response.content.decode()
    assert CannedReply.objects.count() == 1


def test_form_works_without_a_script(client, tom):
    page = client.get(NEW)
    assert 'name="is_private"' in page.content.decode()

    wrong = client.post(NEW, {"shortcut": "a b", "content": "Hello"})
    assert "Letters, digits, - and _ only." in wrong.content.decode()
    assert "Hello" in wrong.content.decode()

    done = client.post(NEW, {"shortcut": "hi", "content": "Hello"}, follow=True)
    assert "/hi" in done.content.decode()
