"""What many messages would cost is told before one of them is sent."""

from decimal import Decimal

import pytest

from messaging.models import Contact, Message
from messaging.services.outbox.api_message import Addressed
from messaging.services.outbox.new_message import NewMessage
from messaging.services.reports.estimate import estimate
from tests.factories import NOW, make_did, make_user

from .test_prices import charge, count

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def asked(phone, *, sender="8615088888888", content="Hello"):
    return Addressed(new=NewMessage(content=content), sender=sender, phone=phone)


def test_segments_are_priced_by_country_and_nothing_is_written():
    user = make_user("ana")
    number = make_did(members=(user,))
    charge(number, "34612345678", "0.04")
    charge(number, "447700900123", "0.03")
    count()
    before = (Message.objects.count(), Contact.objects.count())

    found = estimate(
        [
            asked("+34 611 111 111"),
            asked("+34 611 111 112", content="x" * 200),
            asked("+44 7700 900999"),
            asked("+1 415 555 2671"),
            asked("12"),
            asked("+34 611 111 113", sender="34999999999"),
        ],
        user=user,
        at=NOW,
    )

    assert found.cost == 3 * Decimal("0.04") + Decimal("0.03")
    assert (found.messages, found.segments, found.unpriced, found.refused) == (4, 5, 1, 2)
    assert found.countries == {"ES": 3, "GB": 1, "US": 1}
    assert (Message.objects.count(), Contact.objects.count()) == before


def test_the_numbers_signature_is_counted():
    user = make_user("ana")
    number = make_did(members=(user,))
    number.signature = "y" * 150
    number.save()

    assert estimate([asked("+34 611 111 111")], user=user, at=NOW).segments == 1
    long = asked("+34 611 111 111", content="x" * 20)
    assert estimate([long], user=user, at=NOW).segments == 2
