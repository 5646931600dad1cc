"""Labels that staff create where they use them."""

import pytest

from messaging.models import Label, TeamSettings
from messaging.services.conversations.labels import label_named
from messaging.services.errors import InvalidInput
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def only_administrators():
    TeamSettings.objects.create(pk=1, staff_create_labels=False)


def test_label_is_created_with_the_next_color():
    tom = make_user("tom")

    made = [label_named(name=f"label {number}", by=tom).color for number in range(9)]

    assert made == [0, 1, 2, 3, 4, 5, 6, 7, 0]


@pytest.mark.parametrize("name", ["VIP guests", "vip guests", "  Vip \t GUESTS ", "V\0IP guests"])
def test_name_that_exists_is_that_label_in_any_case(name):
    label = Label.objects.create(name="VIP guests")

    assert label_named(name=name, by=make_user("tom")) == label
    assert Label.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Enter a name."),
        ("   ", "Enter a name."),
        ("\0", "Enter a name."),
        ("x" * 31, "A label has at most 30 characters."),
    ],
)
def test_name_that_cannot_be_used_says_why(name, words):
    with pytest.raises(InvalidInput) as refused:
        label_named(name=name, by=make_user("tom"))

    assert (str(refused.value), refused.value.field) == (words, "new")


def test_administrators_may_keep_creating_to_themselves():
    only_administrators()
    Label.objects.create(name="VIP")
    tom, root = make_user("tom"), make_user("root", is_staff=True)

    with pytest.raises(InvalidInput) as refused:
        label_named(name="new", by=tom)

    assert refused.value.code == "not_allowed"
    assert label_named(name="vip", by=tom).name == "VIP"
    assert label_named(name="new", by=root).name == "new"
