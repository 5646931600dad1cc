"""The migration that gives what went wrong before there were codes a code."""

import pytest

from tests.factories import NOW
from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0031_message_error_code")
FILLED = ("messaging", "0032_fill_error_codes")
MESSAGES = [
    # status, provider_code, error, error_code
    ("failed", "12002", "The number does not belong to this account.", "12002"),
    ("failed", "", "The provider refused it (HTTP 422).", "refused"),
    ("queued", "", "The provider could not be reached; nothing was sent.", "unreachable"),
    ("queued", "1102", "The account's balance is used up: top it up.", "1102"),
    ("queued", "", "", None),
    ("unconfirmed", "", "The program stopped while it was being sent: it may …", "worker_lost"),
    ("unconfirmed", "0", "The provider's answer contradicts itself: …", "no_answer"),
    ("undelivered", "0", "Not delivered; the carrier gave no reason.", "not_delivered"),
    ("blocked", "1102", "The contact opted out before it was sent.", "opted_out"),
    ("canceled", "", "Canceled by tom.", "canceled"),
    ("canceled", "", "", None),
    ("blocked", "", "Words that nobody knows any more.", "other"),
    ("delivered", "0", "", None),
]


@pytest.mark.nightly
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_every_error_has_a_code_and_no_other_message_has_one():
    old = migrate(BEFORE)
    try:
        did = old.get_model("messaging", "DidNumber").objects.create(number="8615088888888")
        contact = old.get_model("messaging", "Contact").objects.create(
            phone="34612345678", phone_key="34612345678", created_at=NOW
        )
        conversation = old.get_model("messaging", "Conversation").objects.create(
            did_number=did, contact=contact, last_activity_at=NOW
        )
        for status, provider_code, error, _code in MESSAGES:
            old.get_model("messaging", "Message").objects.create(
                conversation=conversation,
                did_number=did,
                direction="outbound",
                status=status,
                content="Hello",
                created_at=NOW,
                provider_code=provider_code,
                error=error,
                queued_at=NOW,
                not_before=NOW,
                attempt_started_at=NOW,
            )
        filled = migrate(FILLED).get_model("messaging", "Message")
        found = list(filled.objects.order_by("pk").values_list("error_code", flat=True))
    finally:
        migrate()

    assert found == [code for _status, _provider_code, _error, code in MESSAGES]
