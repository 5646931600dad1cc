"""What is done to a conversation, and the way back."""

from __future__ import annotations

import json

import pytest

from messaging.models import (
    Conversation,
    Label,
    OptOut,
    StaffAccess,
)
from messaging.services.conversations.undo import state_of, undo, undo_token
from messaging.services.errors import WrongState
from tests.factories import make_inbound, make_user
from tests.views.thread.pages import NOW, path, post_json

pytestmark = pytest.mark.django_db


def undo_of(response) -> dict:
    return json.loads(response["HX-Trigger"])["toasts"]["toasts"][0]["undo"]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("close", {}),
        ("snooze", {"when": "in 2 days"}),
        ("assign", {"assignee": "me"}),
        ("settle", {}),
    ],
)
def test_what_is_done_can_be_undone(name, fields, staff, conversation):
    state = ("status", "snoozed_until", "assignee_id", "needs_reply_since", "settled_message_id")
    before = [getattr(conversation, field) for field in state]

    response = staff.post(
        path(f"conversation-{name}", conversation.pk), fields, headers={"HX-Request": "true"}
    )
    conversation.refresh_from_db()
    assert [getattr(conversation, field) for field in state] != before
    way_out = undo_of(response)
    undone = staff.post(way_out["url"], dict(way_out["fields"]), headers={"HX-Request": "true"})

    assert undone.status_code == 204
    conversation.refresh_from_db()
    assert [getattr(conversation, field) for field in state] == before


def test_what_was_given_away_by_who_sees_only_their_own_can_be_taken_back(staff, ana, conversation):
    StaffAccess.objects.create(user=ana, only_own=True)
    tom = make_user("tom")
    conversation.did_number.members.add(tom)
    htmx = {"HX-Request": "true"}
    given = staff.post(
        path("conversation-assign", conversation.pk), {"assignee": tom.pk}, headers=htmx
    )
    url, fields = undo_of(given)["url"], dict(undo_of(given)["fields"])
    assert staff.get(f"/inbox/open/{conversation.pk}/").status_code == 404

    assert staff.post(url, {"token": "x"}, headers=htmx).status_code == 404
    assert staff.post(url, fields, headers=htmx).status_code == 204

    assert Conversation.objects.get().assignee is None
    assert staff.post(url, fields, headers=htmx).status_code == 409  # once


def test_who_has_lost_the_number_takes_nothing_back(staff, ana, conversation):
    given = staff.post(
        path("conversation-assign", conversation.pk),
        {"assignee": "me"},
        headers={"HX-Request": "true"},
    )
    url, fields = undo_of(given)["url"], dict(undo_of(given)["fields"])
    conversation.did_number.members.remove(ana)

    assert staff.post(url, fields).status_code == 404

    assert Conversation.objects.get().assignee == ana
    Conversation.objects.update(assignee=None)  # nor are they told that somebody changed it
    assert staff.post(url, fields).status_code == 404


def test_labels_are_taken_back_once_and_not_past_a_colleague(staff, ana, conversation):
    mine, theirs = (Label.objects.create(name=name) for name in ("VIP", "Old"))
    conversation.labels.add(theirs)
    before = state_of(conversation_id=conversation.pk)
    conversation.labels.set([mine])
    token = undo_token(before=before, user=ana)

    undo(conversation=conversation, token=token, user=ana, at=NOW())
    with pytest.raises(WrongState):
        undo(conversation=conversation, token=token, user=ana, at=NOW())
    assert list(conversation.labels.all()) == [theirs]

    conversation.labels.set([mine, theirs])  # a colleague does
    with pytest.raises(WrongState):
        undo(conversation=conversation, token=token, user=ana, at=NOW())
    assert set(conversation.labels.all()) == {mine, theirs}


@pytest.mark.parametrize("name", ["close", "snooze", "settle"])
def test_page_that_has_not_seen_the_newest_message_puts_nothing_away(name, staff, conversation):
    seen = conversation.last_inbound_id
    make_inbound(phone=conversation.contact.phone_key, content="One more thing")

    response = staff.post(
        path(f"conversation-{name}", conversation.pk),
        {"when": "in 2 days", "seen": seen},
        headers={"HX-Request": "true"},
    )

    conversation.refresh_from_db()
    assert response.status_code == 409
    assert "they just replied" in response["HX-Trigger"]
    assert (conversation.status, conversation.needs_reply_since is None) == ("open", False)


def test_block_is_undone_with_all_that_it_changed(staff, conversation):
    response = staff.post(
        path("conversation-block", conversation.pk), headers={"HX-Request": "true"}
    )
    conversation.refresh_from_db()
    assert (conversation.status, conversation.is_blocked) == ("closed", True)

    way_out = undo_of(response)
    staff.post(way_out["url"], dict(way_out["fields"]))

    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert conversation.needs_reply_since is not None
    assert not conversation.is_blocked


def test_assigning_to_somebody_who_may_not_see_it_is_refused(staff, conversation):
    stranger = make_user("eve")

    response = post_json(staff, path("conversation-assign", conversation.pk), assignee=stranger.pk)

    assert (response.status_code, response.json()["code"]) == (422, "invalid")


def test_labels_are_set_added_and_removed(staff, conversation):
    one, two = Label.objects.create(name="one"), Label.objects.create(name="two")
    address = path("conversation-labels", conversation.pk)

    staff.post(address, {"label": ["", one.pk, two.pk]})
    assert set(conversation.labels.all()) == {one, two}
    staff.post(address, {"remove": one.pk})
    assert set(conversation.labels.all()) == {two}
    staff.post(address, {"add": one.pk})
    assert set(conversation.labels.all()) == {one, two}
    staff.post(address, {"label": ""})
    assert set(conversation.labels.all()) == set()


def test_contact_is_edited_field_by_field(staff, conversation):
    address = path("conversation-contact", conversation.pk)

    staff.post(address, {"memo": "Prefers mornings"})
    staff.post(address, {"name": " Elena "})
    refused = post_json(staff, address, email="not an address")

    found = Conversation.objects.get(pk=conversation.pk)
    assert (found.contact.name, found.memo) == ("Elena", "Prefers mornings")
    assert refused.status_code == 422
    assert "mail" in refused.json()["text"]


def test_opt_out_by_hand_and_back_with_a_reason(staff, ana, conversation):
    staff.post(path("conversation-opt-out", conversation.pk))
    assert OptOut.objects.in_force().get().created_by == ana

    refused = post_json(staff, path("conversation-opt-in", conversation.pk), reason=" ")
    assert refused.status_code == 422
    staff.post(path("conversation-opt-in", conversation.pk), {"reason": "They rang"})

    opt_out = OptOut.objects.get()
    assert (opt_out.end_reason, opt_out.ended_by) == ("They rang", ana)


def test_suggestion_is_dismissed(staff, did, conversation):
    message = make_inbound(did, content="please stop texting me", at=NOW())
    page = staff.get(path("thread-part", conversation.pk)).content.decode()
    assert "This looks like an opt-out request" in page

    staff.post(path("conversation-no-opt-out", conversation.pk), {"message": message.pk})

    page = staff.get(path("thread-part", conversation.pk)).content.decode()
    assert "This looks like an opt-out request" not in page
    assert not OptOut.objects.exists()
