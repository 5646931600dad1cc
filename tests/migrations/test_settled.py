"""The migration that notes what was settled without an answer."""

from datetime import UTC, datetime

import pytest

from messaging.models import Conversation
from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0061_status_change_code")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.nightly
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_only_what_nobody_answered_and_nobody_owes_an_answer_is_settled():
    old = migrate(BEFORE)
    try:
        did = old.get_model("messaging", "DidNumber").objects.create(number="8615088888888")
        contacts = old.get_model("messaging", "Contact").objects
        made = {}
        for number, (name, is_due, reply) in enumerate(
            [
                ("stopped", False, None),
                ("due", True, None),
                ("answered", False, "sent"),
                ("reply canceled", False, "canceled"),
            ]
        ):
            conversation = old.get_model("messaging", "Conversation").objects.create(
                did_number=did,
                contact=contacts.create(phone=f"3460000000{number}", phone_key=str(number)),
                last_activity_at=NOW,
                needs_reply_since=NOW if is_due else None,
            )
            messages = old.get_model("messaging", "Message").objects
            fields = {"conversation": conversation, "did_number": did, "created_at": NOW}
            inbound = messages.create(direction="inbound", status="received", **fields)
            conversation.last_inbound_id = inbound.pk
            conversation.save()
            if reply:
                messages.create(direction="outbound", status=reply, **fields)
            made[conversation.pk] = (name, inbound.pk)
    finally:
        migrate()

    settled = dict(Conversation.objects.values_list("pk", "settled_message_id"))
    assert {name: settled[pk] == inbound_id for pk, (name, inbound_id) in made.items()} == {
        "stopped": True,
        "due": False,
        "answered": False,
        "reply canceled": True,
    }
