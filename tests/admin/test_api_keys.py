"""API keys in the admin."""

import pytest

from messaging.models import ApiKey, AuditEntry, StaffAccess
from messaging.services.access.api_keys import NewKey, create_key
from tests.factories import NOW, make_user, show_who

pytestmark = pytest.mark.django_db
LIST = "/admin/messaging/apikey/"


@pytest.fixture
def key(client):
    client.force_login(make_user("boss", is_staff=True))
    show_who(client)
    ana = make_user("ana")
    new = NewKey(name="shop", scopes=["messages:read"])
    return create_key(new, owner=ana, by=ana, at=NOW)[0]


def test_administrators_see_all_keys_and_change_their_limit_alone(client, key):
    page = client.get(LIST).content.decode()
    changed = client.post(
        f"{LIST}{key.pk}/change/", {"requests_per_minute": "60", "scopes": "audit:read"}
    )

    key.refresh_from_db()
    assert key.prefix in page
    assert changed.status_code == 302
    assert (key.requests_per_minute, key.scopes) == (60, "messages:read")
    assert AuditEntry.objects.filter(action="changed", object_type="apikey").exists()
    assert client.get(f"{LIST}add/").status_code == 403


def test_selected_keys_are_revoked(client, key):
    client.post(LIST, {"action": "revoke", "_selected_action": [key.pk]})

    assert ApiKey.objects.get().revoked_at is not None
    assert AuditEntry.objects.filter(action="key_revoked").exists()


def test_an_account_of_a_program_gets_no_invitation(client, key):
    response = client.post(
        "/admin/auth/user/add/",
        {"username": "shop", "email": "shop@example.com", "is_service_account": "on"},
    )

    access = StaffAccess.objects.get(user__username="shop")
    assert (response.status_code, response["Location"]) == (302, "/settings/keys/")
    assert access.is_service_account
    assert client.post(f"/admin/auth/user/{access.user_id}/link/").status_code == 404
