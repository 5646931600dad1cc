"""Administrators define the fields of contacts."""

import pytest

from messaging.admin import contact_fields
from messaging.models import AuditEntry, ContactField, contact_field
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LIST = "/admin/messaging/contactfield/"
NEW = {
    "name": "Plan",
    "key": "plan",
    "kind": "choice",
    "position": "1",
    "choices_text": "a\nA\n\n b  c ",
}


@pytest.fixture
def admin_client(client):
    client.force_login(make_user("root", is_staff=True))
    return client


def test_a_field_is_defined_changed_and_archived(admin_client):
    admin_client.post(f"{LIST}add/", NEW)
    field = ContactField.objects.get()
    assert (field.key, field.choices, field.archived_at) == ("plan", ["a", "b c"], None)
    assert "{plan}" in admin_client.get(LIST).content.decode()

    change = f"{LIST}{field.pk}/change/"
    admin_client.post(change, {**NEW, "key": "other", "kind": "text", "is_archived": "on"})
    field.refresh_from_db()
    assert (field.key, field.choices, field.kind) == ("plan", [], "text")
    assert field.archived_at is not None
    admin_client.post(change, {**NEW, "kind": "text"})
    field.refresh_from_db()
    assert field.archived_at is None
    assert admin_client.get(f"{LIST}{field.pk}/delete/").status_code == 403
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["created", "changed", "changed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "Plan"},
        {"key": "1plan"},
        {"key": "my_name"},
        {"key": "x" * 41},
        {"key": "a\0b"},
        {"name": ""},
        {"name": "x" * 100_000},
        {"choices_text": " \n "},
        {"choices_text": "x" * 301},
        {"choices_text": "\n".join(map(str, range(51)))},
        {"name": "CITY"},
        {"key": "city"},
    ],
    ids=str,
)
def test_what_cannot_be_a_field_is_refused(admin_client, wrong):
    ContactField.objects.create(key="city", name="City")
    assert admin_client.post(f"{LIST}add/", {**NEW, **wrong}).status_code == 200
    assert ContactField.objects.count() == 1


def test_there_are_so_many_fields_at_most(admin_client, monkeypatch):
    monkeypatch.setattr(contact_fields, "MOST_DEFINED", 0)
    assert contact_field.MOST_DEFINED > 0
    assert "already have 0 fields" in admin_client.post(f"{LIST}add/", NEW).content.decode()
    assert not ContactField.objects.exists()
