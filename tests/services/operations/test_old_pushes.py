"""Raw pushes of a number with a time of its own are none of the site's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from messaging.models import NumberRetention, Push
from messaging.services.operations.old_pushes import old_pushes
from tests.factories import NOW, make_did, make_inbound

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_numbers_own_time_holds_before_the_sites():
    own, other = make_did(), make_did("447700900123")
    for did in (own, other):
        for content in ("One", "Two"):
            make_inbound(did, content=content, at=NOW - timedelta(days=100))
    NumberRetention.objects.create(did_number=own, push_days=365)
    of_no_number = Push.objects.create(
        received_at=NOW - timedelta(days=100), raw_body=b"{}", outcome=Push.Outcome.DUPLICATE
    )

    found = old_pushes(days=90, at=NOW)

    assert set(found.values_list("did_number", flat=True)) == {other.pk, None}
    assert of_no_number in found
    assert not old_pushes(days=365, at=NOW, did_number_id=own.pk).exists()
    assert old_pushes(days=50, at=NOW, did_number_id=own.pk).count() == 1
