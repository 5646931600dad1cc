"""Browsers that remember who has signed in with them, and mail about those that do not."""

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from messaging.models import AuditEntry, StaffSettings
from messaging.services.access.known_devices import MOST_PEOPLE, is_known, remember
from tests.factories import make_user
from tests.processes import until

pytestmark = pytest.mark.django_db

PASSWORD = "a good pass phrase"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def ana() -> User:
    """Somebody who has signed in before."""
    return make_user("ana", email="ana@example.com", last_login=timezone.now())


def cookie_after(*people: User, cookie: str = "") -> str:
    for user in people:
        response = HttpResponse()
        remember(response, cookie=cookie, user=user)
        cookie = response.cookies["device"].value
    return cookie


def sign_in(client: Client, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            "/accounts/login/",
            {"username": "ana", "password": PASSWORD},
            headers={"User-Agent": AGENT},
            REMOTE_ADDR="203.0.113.9",
        )


def test_a_browser_knows_the_people_who_signed_in_with_it():
    ana, tom, eve = make_user(), make_user(), make_user()

    cookie = cookie_after(ana, tom)

    assert [is_known(cookie, user=user) for user in (ana, tom, eve)] == [True, True, False]


def test_it_forgets_those_of_long_ago_and_an_old_password():
    people = [make_user() for _ in range(MOST_PEOPLE + 1)]

    cookie = cookie_after(*people)

    assert [is_known(cookie, user=user) for user in people] == [False] + [True] * MOST_PEOPLE
    people[-1].set_password("another pass phrase")
    assert not is_known(cookie, user=people[-1])


@pytest.mark.parametrize("cookie", ["", "x", "\0", "a:b:c", "x" * 100_000, "📱"])
def test_what_we_did_not_write_knows_nobody(ana, cookie):
    assert not is_known(cookie, user=ana)


def test_over_https_no_other_host_can_plant_it(ana, settings):
    settings.SESSION_COOKIE_SECURE = True
    response = HttpResponse()

    remember(response, cookie="", user=ana)

    cookie = response.cookies["__Host-device"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (
        True, True, "/", "",
    )  # fmt: skip


def test_the_person_is_told_of_a_new_device_once(ana, django_capture_on_commit_callbacks):
    StaffSettings.objects.create(user=ana, language="zh-hans")
    client = Client()

    sign_in(client, django_capture_on_commit_callbacks)
    until(lambda: mail.outbox, what="the mail")
    client.post("/accounts/logout/")
    sign_in(client, django_capture_on_commit_callbacks)
    other = Client()
    sign_in(other, django_capture_on_commit_callbacks)
    until(lambda: len(mail.outbox) == 2, what="the mail of the other device")

    assert {each.subject for each in mail.outbox} == {"[didsms] 您的账号有新的登录"}
    assert "Linux 上的 Firefox" in mail.outbox[0].body
    assert "203.0.113.9" in mail.outbox[0].body
    rows = AuditEntry.objects.filter(action="sign_in").order_by("id")
    assert [row.changes.get("device") for row in rows] == ["new", None, "new"]


def test_the_first_sign_in_of_all_is_no_news(django_capture_on_commit_callbacks):
    make_user("ana", email="ana@example.com")

    sign_in(Client(), django_capture_on_commit_callbacks)

    assert [row.changes for row in AuditEntry.objects.filter(action="sign_in")] == [{}]
