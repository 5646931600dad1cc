import pytest

from messaging.models import CannedReply, Conversation, DidNumber, Label
from messaging.services.operations.demo_data import seed_demo
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_the_demo_has_a_number_labels_and_saved_replies_but_no_invented_conversations():
    boss = make_user("boss", is_staff=True)

    number = seed_demo(members=[boss])

    assert (number.number, number.label) == ("8615088888888", "Front desk")
    assert list(number.members.all()) == [boss]
    assert list(Label.objects.values_list("name", flat=True)) == [
        "Appointment",
        "Invoice",
        "Urgent",
        "VIP",
    ]
    assert list(CannedReply.objects.values_list("shortcut", flat=True)) == ["hours", "thanks"]
    assert Conversation.objects.count() == 0


def test_making_the_demo_again_changes_nothing():
    number = seed_demo(members=[])
    DidNumber.objects.update(label="Mine now")

    seed_demo(members=[])

    assert [str(row) for row in DidNumber.objects.all()] == [f"Mine now {number.formatted}"]
    assert Label.objects.count() == 4
