"""The migration that cleans up after texts that were hidden before there were digests."""

import pytest

from messaging.models import Message, Push
from messaging.services.receiving.record import record_push
from tests.factories import DID, NOW, PHONE, form_envelope, make_did
from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0060_date_style")


@pytest.mark.nightly
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_what_came_back_of_a_hidden_text_goes_and_its_repeat_is_still_known():
    make_did()
    without_id = form_envelope(at=NOW, toPhone=DID, fromPhone=PHONE, content="4111 1111")
    hidden = record_push(envelope=without_id).message
    other = form_envelope(at=NOW, messageId="1", toPhone=DID, fromPhone=PHONE, content="Hi")
    record_push(envelope=other)
    old = migrate(BEFORE)
    try:
        old.get_model("messaging", "Message").objects.filter(pk=hidden.pk).update(
            content="(gone)", redacted_at=NOW
        )
    finally:
        migrate()

    assert [bytes(push.raw_body) for push in Push.objects.order_by("pk")] == [
        b"(hidden)",
        other.raw_body,
    ]
    assert record_push(envelope=without_id).outcome == "duplicate"
    assert Message.objects.filter(dedup_key__startswith="sha256:").count() == 0
