"""What browsers may keep, share and do with what they were shown."""

import pytest
from django.test import Client

from didsms_site.http.browser_headers import PERMISSIONS_POLICY
from tests.factories import make_did, make_inbound, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    make_inbound(make_did())
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(
    "path",
    [
        "/inbox/open/",
        "/inbox/parts/sidebar/",
        "/settings/",
        "/accounts/login/",
        "/admin/",
        "/admin/messaging/message/",
        "/api/v1/",
        "/api/v1/messages/",
        "/api/v1/docs/",
        "/api/v1/no-such-thing/",
        "/live/poll/",
        "/metrics",
        "/readyz",
        "/no-such-page/",
    ],
)
def test_nothing_that_a_person_was_shown_is_stored(boss: Client, path: str):
    response = boss.get(path, follow=True)

    assert "no-store" in response.headers["Cache-Control"]


def test_pages_and_the_api_say_what_they_never_use_and_who_may_show_them(boss: Client):
    for path in ("/inbox/open/", "/api/v1/messages/", "/accounts/login/", "/no-such-page/"):
        headers = boss.get(path).headers
        assert headers["Permissions-Policy"] == PERMISSIONS_POLICY
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_static_files_keep_their_long_lives(client: Client):
    response = client.get("/static/messaging/css/notice.css")
    response.close()
    headers = response.headers

    assert "no-store" not in headers["Cache-Control"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/accounts/logout/", "/admin/logout/"])
def test_a_log_out_clears_what_was_cached_and_leaves_drafts_and_language(boss: Client, path: str):
    assert "Clear-Site-Data" not in boss.get("/inbox/open/").headers

    response = boss.post(path)

    assert response.headers["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in boss.get("/accounts/login/").headers


@pytest.mark.parametrize("path", ["/accounts/login/", "/api/v1/messages/", "/healthz"])
def test_no_answer_allows_another_origin(client, path):
    for method in (client.get, client.options):
        answer = method(path, headers={"Origin": "https://evil.example"})

        assert [name for name in answer.headers if name.startswith("Access-Control")] == []
