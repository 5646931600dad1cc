"""The resource numbers."""

import pytest

from messaging.models import DidNumber
from tests.api.conftest import client_of
from tests.factories import DID, make_did, make_user

URL = "/api/v1/numbers/"
pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_an_administrator_adds_a_number_in_any_spelling(admin_api, ana):
    response = admin_api.post(
        URL, {"number": "+86 150-8888-8888", "label": "Front desk", "members": ["ana"]}
    )

    number = DidNumber.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": number.pk,
        "number": DID,
        "label": "Front desk",
        "is_active": True,
        "max_per_second": 10,
        "members": ["ana"],
        "roles": {"ana": "agent"},
        "opt_out_keywords": [],
        "signature": "",
    }
    assert list(number.members.all()) == [ana]


def test_an_administrator_deactivates_a_number_and_may_send_it_back_whole(admin_api, ana):
    number = make_did(members=(ana,))
    whole = admin_api.get(f"{URL}{number.pk}/").json()

    response = admin_api.patch(f"{URL}{number.pk}/", whole | {"is_active": False, "members": []})

    assert response.json() == whole | {"is_active": False, "members": [], "roles": {}}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Ana's Bakery", "Ana's Bakery"),
        (" Ana\r\nBakery \n", "Ana\nBakery"),
        ("\u200b", ""),
        ("", ""),
    ],
)
def test_signature_is_kept_as_it_is_sent(admin_api, given, kept):
    number = make_did(signature="An older one")

    response = admin_api.patch(f"{URL}{number.pk}/", {"signature": given})

    assert (response.status_code, response.json()["signature"]) == (200, kept)
    number.refresh_from_db()
    assert number.signature == kept


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "12"}, "number"),
        ({"number": DID}, "number"),
        ({"max_per_second": 0}, "max_per_second"),
        ({"members": ["nobody"]}, "members"),
        ({"members": ["an\0a"]}, "members"),
        ({"opt_out_keywords": ["fin", "start"]}, "opt_out_keywords"),
        ({"opt_out_keywords": "fin"}, "opt_out_keywords"),
        ({"label": "x" * 61}, "label"),
        ({"signature": "x" * 161}, "signature"),
        ({"signature": 7}, "signature"),
        ({"color": "red"}, "color"),
    ],
)
def test_bad_input_is_refused_at_its_field(admin_api, change, field):
    make_did()

    response = admin_api.post(URL, {"number": "34911000000"} | change)

    assert (response.status_code, list(response.json()["fields"])) == (400, [field])


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("12", "invalid_number"),
        ("+49 30 123456 #78", "invalid_number"),
        ("15550123", "invalid_number"),
        ("202 555 0123", "doubtful_number"),
    ],
)
def test_a_number_that_is_not_clear_is_not_added(admin_api, number, code):
    response = admin_api.post(URL, {"number": number})

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(response.json()["fields"]) == ["number"]
    assert not DidNumber.objects.exists()


@pytest.mark.parametrize("number", ["19999999999", 19999999999, "15550001111", "8612000000000"])
def test_plain_digits_of_our_own_need_no_number_plan(admin_api, number):
    response = admin_api.post(URL, {"number": number, "label": "New range"})

    assert (response.status_code, response.json()["number"]) == (201, str(number))


def test_a_number_in_no_plan_is_added_with_a_plus_and_sent_back_as_it_is_shown(admin_api):
    made = admin_api.post(URL, {"number": "+20 25550123"}).json()

    changed = admin_api.patch(f"{URL}{made['id']}/", made | {"label": "Cairo"})

    assert changed.json() == made | {"label": "Cairo"}


def test_an_administrator_gives_a_number_opt_out_keywords_of_its_own(admin_api):
    number = make_did()

    response = admin_api.patch(
        f"{URL}{number.pk}/", {"opt_out_keywords": [" Fin ", "fin", "stop", "Ｎ"]}
    )

    number.refresh_from_db()
    assert (response.status_code, response.json()["opt_out_keywords"], number.opt_out_keywords) == (
        200,
        ["fin", "n"],
        ["fin", "n"],
    )


def test_a_number_is_never_changed_into_another(admin_api):
    number = make_did()

    response = admin_api.patch(f"{URL}{number.pk}/", {"number": "34911000000"})

    assert (response.status_code, list(response.json()["fields"])) == (400, ["number"])


def test_members_read_their_numbers_and_write_none(api, ana):
    number = make_did(members=(ana,))

    assert [row["number"] for row in api.get(URL).json()["results"]] == [DID]
    assert api.patch(f"{URL}{number.pk}/", {"label": "Mine"}).status_code == 403
    assert api.post(URL, {"number": "34911000000"}).status_code == 403


def test_a_stranger_sees_no_number():
    number = make_did()
    stranger = client_of(make_user())

    assert stranger.get(URL).json()["results"] == []
    assert stranger.get(f"{URL}{number.pk}/").status_code == 404


@pytest.mark.parametrize("method", ["delete", "put"])
def test_a_number_is_not_deleted(admin_api, method):
    number = make_did()

    assert getattr(admin_api, method)(f"{URL}{number.pk}/").status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_queries_at_any_length(
    admin_api, ana, rows, django_assert_num_queries
):
    for number in range(rows):
        make_did(f"3491100000{number}", members=(ana,))

    with django_assert_num_queries(3):  # the token, the numbers, their members
        assert len(admin_api.get(URL).json()["results"]) == rows


def test_a_member_named_again_keeps_the_role(admin_api, ana):
    number = make_did(members=(ana,))
    number.memberships.update(role="viewer")
    vera = make_user("vera")

    response = admin_api.patch(f"{URL}{number.pk}/", {"members": ["ana", "vera"]})

    assert response.json()["roles"] == {"ana": "viewer", "vera": "agent"}
    assert vera in number.members.all()


def test_who_becomes_a_viewer_may_not_send(api, ana):
    number = make_did(members=(ana,))
    number.memberships.update(role="viewer")

    assert api.get(f"{URL}{number.pk}/").json()["roles"] == {"ana": "viewer"}
    body = {"sender": number.number, "phone": "+34612345678", "content": "Hello"}
    response = api.post("/api/v1/messages/", body)
    assert (response.status_code, response.json()["code"]) == (400, "unknown_sender")
