"""The resource for the health of numbers."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.models import HealthAlarm
from tests.factories import make_did, make_inbound
from tests.services.operations.test_number_hours import make_sent

HEALTH = "/api/v1/health/"
pytestmark = pytest.mark.django_db


def test_a_member_sees_their_numbers_and_nothing_of_the_line(api, ana):
    now = timezone.now()
    mine, _other = make_did(members=(ana,)), make_did("34911111111")
    make_inbound(mine, at=now - timedelta(hours=2))
    make_sent(mine, at=now - timedelta(minutes=20), receipt_after=4)
    make_sent(mine, at=now - timedelta(minutes=20))
    HealthAlarm.objects.create(kind="clock", began_at=now)
    HealthAlarm.objects.create(
        kind="number_silent", did_number=mine, facts={"hours": 3, "usual": 14}, began_at=now
    )

    body = api.get(HEALTH).json()

    assert body["alarms"] == []
    (number,) = body["numbers"]
    (alarm,) = number.pop("alarms")
    assert number.pop("last_inbound_at").endswith("Z")
    assert number == {
        "number": mine.number,
        "last_receipt_at": None,
        "receipt_p50_seconds": 4.0,
        "share_without_receipt": 0.5,
        "usual_share_without_receipt": None,
    }
    assert (alarm["kind"], alarm["facts"]) == ("number_silent", {"hours": 3, "usual": 14})
    assert alarm["detail"] == "Front desk: silent for 3 h; usually 14 texts by now."


def test_an_administrator_sees_every_number_and_the_line(admin_api):
    make_did()
    make_did("34911111111")
    HealthAlarm.objects.create(kind="clock", facts={"offset_seconds": 40}, began_at=timezone.now())

    body = admin_api.get(HEALTH).json()

    assert len(body["numbers"]) == 2
    assert [alarm["kind"] for alarm in body["alarms"]] == ["clock"]
