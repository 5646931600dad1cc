"""Refused calls of the webhook in the admin."""

import re
from datetime import UTC, datetime

import pytest
from django.conf import settings

from messaging.admin.rejection_labels import REJECTIONS
from messaging.models import (
    RejectedRequestCount,
)
from tests.admin.pages import page, words_in_code

pytestmark = pytest.mark.django_db


def test_every_reason_of_a_refused_call_has_its_words():
    reasons = words_in_code(
        r'_Refused\(\d+, "(\w+)"\)',
        r'NotAuthentic\("(\w+)"\)',
        r'count_rejected_request\("(\w+)"\)',
    )
    bodies = (settings.BASE_DIR / "didsms_site" / "server" / "bodies.py").read_text("utf-8")
    reasons |= set(re.findall(r'BodyRefused\(\d+, "(\w+)"\)', bodies))

    assert {"wrong_path_secret", "unsigned_json", "bad_sign", "too_large"} < reasons
    assert reasons - set(REJECTIONS) == set()


def test_refused_calls_are_counted_under_words_with_the_word_for_engineers_beside_them(admin):
    last_at = datetime(2026, 11, 22, 9, 0, 5, tzinfo=UTC)
    for reason in ("bad_sign", "of_another_version"):
        row = RejectedRequestCount.objects.create(
            day=last_at.date(), reason=reason, count=3, last_at=last_at
        )

    listing = page(admin, "messaging_rejectedrequestcount_changelist")
    own = page(admin, "messaging_rejectedrequestcount_change", row.pk)

    said = '<span title="{}">{}</span>'
    assert (
        said.format("bad_sign", "Its signature was wrong. Compare the access secrets.") in listing
    )
    assert ">Its signature was wrong. Compare the access secrets.</a>" in listing  # the filter
    assert re.findall(r"field-day.*?<a [^>]*>([^<]+)</a>", listing) == ["22 Nov 2026"] * 2
    assert re.findall(r'field-last_at nowrap">([^<]+)<', listing) == ["22 Nov 2026, 09:00:05"] * 2
    assert said.format("of_another_version", "of_another_version") in own
