"""The page of one's API keys."""

import pytest
from rest_framework.authtoken.models import Token

from messaging.models import ApiKey, StaffAccess
from messaging.services.access.api_keys import NewKey, create_key
from messaging.services.access.key_lookup import key_of
from tests.factories import NOW, make_did, make_user, show_who

pytestmark = pytest.mark.django_db
PAGE = "/settings/keys/"


@pytest.fixture
def ana(client):
    ana = make_user("ana")
    client.force_login(ana)
    show_who(client)
    return ana


def key_for(owner):
    new = NewKey(name=f"key of {owner.username}", scopes=["messages:read"])
    return create_key(new, owner=owner, by=owner, at=NOW)[0]


def test_a_new_key_is_shown_in_one_answer_and_works(client, ana):
    did = make_did(members=(ana,))

    made = client.post(
        PAGE,
        {"name": "Shop", "scopes": ["messages:send"], "numbers": [did.number], "days": "30"},
    )
    again = client.get(PAGE).content.decode()

    key = key_of(made.context["made"])
    assert (key.user, key.name, key.number_ids) == (ana, "Shop", {did.pk})
    assert (key.expires_at - key.created_at).days == 30
    assert made.context["made"] in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert made.context["made"] not in again
    assert key.prefix in again


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 100_000},
        {"name": "a\0b"},
        {"scopes": []},
        {"scopes": ["audit:read"]},
        {"scopes": ["x" * 100_000]},
        {"numbers": ["7"]},
        {"numbers": ["\0"]},
        {"numbers": ["9" * 100]},
        {"days": "1"},
        {"owner": "7"},
        {"owner": "9" * 100},
        {"owner": "\0"},
    ],
)
def test_what_cannot_be_used_is_said_on_the_page(client, ana, change):
    given = {"name": "Shop", "scopes": ["messages:send"], "days": "", **change}

    response = client.post(PAGE, given)

    assert (response.status_code, ApiKey.objects.exists()) == (422, False)


def test_a_key_is_revoked_by_its_owner_and_by_no_other(client, ana):
    mine, other = key_for(ana), key_for(make_user("bob"))

    answers = [client.post(f"{PAGE}{key.pk}/revoke/").status_code for key in (mine, other)]

    assert answers == [302, 404]
    assert [ApiKey.objects.get(pk=key.pk).revoked_at is None for key in (mine, other)] == [
        False,
        True,
    ]


def test_administrators_make_and_see_keys_of_service_accounts(client):
    shop, bob, boss = make_user("shop"), make_user("bob"), make_user("boss", is_staff=True)
    StaffAccess.objects.create(user=shop, is_service_account=True)
    key_for(bob)
    client.force_login(boss)
    show_who(client)

    made = client.post(PAGE, {"name": "Shop", "scopes": ["messages:send"], "owner": shop.pk})
    refused = client.post(PAGE, {"name": "Shop", "scopes": ["messages:send"], "owner": bob.pk})

    assert key_of(made.context["made"]).user == shop
    assert refused.status_code == 422
    assert [key.user for key in made.context["keys"]] == [shop]


def test_the_page_warns_of_a_token_of_before(client, ana):
    assert client.get(PAGE).context["old_token"] == ""
    token = Token.objects.create(user=ana)

    page = client.get(PAGE).content.decode()

    assert f"{token.key[:4]}…" in page
    assert token.key not in page


def test_a_service_account_signs_in_nowhere(client):
    shop = make_user("shop", email="shop@example.com")
    client.force_login(shop)
    before = client.get("/settings/").status_code
    StaffAccess.objects.create(user=shop, is_service_account=True)

    def sign_in():
        words = {"username": "shop", "password": "a good pass phrase"}
        return client.post("/accounts/login/", words).status_code

    assert (before, client.get("/settings/").status_code, sign_in()) == (200, 302, 200)
