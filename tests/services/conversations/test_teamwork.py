"""Presence, drafts, notes, hand-overs, notifications by e-mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from messaging.models import Change, Draft, Note, Notification, Presence, StaffSettings
from messaging.services.conversations import lifecycle
from messaging.services.conversations.drafts import Kept, draft_of, save_draft, store_draft
from messaging.services.conversations.handover import hand_over
from messaging.services.conversations.notes import add_note, mentioned_in
from messaging.services.errors import InvalidInput
from messaging.services.outbox.cancel import cancel_message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.reply import send_reply
from messaging.services.team.email_notifications import email_what_waits
from messaging.services.team.notifications import see_notifications
from messaging.services.team.presence import colleagues_in, leave, note_presence
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_user

pytestmark = pytest.mark.django_db


def presence_hints() -> int:
    return Change.objects.filter(kind="presence").count()


# --- Presence ---


def test_presence_is_told_when_it_changes_and_not_when_it_is_renewed():
    ana, conversation = make_user(), make_conversation()

    told = [
        note_presence(conversation=conversation, user=ana, at=NOW, is_replying=False),
        note_presence(
            conversation=conversation, user=ana, at=NOW + timedelta(seconds=20), is_replying=False
        ),
        note_presence(
            conversation=conversation, user=ana, at=NOW + timedelta(seconds=21), is_replying=True
        ),
        note_presence(
            conversation=conversation, user=ana, at=NOW + timedelta(seconds=25), is_replying=True
        ),
        note_presence(
            conversation=conversation, user=ana, at=NOW + timedelta(seconds=30), is_replying=False
        ),
    ]

    assert told == [True, False, True, False, True]
    assert presence_hints() == 3


def test_presence_that_was_held_up_on_its_way_changes_nothing():
    ana, tom, conversation = make_user("ana"), make_user("tom"), make_conversation()
    note_presence(conversation=conversation, user=ana, at=NOW, is_replying=False)

    late = note_presence(
        conversation=conversation, user=ana, at=NOW - timedelta(seconds=40), is_replying=True
    )

    people = colleagues_in(conversation=conversation, user=tom, at=NOW + timedelta(seconds=10))
    assert (late, [(person.user.username, person.is_replying) for person in people]) == (
        False,
        [("ana", False)],
    )


def test_presence_ends_by_itself():
    ana, tom, conversation = make_user("ana"), make_user("tom"), make_conversation()
    note_presence(conversation=conversation, user=ana, at=NOW, is_replying=True)

    def seen(seconds: int) -> list[tuple[str, bool]]:
        at = NOW + timedelta(seconds=seconds)
        people = colleagues_in(conversation=conversation, user=tom, at=at)
        return [(person.user.username, person.is_replying) for person in people]

    assert seen(5) == [("ana", True)]
    assert seen(13) == [("ana", False)]
    assert seen(46) == []


def test_i_am_not_shown_to_myself_and_leaving_is_told_once():
    ana, conversation = make_user(), make_conversation()
    note_presence(conversation=conversation, user=ana, at=NOW, is_replying=True)

    assert colleagues_in(conversation=conversation, user=ana, at=NOW) == []
    assert leave(conversation=conversation, user=ana) is True
    assert leave(conversation=conversation, user=ana) is False
    assert not Presence.objects.exists()


# --- Drafts ---


def test_draft_keeps_both_texts_and_goes_when_both_are_empty():
    ana, conversation = make_user(), make_conversation()
    store_draft(conversation=conversation, user=ana, reply="Dear\r\nMs", note="ask Tom")
    store_draft(conversation=conversation, user=ana, reply="Dear Mr")
    kept = draft_of(conversation=conversation, user=ana)
    assert (kept.reply, kept.note) == ("Dear Mr", "ask Tom")

    store_draft(conversation=conversation, user=ana, reply="", note=" ")

    assert not Draft.objects.exists()


def test_draft_of_a_text_that_was_sent_already_is_not_kept():
    ana, conversation = make_user(is_staff=True), make_conversation(name="Elena")
    send_reply(
        NewMessage(content="Dear {contact_name}", client_id="a"),
        conversation=conversation,
        user=ana,
        at=NOW,
    )
    add_note(conversation=conversation, author=ana, content="ask Tom", at=NOW, client_id="b")

    kept = save_draft(
        conversation=conversation,
        user=ana,
        texts={"reply": "Dear {contact_name}", "note": " ask Tom\r\n"},
        client_ids={"reply": "a", "note": "b"},
    )

    assert kept == Kept(taken=frozenset({"reply", "note"}))
    assert not Draft.objects.exists()


def test_draft_that_was_changed_after_sending_is_kept():
    ana, conversation = make_user(), make_conversation()
    send_reply(
        NewMessage(content="Dear Ms", client_id="a"), conversation=conversation, user=ana, at=NOW
    )

    kept = save_draft(
        conversation=conversation,
        user=ana,
        texts={"reply": "Dear Mr"},
        client_ids={"reply": "a"},
    )

    assert kept == Kept()
    assert draft_of(conversation=conversation, user=ana).reply == "Dear Mr"


def test_draft_of_a_text_that_was_taken_back_is_kept():
    ana, conversation = make_user(), make_conversation()
    sent = send_reply(
        NewMessage(content="Dear Ms", client_id="a", is_held=True),
        conversation=conversation,
        user=ana,
        at=NOW,
    )
    cancel_message(message=sent.message, user=ana, at=NOW)

    kept = save_draft(
        conversation=conversation,
        user=ana,
        texts={"reply": "Dear Ms"},
        client_ids={"reply": "a"},
    )

    assert kept == Kept()
    assert draft_of(conversation=conversation, user=ana).reply == "Dear Ms"


@pytest.mark.parametrize(
    ("present", "before", "text", "kept"),
    [
        ("", "", "B", "B"),
        ("A", "A", "A more", "A more"),
        ("A", "", "A more", "A more"),
        ("A", "", "B", "A\n\nB"),
        ("A", "", "", "A"),
        ("A\n\nB", "A", "A more", "A more\n\nB"),
        ("A\n\nB", "A", "", "B"),
        ("A\n\nB", "A\n\nB", "", ""),
    ],
    ids=[
        "nothing kept yet",
        "as it believed",
        "what the other has is in it",
        "the other wrote",
        "the other wrote, and it is empty",
        "it goes on beside the other's",
        "it takes its own away",
        "it takes both away",
    ],
)
def test_draft_of_two_tabs_holds_what_either_wrote(present, before, text, kept):
    ana, conversation = make_user(), make_conversation()
    store_draft(conversation=conversation, user=ana, reply=present)

    answer = save_draft(
        conversation=conversation, user=ana, texts={"reply": text}, before={"reply": before}
    )

    assert draft_of(conversation=conversation, user=ana).reply == kept
    assert answer == Kept(merged={"reply": kept} if kept != text else {})


@pytest.mark.parametrize(
    ("present", "before", "rest"),
    [
        ("Dear Ms", "Dear Ms", ""),
        ("Dear", "", ""),
        ("From the phone\n\nDear Ms", "Dear Ms", "From the phone"),
        ("From the phone", "", "From the phone"),
        ("From the phone", None, ""),
    ],
)
def test_sending_lets_go_of_what_is_sent_alone(present, before, rest):
    ana, conversation = make_user(), make_conversation()
    store_draft(conversation=conversation, user=ana, reply=present)

    send_reply(
        NewMessage(content="Dear Ms"),
        conversation=conversation,
        user=ana,
        at=NOW,
        draft_before=before,
    )

    assert draft_of(conversation=conversation, user=ana).reply == rest


def test_draft_is_one_persons_and_one_conversations():
    ana, tom = make_user(), make_user()
    here, there = make_conversation(), make_conversation(phone="34600111222")
    store_draft(conversation=here, user=ana, reply="secret")

    assert draft_of(conversation=here, user=tom).reply == ""
    assert draft_of(conversation=there, user=ana).reply == ""


# --- Notes ---


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ana please", ["ana"]),
        ("ask @Ana.", ["ana"]),
        ("(@ana, @tom.hale)", ["ana", "tom.hale"]),
        ("@ana @ana", ["ana"]),
        ("ana@example.com", []),
        ("@nobody", []),
        ("@", []),
    ],
)
def test_mentions_are_names_of_colleagues(text, names):
    colleagues = [make_user("ana"), make_user("tom.hale")]

    assert [person.username for person in mentioned_in(text, among=colleagues)] == names


def test_note_tells_whom_it_mentions_and_nobody_else():
    did = make_did()
    ana, tom, stranger = make_user("ana"), make_user("tom"), make_user("eve")
    did.members.add(ana, tom)
    conversation = make_conversation(did)

    note, is_new = add_note(
        conversation=conversation, author=ana, content="@tom @ana @eve look", at=NOW
    )

    assert is_new
    assert set(note.mentions.all()) == {ana, tom}
    told = [(row.user, row.reason) for row in Notification.objects.all()]
    assert told == [(tom, "mention")]
    assert stranger.notifications.count() == 0


def test_note_with_the_same_client_id_is_the_same_note():
    ana, conversation = make_user(), make_conversation()

    first = add_note(conversation=conversation, author=ana, content="x", at=NOW, client_id="c1")
    second = add_note(conversation=conversation, author=ana, content="x", at=NOW, client_id="c1")

    assert first[0] == second[0]
    assert (first[1], second[1]) == (True, False)
    assert Note.objects.count() == 1


@pytest.mark.parametrize(
    "text",
    ["", " \n ", "\u200b\ufeff", "x" * 4001],
    ids=["empty", "blank", "invisible", "too long"],
)
def test_note_that_cannot_be_kept_is_refused(text):
    with pytest.raises(InvalidInput):
        add_note(conversation=make_conversation(), author=make_user(), content=text, at=NOW)


def test_note_changes_neither_unread_nor_needs_reply():
    ana = make_user()
    conversation = make_inbound().conversation
    before = (conversation.needs_reply_since, conversation.last_message_id)

    add_note(conversation=conversation, author=ana, content="hm", at=NOW)

    conversation.refresh_from_db()
    assert (conversation.needs_reply_since, conversation.last_message_id) == before


# --- Hand-over and e-mail ---


def test_hand_over_assigns_notes_and_tells():
    did = make_did()
    ana, tom = make_user("ana"), make_user("tom")
    did.members.add(ana, tom)
    conversation = make_conversation(did)

    hand_over(conversation=conversation, to=tom, by=ana, at=NOW, note="She prefers Friday")

    conversation.refresh_from_db()
    assert conversation.assignee == tom
    assert Note.objects.get().content == "She prefers Friday"
    assert [(row.user, row.reason) for row in Notification.objects.all()] == [(tom, "assigned")]


def test_hand_over_to_somebody_who_may_not_see_it_changes_nothing():
    ana, eve = make_user(is_staff=True), make_user("eve")
    conversation = make_conversation()

    with pytest.raises(InvalidInput):
        hand_over(conversation=conversation, to=eve, by=ana, at=NOW, note="hello")

    assert not Note.objects.exists()


def waits_for(user, *, minutes: int | None = 10) -> None:
    StaffSettings.objects.create(user=user, email_after_minutes=minutes)


def test_mail_names_what_waits_and_why_and_no_text(django_capture_on_commit_callbacks):
    did = make_did()
    ana = make_user("ana", email="ana@example.com")
    did.members.add(ana)
    waits_for(ana)
    make_inbound(did, content="my secret illness", at=NOW)

    with django_capture_on_commit_callbacks(execute=True):
        assert email_what_waits(at=NOW + timedelta(minutes=9)) == 0
        assert email_what_waits(at=NOW + timedelta(minutes=10)) == 1
        assert email_what_waits(at=NOW + timedelta(minutes=20)) == 0

    (message,) = mail.outbox
    assert message.to == ["ana@example.com"]
    assert "+34 612 34 56 78 · Front desk" in message.body
    assert "You’re a member of this number, and the conversation is unassigned" in message.body
    assert "secret" not in message.body + message.subject


def test_next_message_that_waits_is_a_mail_of_its_own(django_capture_on_commit_callbacks):
    did = make_did()
    ana = make_user("ana", email="ana@example.com")
    did.members.add(ana)
    waits_for(ana)
    with django_capture_on_commit_callbacks(execute=True):
        make_inbound(did, at=NOW)
        email_what_waits(at=NOW + timedelta(minutes=10))
        make_inbound(did, at=NOW + timedelta(hours=1))
        email_what_waits(at=NOW + timedelta(hours=2))

    assert len(mail.outbox) == 2


def test_mail_goes_to_the_assignee_alone(django_capture_on_commit_callbacks):
    did = make_did()
    ana = make_user("ana", email="ana@example.com")
    tom = make_user("tom", email="tom@example.com")
    did.members.add(ana, tom)
    waits_for(ana)
    waits_for(tom)
    conversation = make_inbound(did, at=NOW).conversation
    lifecycle.assign(conversation=conversation, to=tom, by=ana, at=NOW)

    with django_capture_on_commit_callbacks(execute=True):
        email_what_waits(at=NOW + timedelta(minutes=30))

    assert [message.to for message in mail.outbox] == [["tom@example.com"]]


def test_mention_that_was_seen_is_not_mailed(django_capture_on_commit_callbacks):
    did = make_did()
    ana, tom = make_user("ana"), make_user("tom", email="tom@example.com")
    did.members.add(ana, tom)
    waits_for(tom)
    conversation = make_conversation(did)
    add_note(conversation=conversation, author=ana, content="@tom one", at=NOW)
    see_notifications(conversation=conversation, user=tom, at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        assert email_what_waits(at=NOW + timedelta(minutes=30)) == 0
        add_note(conversation=conversation, author=ana, content="@tom two", at=NOW)
        assert email_what_waits(at=NOW + timedelta(minutes=30)) == 1

    assert "A colleague mentioned you" in mail.outbox[0].body


def test_hand_over_that_was_undone_is_not_mailed(django_capture_on_commit_callbacks):
    did = make_did()
    ana, tom = make_user("ana", is_staff=True), make_user("tom", email="tom@example.com")
    did.members.add(tom)
    waits_for(tom)
    conversation = make_conversation(did)
    hand_over(conversation=conversation, to=tom, by=ana, at=NOW)
    hand_over(conversation=conversation, to=None, by=ana, at=NOW)

    with django_capture_on_commit_callbacks(execute=True):
        assert email_what_waits(at=NOW + timedelta(minutes=30)) == 0


def test_mail_names_a_conversation_once(django_capture_on_commit_callbacks):
    did = make_did()
    ana, tom = make_user("ana"), make_user("tom", email="tom@example.com")
    did.members.add(ana, tom)
    waits_for(tom)
    conversation = make_inbound(did, at=NOW).conversation
    add_note(conversation=conversation, author=ana, content="@tom please", at=NOW)

    with django_capture_on_commit_callbacks(execute=True):
        assert email_what_waits(at=NOW + timedelta(minutes=30)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert email_what_waits(at=NOW + timedelta(minutes=60)) == 0

    assert mail.outbox[0].subject.endswith("1 conversation is waiting for you")
    assert mail.outbox[0].body.count(f"/inbox/open/{conversation.pk}/") == 1


def test_who_did_not_ask_or_has_no_address_gets_no_mail():
    did = make_did()
    ana, tom = make_user("ana", email="ana@example.com"), make_user("tom")
    did.members.add(ana, tom)
    waits_for(ana, minutes=None)
    waits_for(tom)
    make_inbound(did, at=NOW)

    assert email_what_waits(at=NOW + timedelta(days=1)) == 0
    assert mail.outbox == []
