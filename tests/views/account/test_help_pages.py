"""The help pages as they are shown."""

import pytest

from messaging.models import StaffSettings
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_help_is_shown_without_signing_in(client):
    response = client.get("/help/")

    assert response.status_code == 200
    assert "<h1" in response.content.decode()
    assert 'href="/help/replying/?language=en"' in response.content.decode()


def test_help_is_in_the_readers_language_and_leads_to_the_other(client):
    user = make_user("ana")
    StaffSettings.objects.create(user=user, language="zh-hans")
    client.force_login(user)

    chinese = client.get("/help/opt-outs/").content.decode()
    english = client.get("/help/opt-outs/?language=en").content.decode()

    assert '<html lang="zh-hans"' in chinese
    assert '<main id="content" lang="zh-hans">' in chinese
    assert 'href="/help/opt-outs/?language=en"' in chinese
    assert '<main id="content" lang="en">' in english


def test_the_current_page_is_marked_in_the_contents(client):
    html = client.get("/help/delivery/").content.decode()

    # Once in the column, once in the folded list of a phone.
    assert html.count('aria-current="page"') == 2


def test_a_page_that_is_not_there_is_not_found(client):
    assert client.get("/help/nothing/").status_code == 404


def test_help_needs_no_database_and_takes_no_form(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/help/start/")

    assert client.post("/help/start/").status_code == 405


def test_the_account_menu_the_list_of_keys_and_the_sign_in_page_lead_to_help(client):
    sign_in = client.get("/accounts/login/").content.decode()
    client.force_login(make_user("ana"))
    inbox = client.get("/inbox/open/").content.decode()

    assert sign_in.count('href="/help/"') == 1
    assert inbox.count('href="/help/"') == 2
