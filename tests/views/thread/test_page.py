"""The pages and forms of a conversation: who may see them, what they change, what they cost."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from messaging.models import (
    Conversation,
    Draft,
    Label,
    Message,
    Note,
    Notification,
    OptOut,
    Presence,
    ReadMark,
)
from messaging.services.contacts.contacts import edit_contact, write_memo
from messaging.services.conversations import lifecycle
from messaging.services.conversations.drafts import draft_of
from messaging.services.conversations.notes import add_note
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from messaging.services.reading.read_marks import mark_read
from messaging.services.team.notifications import notify
from tests.factories import (
    make_conversation,
    make_did,
    make_inbound,
    make_outbound,
    make_user,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def ana():
    return make_user("ana", first_name="Ana")


@pytest.fixture
def did(ana):
    return make_did(members=(ana,))


@pytest.fixture
def conversation(did):
    return make_inbound(did, content="Hello", at=NOW() - timedelta(minutes=9)).conversation


@pytest.fixture
def staff(ana) -> Client:
    client = Client()
    client.force_login(ana)
    return client


def path(name: str, number: int) -> str:
    return reverse(name, args=[number])


def page_of(client: Client, conversation) -> str:
    return client.get(f"/inbox/open/{conversation.pk}/").content.decode()


def post_json(client: Client, address: str, **fields):
    return client.post(address, fields, headers={"Accept": "application/json"})


# --- Who may see it ---

POSTS = [
    "reply",
    "note",
    "draft",
    "presence",
    "read",
    "unread",
    "assign",
    "close",
    "reopen",
    "snooze",
    "settle",
    "labels",
    "contact",
    "opt-out",
    "opt-in",
    "no-opt-out",
    "block",
    "unblock",
    "undo",
]
MESSAGE_POSTS = ["cancel", "resend", "send-now", "reschedule", "redact", "dealt-with"]
PAGES = ["thread-part", "older-part", "conversation-print", "conversation-csv", "understood-time"]


@pytest.mark.parametrize("name", POSTS)
def test_conversation_of_another_number_does_not_exist_for_me(name, staff):
    hidden = make_conversation(make_did("442079460123", label="London"))

    assert staff.post(path(f"conversation-{name}", hidden.pk)).status_code == 404


@pytest.mark.parametrize("name", MESSAGE_POSTS)
def test_message_of_another_number_does_not_exist_for_me(name, staff):
    hidden = make_outbound(make_conversation(make_did("442079460123", label="London")))

    assert staff.post(path(f"message-{name}", hidden.pk)).status_code == 404
    assert staff.get(path("message", hidden.pk)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_another_number_do_not_exist_for_me(name, staff):
    hidden = make_conversation(make_did("442079460123", label="London"))

    assert staff.get(path(name, hidden.pk)).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_stranger_is_asked_to_sign_in(name, conversation, client):
    response = client.post(path(f"conversation-{name}", conversation.pk))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", POSTS)
def test_looking_changes_nothing(name, conversation, staff):
    assert staff.get(path(f"conversation-{name}", conversation.pk)).status_code == 405


# --- The page ---


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_of_a_live_part_does_not_depend_on_its_length(
    count, staff, ana, did, django_assert_num_queries
):
    conversation = make_conversation(did)
    for number in range(count):
        make_inbound(did, at=NOW())
        make_outbound(conversation, user=ana, status="failed", at=NOW())
        queue_message(
            NewMessage(content="later", send_at=NOW() + timedelta(hours=1)),
            conversation=conversation,
            user=ana,
            at=NOW(),
        )
        add_note(conversation=conversation, author=ana, content="@ana", at=NOW())
        conversation.labels.add(Label.objects.create(name=f"label {number}"))
        make_conversation(make_did(f"4420794601{number}", label="x", members=(ana,)))
    staff.get(path("thread-part", conversation.pk))

    with django_assert_num_queries(16):
        response = staff.get(path("thread-part", conversation.pk))

    assert response.status_code == 200


def test_page_shows_every_state_in_words(staff, ana, conversation):
    words = {
        "queued": "Queued",
        "sending": "Sending",
        "sent": "Sent",
        "delivered": "Delivered",
        "failed": "Failed",
        "undelivered": "Not delivered",
        "unconfirmed": "Unconfirmed",
        "blocked": "Blocked",
        "canceled": "Canceled",
    }
    for status in words:
        make_outbound(conversation, status, user=ana, status=status, at=NOW())

    page = staff.get(f"/inbox/open/{conversation.pk}/").content.decode()

    for status, word in words.items():
        part = page.split(f'<p class="bubble" dir="auto" data-bubble>{status}</p>')[1]
        assert word in part.split('class="bubble"')[0]


def test_text_from_outside_is_escaped_everywhere(staff, did, ana):
    evil = "<script>alert('x')</script>"
    conversation = make_inbound(did, content=evil, at=NOW()).conversation
    contact = conversation.contact
    contact.name = evil
    contact.save()
    write_memo(conversation=conversation, text=evil)
    add_note(conversation=conversation, author=ana, content=evil, at=NOW())
    edit_contact(contact=contact, conversation=conversation, by=ana, at=NOW(), name=evil + "2")

    for address in (
        f"/inbox/open/{conversation.pk}/",
        path("thread-part", conversation.pk),
        path("conversation-print", conversation.pk),
        path("message", conversation.last_message_id or 0),
    ):
        assert "<script>alert" not in staff.get(address).content.decode()


def test_raw_pushes_are_for_administrators(staff, conversation):
    address = path("message", conversation.last_message_id or 0)
    assert "Raw pushes" not in staff.get(address).content.decode()

    administrator = Client()
    administrator.force_login(make_user(is_staff=True))
    assert "Raw pushes" in administrator.get(address).content.decode()


def test_local_time_is_the_contacts_and_not_the_readers(staff, did):
    there = make_inbound(did, phone="8613812345678", at=NOW()).conversation
    hour = f"{NOW().astimezone(ZoneInfo('Asia/Shanghai')):%H:}"
    staff.cookies["time_zone"] = "America/New_York"

    page = staff.get(path("thread-part", there.pk)).content.decode()

    shown = page.split("<dt>Local time</dt>")[1].split("</dd>")[0]
    assert hour in shown


def test_clocks_of_a_country_with_several_zones_are_a_range(staff, did):
    there = make_inbound(did, phone="61412345678", at=NOW()).conversation

    page = staff.get(path("thread-part", there.pk)).content.decode()

    shown = page.split("<dt>Local time</dt>")[1].split("</dd>")[0]
    assert re.search(r"\d\d:\d\d–\d\d:\d\d", shown)


@pytest.mark.parametrize(
    ("phone", "hour", "warning"),
    [
        ("61412345678", 12, "It will be 20:00–23:00 where they may live; a message may wake them."),
        ("61412345678", 15, "It will be 23:00–02:00 where they live; a message may wake them."),
        ("61412345678", 4, ""),
        ("12125550123", 4, "It will be 23:00 where they live; a message may wake them."),
        ("12125550123", 12, "It will be 07:00 where they live; a message may wake them."),
    ],
)
def test_schedule_warns_of_the_contacts_night(staff, did, phone, hour, warning):
    there = make_inbound(did, phone=phone, at=NOW()).conversation

    answer = staff.get(
        path("understood-time", there.pk), {"when": f"2027-01-04T{hour:02d}:00+00:00"}
    ).json()

    assert (answer["ok"], answer["night"]) == (True, warning)


# --- Replying ---


def test_plain_reply_is_held_and_the_page_follows(staff, conversation):
    response = staff.post(
        path("conversation-reply", conversation.pk),
        {"reply": "Good day", "next": f"/inbox/mine/{conversation.pk}/"},
    )

    assert (response.status_code, response["Location"]) == (303, f"/inbox/mine/{conversation.pk}/")
    assert Message.objects.outbound().get().status == "held"


def test_way_back_never_leads_elsewhere(staff, conversation):
    response = staff.post(
        path("conversation-close", conversation.pk), {"next": "https://evil.example/"}
    )

    assert response["Location"] == f"/inbox/open/{conversation.pk}/"


def test_reply_of_our_script_is_held_and_the_same_submit_twice_is_one_message(staff, conversation):
    fields = {
        "reply": "Good day",
        "client_id": "c-1",
        "last_seen_id": str(conversation.last_message_id),
    }
    first = post_json(staff, path("conversation-reply", conversation.pk), **fields)
    second = post_json(staff, path("conversation-reply", conversation.pk), **fields)

    message = Message.objects.outbound().get()
    assert message.status == "held"
    assert first.json()["message"] == second.json()["message"] == message.pk


def test_reply_to_a_thread_that_moved_on_is_kept_and_shows_what_is_new(staff, did, conversation):
    seen = conversation.last_message_id
    make_inbound(did, content="Forget it", at=NOW())

    response = post_json(
        staff, path("conversation-reply", conversation.pk), reply="Coming!", last_seen_id=seen
    )

    assert response.status_code == 409
    answer = response.json()
    assert (answer["code"], [each["text"] for each in answer["newer"]]) == (
        "thread_moved_on",
        ["Forget it"],
    )
    assert Message.objects.outbound().count() == 0
    assert Draft.objects.get().reply == "Coming!"


def test_plain_reply_to_a_thread_that_moved_on_stands_in_the_composer(staff, did, conversation):
    seen = conversation.last_message_id
    make_inbound(did, content="Forget it", at=NOW())

    response = staff.post(
        path("conversation-reply", conversation.pk),
        {"reply": "Coming!", "last_seen_id": seen},
        follow=True,
    )

    page = response.content.decode()
    assert "There is new activity in this conversation." in page
    assert "Coming!</textarea>" in page
    assert Message.objects.outbound().count() == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reply": ""}, "required"),
        ({"reply": "x" * 1001}, "too_long"),
        ({"reply": "Hi {contact_name}"}, "unfilled_variable"),
        ({"reply": "later", "schedule": "1", "when": "yesterdayish"}, "unreadable"),
        ({"reply": "later", "schedule": "1", "when": "today 0:00"}, "not_in_future"),
    ],
)
def test_reply_that_cannot_be_sent_is_refused_and_kept(staff, conversation, fields, code):
    response = post_json(staff, path("conversation-reply", conversation.pk), **fields)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert Message.objects.outbound().count() == 0


def test_opted_out_contact_is_not_written_to(staff, did, conversation):
    make_inbound(did, content="STOP", at=NOW())

    response = post_json(staff, path("conversation-reply", conversation.pk), reply="But why?")

    assert (response.status_code, response.json()["code"]) == (422, "opted_out")
    page = staff.get(f"/inbox/open/{conversation.pk}/").content.decode()
    assert "This contact has opted out of messages from this number." in page


@pytest.mark.parametrize(
    "sender", ["NXBANK", "10086", "0034612345678"], ids=["letters", "short code", "other form"]
)
def test_composer_is_closed_for_a_sender_that_cannot_be_answered(staff, did, sender):
    conversation = make_inbound(did, phone=sender, at=NOW()).conversation

    response = post_json(staff, path("conversation-reply", conversation.pk), reply="Hello?")

    assert (response.status_code, response.json()["code"]) == (422, "invalid_number")
    page = staff.get(f"/inbox/open/{conversation.pk}/").content.decode()
    assert 'data-closed="not_a_number"' in page


def test_time_is_explained_with_its_zone_and_the_contacts_night(staff, conversation):
    response = staff.get(path("understood-time", conversation.pk), {"when": "tomorrow 23:30"})
    answer = response.json()
    assert answer["ok"]
    assert answer["text"].endswith("23:30 (UTC)")
    assert answer["night"] == "It will be 00:30 where they live; a message may wake them."

    refused = staff.get(path("understood-time", conversation.pk), {"when": "some day"}).json()
    assert refused["ok"] is False


# --- What is done to it ---


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


def test_seeing_marks_read_and_settles_what_concerned_me(staff, ana, conversation):
    notify(user=ana, conversation=conversation, reason=Notification.Reason.MENTION, at=NOW())

    staff.post(path("conversation-read", conversation.pk), {"up_to": conversation.last_message_id})

    assert ReadMark.objects.get().last_read_id == conversation.last_message_id
    assert Notification.objects.get().seen_at is not None
    conversation.refresh_from_db()
    assert conversation.needs_reply_since is not None

    staff.post(path("conversation-unread", conversation.pk))
    assert ReadMark.objects.get().last_read_id < (conversation.last_inbound_id or 0)


def test_what_is_not_there_yet_cannot_be_read(staff, conversation):
    staff.post(path("conversation-read", conversation.pk), {"up_to": "999999999"})

    assert ReadMark.objects.get().last_read_id == conversation.last_message_id


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


def test_presence_is_noted_and_ended(staff, conversation):
    address = path("conversation-presence", conversation.pk)
    staff.post(address, {"replying": "1"})
    assert Presence.objects.get().replying_at is not None
    staff.post(address, {"leaves": "1"})
    assert not Presence.objects.exists()


def test_note_is_written(staff, ana, conversation):
    staff.post(path("conversation-note", conversation.pk), {"note": "hm"})

    assert Note.objects.get().author == ana


@pytest.mark.parametrize(("name", "field"), [("reply", "reply"), ("note", "note")])
def test_text_outlives_a_session_that_ended_without_a_script(conversation, name, field):
    page = f"/inbox/open/{conversation.pk}/"
    fields = {field: "Precious <text>", "next": page}

    response = Client().post(path(f"conversation-{name}", conversation.pk), fields)

    assert response.status_code == 401
    assert "Precious &lt;text&gt;" in response.content.decode()
    assert f'href="/accounts/login/?next={page}"' in response.content.decode()


# --- Messages ---


def test_text_is_hidden_and_who_did_it_is_kept(staff, ana, did, conversation):
    message = make_inbound(did, content="My card is 4111 1111 1111 1111", at=NOW())
    page = staff.get(path("message", message.pk)).content.decode()
    assert "My card is •••• •••• •••• ••••" in page

    staff.post(path("message-redact", message.pk), {"content": "My card is •••• •••• •••• ••••"})

    message.refresh_from_db()
    assert message.redacted_by == ana
    assert "4111" not in message.content
    assert all(b"4111" not in bytes(push.raw_body) for push in message.pushes.all())

    # What was overlooked can be hidden too.
    staff.post(path("message-redact", message.pk), {"content": "Hidden"})
    message.refresh_from_db()
    assert message.content == "Hidden"


def test_text_that_is_still_to_be_sent_is_not_hidden(staff, conversation):
    message = make_outbound(conversation, "secret", at=NOW())

    response = post_json(staff, path("message-redact", message.pk), content="***")

    assert response.status_code == 422
    message.refresh_from_db()
    assert message.content == "secret"


def test_cancel_that_comes_too_late_says_so(staff, conversation):
    message = make_outbound(conversation, status="sending", at=NOW())

    response = post_json(staff, path("message-cancel", message.pk))

    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")


def test_failed_message_is_dealt_with(staff, conversation):
    message = make_outbound(conversation, status="failed", at=NOW())

    staff.post(path("message-dealt-with", message.pk))

    message.refresh_from_db()
    assert message.attention_cleared_at is not None
    assert "marked a failed message as resolved" in page_of(staff, conversation)

    staff.post(path("message-dealt-with", message.pk), {"undo": "1"})

    message.refresh_from_db()
    assert message.attention_cleared_at is None
    assert "marked a failed message as resolved" not in page_of(staff, conversation)


def test_own_scheduled_text_returns_to_the_composer(staff, ana, conversation):
    send_at = NOW() + timedelta(days=1)
    message = make_outbound(
        conversation, "See you", user=ana, at=NOW(), status="scheduled", send_at=send_at
    )

    staff.post(path("message-cancel", message.pk))

    message.refresh_from_db()
    assert message.status == "canceled"
    assert draft_of(conversation=conversation, user=ana).reply == "See you"


@pytest.mark.parametrize("last_seen_id", ["", "abc", "-1", "9" * 30])
def test_reply_that_does_not_say_what_was_seen_goes_by_what_was_read(
    staff, conversation, last_seen_id
):
    make_inbound(conversation.did_number, content="Wait!", at=NOW())

    response = post_json(
        staff,
        path("conversation-reply", conversation.pk),
        reply="Yes",
        last_seen_id=last_seen_id,
    )

    assert (response.status_code, response.json()["code"]) == (409, "thread_moved_on")


# --- A new conversation ---


def test_new_conversation_starts_with_a_message(staff, did):
    response = staff.post(
        "/inbox/new/",
        {"sender": did.pk, "phone": "+34 600 11 22 33", "content": "Good day", "client_id": "n1"},
    )

    message = Message.objects.get()
    assert response["Location"] == f"/inbox/open/{message.conversation_id}/"
    assert (message.conversation.contact.phone, message.status) == ("34600112233", "held")


def test_new_message_says_first_what_its_writer_has_not_seen(staff, did):
    fields = {"sender": did.pk, "phone": "+34 600 11 22 33", "content": "Good day"}
    newest = make_inbound(did, phone="34600112233", content="Are you <open>?")

    asked = staff.post("/inbox/new/", fields)
    page = asked.content.decode()
    before = Message.objects.outbound().count()
    sent = staff.post("/inbox/new/", fields | {"last_seen_id": newest.pk})

    assert (asked.status_code, before) == (409, 0)
    assert "Are you &lt;open&gt;?" in page
    assert f'name="last_seen_id" value="{newest.pk}"' in page
    assert sent["Location"] == f"/inbox/open/{newest.conversation_id}/"
    assert Message.objects.outbound().get().content == "Good day"


def test_new_message_goes_at_once_where_its_writer_has_read_all(staff, ana, did):
    newest = make_inbound(did, phone="34600112233")
    mark_read(conversation=newest.conversation, user=ana, up_to_id=newest.pk)

    staff.post("/inbox/new/", {"sender": did.pk, "phone": "34600112233", "content": "Good day"})

    assert Message.objects.outbound().get().content == "Good day"


def test_new_message_that_was_changed_after_it_was_sent_says_so(staff, did):
    fields = {"sender": did.pk, "phone": "34600112233", "content": "Good day", "client_id": "n1"}
    staff.post("/inbox/new/", fields)

    again = staff.post("/inbox/new/", fields)
    changed = staff.post("/inbox/new/", fields | {"content": "Good night"})

    page = changed.content.decode()
    assert again.status_code == 303
    assert changed.status_code == 409
    assert "An earlier version was already sent." in page
    assert "Good night" in page
    assert 'value="n1"' not in page
    assert Message.objects.outbound().get().content == "Good day"


def test_number_that_has_written_to_us_is_not_doubted(staff, ana, did):
    written = make_inbound(did, phone="34100000000")
    mark_read(conversation=written.conversation, user=ana, up_to_id=written.pk)

    staff.post("/inbox/new/", {"sender": did.pk, "phone": "+34100000000", "content": "Good day"})

    assert Message.objects.outbound().get().conversation == written.conversation


def test_unlikely_number_is_asked_about_once(staff, did):
    fields = {"sender": did.pk, "phone": "+34 100 00 00 00", "content": "Good day"}

    asked = staff.post("/inbox/new/", fields)
    assert asked.status_code == 422
    assert "doesn’t look like a working number" in asked.content.decode()
    assert not Message.objects.exists()

    staff.post("/inbox/new/", fields | {"is_sure": "1"})
    assert Message.objects.get().conversation.contact.phone == "34100000000"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"phone": "hello"}, "“hello” can’t be part of a phone number."),
        ({"phone": "123"}, "too short"),
        ({"content": "x" * 1001}, "the limit is 1000"),
        ({"content": " "}, "Enter a message."),
        ({"content": "\u200b\u2060"}, "Enter a message."),
        ({"sender": "999"}, "Select a valid choice"),
    ],
)
def test_mistake_is_shown_where_it_was_made_and_nothing_is_lost(staff, did, fields, words):
    given = {"sender": did.pk, "phone": "+34 600 11 22 33", "content": "Good day"} | fields

    response = staff.post("/inbox/new/", given)

    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert given["phone"] in page
    assert given["content"] in page
    assert not Conversation.objects.exists()


def test_number_of_others_is_no_sender(staff, did):
    foreign = make_did("442079460123", label="London")

    page = staff.get("/inbox/new/").content.decode()

    assert "London" not in page
    assert did.formatted in page
    response = staff.post(
        "/inbox/new/", {"sender": foreign.pk, "phone": "+34600112233", "content": "x"}
    )
    assert response.status_code == 422


def test_writing_from_another_number_opens_its_thread(staff, ana, conversation):
    other = make_did("442079460123", label="London", members=(ana,))
    theirs = make_conversation(other)

    known = staff.get("/inbox/new/", {"sender": other.pk, "phone": theirs.contact.phone})
    fresh = staff.get("/inbox/new/", {"sender": other.pk, "phone": "34600112233"})

    assert known["Location"] == f"/inbox/open/{theirs.pk}/"
    assert "+34 600 11 22 33" in fresh.content.decode()


# --- On paper and in a spreadsheet ---


def test_paper_names_everybody(staff, ana, conversation):
    lifecycle.assign(conversation=conversation, to=ana, by=ana, at=NOW())
    make_outbound(conversation, "Taken back", user=ana, status="canceled", at=NOW())

    paper = staff.get(path("conversation-print", conversation.pk)).content.decode()

    assert "took this conversation" in paper
    assert "You" not in re.sub(r"<[^>]+>", " ", paper).split()
    assert '<article class="out canceled">' in paper


def test_print_and_export_hold_everything(staff, ana, conversation):
    for number in range(60):
        make_outbound(conversation, f"Line {number}", user=ana, at=NOW())

    paper = staff.get(path("conversation-print", conversation.pk)).content.decode()
    sheet = staff.get(path("conversation-csv", conversation.pk))

    assert paper.count("<article") == 61
    assert sheet["Content-Type"] == "text/csv; charset=utf-8"
    assert sheet["Content-Disposition"].startswith(
        f'attachment; filename="conversation-{conversation.pk}-'
    )
    assert len(sheet.getvalue().decode().splitlines()) == 62


# --- Own notes ---


def test_author_edits_and_deletes_a_note_in_the_thread(staff, ana, conversation):
    note, _new = add_note(conversation=conversation, author=ana, content="Call back", at=NOW())

    staff.post(path("note-edit", note.pk), {"content": "Call back at nine"})

    page = page_of(staff, conversation)
    assert ("Call back at nine" in page, "edited" in page) == (True, True)

    staff.post(path("note-delete", note.pk))

    page = page_of(staff, conversation)
    assert "Call back at nine" not in page
    assert "Ana deleted this note on" in page


def test_note_of_somebody_else_offers_no_change(staff, conversation):
    tom = make_user("tom", first_name="Tom", is_staff=True)
    note, _new = add_note(conversation=conversation, author=tom, content="Mine", at=NOW())

    response = post_json(staff, path("note-edit", note.pk), content="Ours")

    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")
    assert path("note-edit", note.pk) not in page_of(staff, conversation)


@pytest.mark.parametrize("name", ["note-edit", "note-delete"])
def test_note_of_another_number_does_not_exist(staff, name):
    tom = make_user("tom", is_staff=True)
    elsewhere = make_conversation(make_did("442071234567"))
    note, _new = add_note(conversation=elsewhere, author=tom, content="Mine", at=NOW())

    response = staff.post(path(name, note.pk), {"content": "x"})

    assert response.status_code == 404
    assert Note.objects.get(pk=note.pk).content == "Mine"


def test_edit_that_is_refused_keeps_the_note(staff, ana, conversation):
    note, _new = add_note(conversation=conversation, author=ana, content="Call back", at=NOW())

    response = post_json(staff, path("note-edit", note.pk), content=" ")

    assert (response.status_code, response.json()["code"]) == (422, "required")
    assert Note.objects.get(pk=note.pk).content == "Call back"


def test_unconfirmed_message_is_resent_at_once_after_an_explicit_yes(staff, ana, conversation):
    message = make_outbound(conversation, "Perhaps", user=ana, status="unconfirmed", at=NOW())
    assert "I accept a possible duplicate" in page_of(staff, conversation)

    refused = post_json(staff, path("message-resend", message.pk))
    accepted = post_json(staff, path("message-resend", message.pk), accept_duplicate="1")

    assert (refused.status_code, accepted.status_code) == (422, 200)
    assert [repeat.content for repeat in message.resends.all()] == ["Perhaps"]


def test_a_reaction_stands_at_the_text_that_it_quotes_and_leads_to_it(ana, conversation):
    target = make_outbound(conversation, content="See you at <5>", status="delivered")
    message = make_inbound(conversation.did_number, content="Loved “See you at <5>”")
    client = Client()
    client.force_login(ana)

    page = page_of(client, conversation)
    assert '<p class="sign"><span class="vh">Reaction: </span>❤️</p>' in page
    link = f'href="/inbox/open/{conversation.pk}/?around={target.pk}#m-{target.pk}"'
    assert f'<a {link} data-nav="main-pane">❤️ to <bdi>“See you at &lt;5&gt;”</bdi></a>' in page
    own = page[page.index(f'id="m-{message.pk}"') :].split("</div>")[0]
    assert "data-others" not in own.split(">")[0]


def test_a_reaction_that_was_taken_back_stands_nowhere_but_in_the_thread(ana, conversation):
    make_outbound(conversation, content="See you at 5", status="delivered")
    make_inbound(conversation.did_number, content="Loved “See you at 5”")
    make_inbound(conversation.did_number, content="Removed a heart from “See you at 5”")
    client = Client()
    client.force_login(ana)

    page = page_of(client, conversation)

    assert 'class="sign"' not in page
    assert "Took ❤️ back from <bdi>“See you at 5”</bdi>" in page
