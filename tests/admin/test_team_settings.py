"""What administrators decide for the whole team."""

import pytest

from messaging.models import TeamSettings
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LIST = "/admin/messaging/teamsettings/"


def test_administrator_changes_the_only_row(client):
    client.force_login(make_user("root", is_staff=True))

    response = client.get(LIST)
    assert response["Location"] == f"{LIST}1/change/"
    client.post(response["Location"], {"staff_create_replies": "on"})

    row = TeamSettings.objects.get()
    assert (row.staff_create_labels, row.staff_create_replies) == (False, True)
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(f"{LIST}1/delete/").status_code == 403


def test_who_is_no_administrator_does_not_get_there(client):
    client.force_login(make_user("tom"))

    response = client.get(LIST)

    assert response.status_code == 302
    assert not TeamSettings.objects.exists()
