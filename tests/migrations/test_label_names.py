"""The migration that lets a label's name exist once, whatever its capitals."""

import pytest
from django.db import IntegrityError

from messaging.models import Label
from tests.migrations.old_states import migrate

BEFORE = ("messaging", "0011_opt_outs_that_allow_a_number")


@pytest.mark.nightly
@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_labels_that_only_capitals_told_apart_are_numbered():
    old = migrate(BEFORE).get_model("messaging", "Label")
    long = "a name of thirty characters ab"
    names = ["VIP", "vip (2)", "vip", "Vip", long, long.upper(), "other"]
    try:
        for name in names:
            old.objects.create(name=name)
    finally:
        migrate()

    assert list(Label.objects.order_by("pk").values_list("name", flat=True)) == [
        "VIP",
        "vip (2)",
        "vip (3)",
        "Vip (4)",
        long,
        "A NAME OF THIRTY CHARACTER (2)",
        "other",
    ]
    with pytest.raises(IntegrityError):
        Label.objects.create(name="OTHER")
