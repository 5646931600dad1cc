"""The migration that lets a shared reply's shortcut exist once, whatever its capitals."""

import pytest
from django.db import IntegrityError

from messaging.models import CannedReply
from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0032_fill_error_codes")


@pytest.mark.nightly
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_replies_that_only_capitals_told_apart_are_numbered():
    old = migrate(BEFORE).get_model("messaging", "CannedReply")
    try:
        for shortcut in ("Hours", "hours-2", "hours", "HOURS", "x" * 30, "X" * 30, "other"):
            old.objects.create(shortcut=shortcut, content=f"text of {shortcut}")
    finally:
        migrate()

    assert list(CannedReply.objects.order_by("pk").values_list("shortcut", "content", "owner")) == [
        ("Hours", "text of Hours", None),
        ("hours-2", "text of hours-2", None),
        ("hours-3", "text of hours", None),
        ("HOURS-4", "text of HOURS", None),
        ("x" * 30, f"text of {'x' * 30}", None),
        ("X" * 28 + "-2", f"text of {'X' * 30}", None),
        ("other", "text of other", None),
    ]
    with pytest.raises(IntegrityError):
        CannedReply.objects.create(shortcut="OTHER", content="x")
