"""Old messages go with everything that repeats them; what still serves stays."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest

from messaging.models import (
    Contact,
    Conversation,
    Message,
    Note,
    OptOut,
    Push,
    Reaction,
    StatusChange,
)
from messaging.services.contacts.known_contacts import contacts_known_to
from messaging.services.contacts.legal_holds import lift_hold, place_hold
from messaging.services.conversations.notes import add_note
from messaging.services.history.summary import COLUMNS, summary_of
from messaging.services.operations.old_messages import aged, deletable, delete_messages
from messaging.services.search.indexing import index_waiting
from messaging.services.search.search import search
from tests.factories import NOW, make_conversation, make_did, make_inbound, make_outbound, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DAY = timedelta(days=1)
OLD = NOW - 40 * DAY
BEFORE = NOW - 30 * DAY
ONE, TWO = "34612345670", "34612345671"


@pytest.fixture
def did():
    return make_did()


def candidates(did, *, at=NOW):
    rows = deletable(aged(did_number_id=did.pk, before=BEFORE), before=BEFORE, at=at)
    return set(rows.values_list("pk", flat=True))


def delete_all(did, *, at=NOW):
    ids = list(Message.objects.values_list("pk", flat=True))
    return delete_messages(ids, did_number_id=did.pk, before=BEFORE, at=at)


def test_what_is_old_goes_with_its_history_and_its_pushes(did):
    old, other = make_inbound(did, at=OLD), make_inbound(make_did("447700900123"), at=OLD)
    new = make_inbound(did, content="New", at=NOW)
    sent = make_outbound(old.conversation, at=OLD, status="sent", sent_at=OLD)

    assert delete_all(did) == {"messages": 2, "pushes": 1}

    assert set(Message.objects.values_list("pk", flat=True)) == {new.pk, other.pk}
    assert not StatusChange.objects.filter(message_id=sent.pk).exists()
    assert set(Push.objects.values_list("message", flat=True)) == {new.pk, other.pk}


def test_what_was_sent_lately_or_may_still_be_sent_stays(did):
    thread = make_conversation(did)
    waiting = make_outbound(thread, at=OLD)
    planned = make_outbound(thread, at=OLD, status="scheduled", send_at=NOW + DAY)
    late = make_outbound(thread, at=OLD, status="delivered", sent_at=NOW - DAY, send_at=NOW - DAY)
    over = make_outbound(thread, at=OLD, status="failed")

    assert candidates(did) == {over.pk}
    assert {waiting.pk, planned.pk, late.pk} & candidates(did) == set()


def test_the_proof_of_an_opt_out_stays_with_it(did):
    proof = make_inbound(did, content="STOP", at=OLD)
    make_inbound(did, content="Hello?", at=OLD)
    assert OptOut.objects.get().message_id == proof.pk

    delete_all(did)

    assert list(Message.objects.inbound()) == [proof]
    assert OptOut.objects.in_force().count() == 1


@pytest.mark.parametrize("is_on_number", [True, False], ids=["number", "contact"])
def test_what_is_on_hold_stays_and_goes_a_day_after_the_hold_was_lifted(did, is_on_number):
    boss = make_user(is_staff=True)
    held, free = make_inbound(did, ONE, at=OLD), make_inbound(did, TWO, at=OLD)
    on = did if is_on_number else held.conversation.contact
    place_hold(on=on, reason="A lawsuit", by=boss, at=NOW)

    assert candidates(did) == (set() if is_on_number else {free.pk})
    lift_hold(on=on, by=boss, at=NOW)
    assert held.pk not in candidates(did, at=NOW + DAY - timedelta(seconds=1))
    assert candidates(did, at=NOW + DAY) == {held.pk, free.pk}


def test_reactions_go_with_what_they_quote_and_keep_it_while_they_are_young(did):
    quoted = make_inbound(did, content="See you at nine tomorrow", at=OLD)
    make_inbound(did, content="Loved “See you at nine tomorrow”", at=OLD + DAY)
    later = make_inbound(did, content="Bring the papers with you", at=OLD)
    make_inbound(did, content="Liked “Bring the papers with you”", at=NOW)
    assert Reaction.objects.count() == 2

    counts = delete_messages([quoted.pk], did_number_id=did.pk, before=BEFORE, at=NOW)

    assert counts["messages"] == 2
    assert candidates(did) == set()
    assert Reaction.objects.get().target_id == later.pk


def test_what_was_resent_goes_and_the_later_message_stays(did):
    thread = make_conversation(did)
    first = make_outbound(thread, at=OLD, status="failed")
    again = make_outbound(thread, at=NOW, status="sent", sent_at=NOW, resend_of=first)

    delete_all(did)

    assert list(Message.objects.values_list("pk", "resend_of")) == [(again.pk, None)]


def test_the_newest_push_of_a_kind_is_emptied_instead(did):
    make_inbound(did, content="Secret", at=OLD)

    delete_all(did)

    push = Push.objects.get()
    assert (bytes(push.raw_body), push.phone_key, push.message) == (b"", "", None)
    assert push.received_at == OLD


def test_what_lists_show_follows_from_what_is_left(did):
    thread = make_inbound(did, content="First", at=OLD).conversation
    make_inbound(did, ONE, content="Old and unanswered", at=OLD)
    newest = make_inbound(did, content="Second", at=NOW)

    delete_all(did)

    for row in Conversation.objects.values("pk", *COLUMNS):
        assert asdict(summary_of(row.pop("pk"))) == row
    thread.refresh_from_db()
    assert (thread.last_message_id, thread.needs_reply_since) == (newest.pk, NOW)


def test_of_an_emptied_conversation_notes_stay_and_who_knows_the_contact(did):
    ana = make_user("ana")
    did.members.add(ana)
    thread = make_inbound(did, at=OLD).conversation
    Contact.objects.update(name="Elena")
    add_note(conversation=thread, author=ana, content="Prefers mornings", at=OLD)

    assert delete_all(did)["conversations"] == 1

    thread.refresh_from_db()
    assert (thread.status, thread.last_preview, thread.needs_reply_since) == ("closed", "", None)
    assert Note.objects.get().content == "Prefers mornings"
    assert [row.name for row in contacts_known_to(ana)] == ["Elena"]
    again = make_inbound(did, content="Me again", at=NOW)
    thread.refresh_from_db()
    assert (thread.pk, thread.status) == (again.conversation_id, "open")


def test_the_pages_of_an_emptied_conversation_open(did, client):
    thread = make_inbound(did, at=OLD).conversation
    delete_all(did)
    client.force_login(make_user("boss", is_staff=True))

    for address in (
        f"/inbox/all/{thread.pk}/",
        "/inbox/closed/",
        f"/contacts/{thread.contact_id}/",
        f"/conversations/{thread.pk}/print/",
        f"/api/v1/conversations/{thread.pk}/",
        f"/api/v1/conversations/{thread.pk}/messages/",
    ):
        assert client.get(address).status_code in {200, 404}, address
    assert client.get(f"/contacts/{thread.contact_id}/").status_code == 200


def test_gone_words_are_not_found(did):
    make_inbound(did, content="Zeppelin", at=OLD)
    new = make_inbound(did, ONE, content="Zeppelin again", at=NOW)
    index_waiting()

    delete_all(did)

    found = search(
        text="zeppelin",
        conversations=Conversation.objects.all(),
        user=make_user(is_staff=True),
        page_size=10,
    )
    assert [hit.message_id for hit in found.hits] == [new.pk]
