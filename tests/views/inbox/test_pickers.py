"""What a picker offers, to whom, and how it works without a script."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from messaging.models import Label, TeamSettings
from tests.factories import make_conversation, make_did, make_user

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def tom(client):
    user = make_user("tom", first_name="Tom")
    client.force_login(user)
    return user


def names_in(response) -> list[str]:
    """The names of the options, in their order."""
    return [
        name for name in re.findall(r'class="name">([^<]*)<', response.content.decode()) if name
    ]


# --- Colleagues ---


def test_members_of_a_number_and_administrators_are_offered(client, tom):
    did = make_did(members=(tom, make_user("eva", first_name="Eva")))
    make_did("34910000000", members=(make_user("olga", first_name="Olga"),))
    make_user("root", first_name="Ruth", is_staff=True)
    make_user("gone", first_name="Gone", is_staff=True, is_active=False)

    response = client.get(f"/inbox/pickers/assign/?number={did.pk}", headers=PART)

    assert names_in(response) == ["Assign to me", "Unassigned", "Eva", "Ruth"]


def test_for_a_selection_everyone_with_a_number_in_common_is_offered(client, tom):
    make_did(members=(tom, make_user("eva", first_name="Eva")))
    make_did("34910000000", members=(tom, make_user("li", first_name="Li")))
    make_did("34910000001", members=(make_user("olga", first_name="Olga"),))

    response = client.get("/inbox/pickers/assign/", headers=PART)

    assert names_in(response) == ["Assign to me", "Unassigned", "Eva", "Li"]


def test_an_administrator_is_offered_everybody_who_answers_a_number(client):
    client.force_login(make_user("root", is_staff=True))
    make_did(members=(make_user("olga", first_name="Olga"),))
    make_user("nina", first_name="Nina")  # answers no number

    response = client.get("/inbox/pickers/assign/", headers=PART)

    assert names_in(response) == ["Assign to me", "Unassigned", "Olga"]


@pytest.mark.parametrize(
    "address",
    [
        "/inbox/pickers/assign/?number={did}",
        "/inbox/pickers/assign/?conversation={conversation}",
        "/inbox/pickers/label/?conversation={conversation}",
        "/inbox/pickers/snooze/?conversation={conversation}",
        "/inbox/pickers/number/?conversation={conversation}",
        "/inbox/pickers/number/",
        "/inbox/pickers/nonsense/",
    ],
)
@pytest.mark.parametrize("headers", [PART, {}], ids=["part", "page"])
def test_what_somebody_may_not_see_is_not_there(client, tom, address, headers):
    did = make_did()
    conversation = make_conversation(did)

    response = client.get(address.format(did=did.pk, conversation=conversation.pk), headers=headers)

    assert response.status_code == 404


def test_who_is_not_signed_in_is_offered_nothing(client):
    assert client.get("/inbox/pickers/label/", headers=PART).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("address", "queries"),
    [
        ("/inbox/pickers/assign/", 2),
        ("/inbox/pickers/label/", 3),
        ("/inbox/pickers/snooze/", 1),
    ],
)
def test_number_of_queries_does_not_depend_on_how_much_is_offered(
    client, tom, count, address, queries, django_assert_num_queries
):
    for number in range(count):
        Label.objects.create(name=f"label {number}")
        make_did(f"4420794601{number}", members=(tom, make_user(f"colleague{number}")))
    client.get(address, headers=PART)

    with django_assert_num_queries(queries):
        client.get(address, headers=PART)


# --- Labels and numbers ---


def test_labels_are_in_natural_order(client, tom):
    for name in ("L10", "L2", "éclair", "zebra", "Alpha"):
        Label.objects.create(name=name)

    response = client.get("/inbox/pickers/label/", headers=PART)

    assert names_in(response) == ["Alpha", "éclair", "L2", "L10", "zebra"]


def test_labels_for_a_selection_wait_to_hear_how_many_carry_them(client, tom):
    Label.objects.create(name="VIP")

    html = client.get("/inbox/pickers/label/?many=1", headers=PART).content.decode()

    assert re.findall(r'aria-checked="(\w+)" data-state="(\w+)"', html) == [("false", "none")]


def test_other_active_numbers_of_the_user_are_offered(client, tom):
    conversation = make_conversation(make_did(members=(tom,)), phone="34600000000")
    other = make_did("34910000000", label="Billing", members=(tom,))
    make_did("34910000001", label="Of others")
    asleep = make_did("34910000002", label="Asleep", members=(tom,))
    asleep.is_active = False
    asleep.save()

    response = client.get(f"/inbox/pickers/number/?conversation={conversation.pk}", headers=PART)

    assert names_in(response) == ["Billing"]
    assert f"/inbox/new/?sender={other.pk}&amp;phone=%2B34600000000" in (
        response.content.decode().replace("&phone", "&amp;phone")
    )


def test_sidebar_is_in_natural_order_and_stays_folded(client, tom):
    for number, label in (("34910000010", "L10"), ("34910000002", "L2")):
        make_did(number, label=label, members=(tom,))
    Label.objects.create(name="VIP")
    client.cookies["folded"] = "labels"

    html = client.get("/inbox/parts/sidebar/").content.decode()

    assert re.findall(r">(L\d+)<", html) == ["L2", "L10"]
    assert re.findall(r'data-fold="(\w+)"( open)?>', html) == [("numbers", " open"), ("labels", "")]


def test_numbers_with_one_label_are_told_apart_by_their_digits(client, tom):
    for number, label in (("34910000010", "Sales"), ("34910000002", "sales"), ("34910000003", "")):
        make_did(number, label=label, members=(tom,))
    make_did("34910000004", label="Billing", members=(tom,))
    make_did("34910000005", label="Billing")  # of others, whom Tom does not know of

    sidebar = client.get("/inbox/parts/sidebar/").content.decode()
    inbox = client.get("/inbox/all/").content.decode()

    assert re.findall(r'class="which num"><bdi>([^<]*)<', sidebar) == [
        "+34 910 00 00 10",
        "+34 910 00 00 02",
    ]
    offered = inbox[inbox.index('id="filter-number"') :].partition("</select>")[0]
    assert re.findall(r">([^<>]+)</option>", offered) == [
        "Any number",
        "+34 910 00 00 03",
        "Billing",
        "Sales +34 910 00 00 10",
        "sales +34 910 00 00 02",
    ]


# --- Without a script ---


def test_every_choice_is_a_button_on_a_page_of_its_own(client, tom):
    eva = make_user("eva", first_name="Eva")
    did = make_did(members=(tom, eva))
    conversation = make_conversation(did, phone="34600000000", name="Elena", at=timezone.now())
    back = f"/inbox/mine/{conversation.pk}/"

    page = client.get(f"/inbox/pickers/assign/?conversation={conversation.pk}&next={back}")
    assert 'role="option"' not in page.content.decode()
    assert f'name="next" value="{back}"' in page.content.decode()
    answer = client.post(
        f"/conversations/{conversation.pk}/assign/", {"assignee": eva.pk, "next": back}
    )

    assert answer["Location"] == back
    conversation.refresh_from_db()
    assert conversation.assignee == eva


def test_a_page_leads_back_to_no_other_site(client, tom):
    conversation = make_conversation(make_did(members=(tom,)), phone="34600000000")

    page = client.get(
        f"/inbox/pickers/label/?conversation={conversation.pk}&next=https://evil.example/"
    )

    assert "evil.example" not in page.content.decode()


# --- New labels ---


def test_new_label_is_created_and_put_on(client, tom):
    conversation = make_conversation(make_did(members=(tom,)), phone="34600000000")
    address = f"/conversations/{conversation.pk}/labels/"

    response = client.post(address, {"new": "VIP"}, headers={"Accept": "application/json"})

    assert (response.status_code, response.json()["text"]) == (200, "Labels changed.")
    assert [label.name for label in conversation.labels.all()] == ["VIP"]


def test_new_label_is_put_on_a_selection(client, tom):
    did = make_did(members=(tom,))
    ids = [make_conversation(did, phone=f"3460000000{number}").pk for number in range(3)]
    fields = {"action": "label", "new": "VIP"}

    for portion in (ids[:2], ids[2:]):
        client.post("/inbox/bulk/", {**fields, "conversation": portion})

    assert Label.objects.get().conversations.count() == 3


def test_where_only_administrators_create_labels_nothing_offers_it(client, tom):
    TeamSettings.objects.create(pk=1, staff_create_labels=False)
    conversation = make_conversation(make_did(members=(tom,)), phone="34600000000")

    part = client.get("/inbox/pickers/label/", headers=PART).content.decode()
    page = client.get(f"/inbox/pickers/label/?conversation={conversation.pk}").content.decode()
    response = client.post(
        f"/conversations/{conversation.pk}/labels/",
        {"new": "VIP"},
        headers={"Accept": "application/json"},
    )

    assert ("data-create" in part, 'name="new"' in page) == (False, False)
    assert (response.status_code, response.json()["code"]) == (422, "not_allowed")
    assert not Label.objects.exists()
