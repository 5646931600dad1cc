"""The second step of signing in, and that before it a session is nobody's."""

from datetime import timedelta

import pyotp
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from messaging.models import AuditEntry, StaffSession
from messaging.services.access.authenticator import new_secret, turn_on
from messaging.services.access.recovery_codes import make_codes
from tests.factories import make_user

pytestmark = pytest.mark.django_db

LOGIN, VERIFY = "/accounts/login/", "/accounts/login/verify/"
PASSWORD = "a good pass phrase"
STEP = timedelta(seconds=30)


class App:
    """Somebody's authenticator app, whose next code is one that was not used yet."""

    def __init__(self, user: User) -> None:
        self.totp = pyotp.TOTP(new_secret())
        before = timezone.now()
        code = self.totp.at(before - STEP)
        assert turn_on(user=user, secret=self.totp.secret, code=code, at=before, address="")

    def code(self) -> str:
        return self.totp.at(timezone.now() + STEP)


@pytest.fixture
def ana() -> User:
    return make_user("ana", is_staff=True)


@pytest.fixture
def app(ana) -> App:
    return App(ana)


def give_password(client: Client, next_page: str = "/reports/"):
    return client.post(LOGIN, {"username": "ana", "password": PASSWORD, "next": next_page})


def give_code(client: Client, code: str):
    return client.post(VERIFY, {"code": code})


def test_password_then_code_leads_where_one_wanted_to_go(client, app):
    first = give_password(client)
    page = client.get(VERIFY)
    second = give_code(client, app.code())

    assert (first.status_code, first["Location"]) == (302, VERIFY)
    assert "no-store" in page["Cache-Control"]
    assert (second.status_code, second["Location"]) == (302, "/reports/")
    assert client.get("/inbox/open/").status_code == 200
    assert StaffSession.objects.get(user__isnull=False).user.username == "ana"
    assert AuditEntry.objects.get(action="sign_in").changes == {"factor": "authenticator"}


def test_after_the_password_alone_a_session_is_nobody(client, app, settings):
    give_password(client)

    assert client.get("/inbox/open/").status_code == 302
    assert client.get("/settings/two-step/").status_code == 302
    assert client.get("/admin/").status_code == 302
    assert client.get("/api/v1/numbers/").status_code in (401, 403)
    assert client.get("/live/stream").status_code == 403
    assert client.get("/live/poll/").status_code in (302, 403)
    assert client.get("/metrics").status_code == 403
    assert not StaffSession.objects.filter(user__isnull=False).exists()


def test_the_admins_own_form_leads_to_ours_and_signs_nobody_in(client, app):
    form = {"username": "ana", "password": PASSWORD, "next": "/admin/"}
    response = client.post("/admin/login/", form)

    assert response.status_code == 302
    assert response["Location"].startswith(LOGIN)
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "code",
    ["", "000000", "abcde-fghjk", "\0\0\0\0\0\0", "\udcff", "1" * 100_000],
    ids=["empty", "digits", "words", "nul", "surrogate", "long"],
)
def test_a_wrong_code_lets_nobody_in(client, app, code):
    give_password(client)
    answer = client.post(VERIFY, f"code={code}".encode("utf-8", "surrogatepass"),
                         content_type="application/x-www-form-urlencoded")  # fmt: skip

    assert answer.status_code == 200
    assert "That code isn’t valid." in answer.content.decode()
    assert client.get("/inbox/open/").status_code == 302


def test_a_code_works_once(client, app):
    code = app.code()
    for browser, status in ((client, 302), (Client(), 200)):
        give_password(browser)
        assert give_code(browser, code).status_code == status


def test_ten_wrong_codes_make_the_right_one_wait(client, app):
    give_password(client)
    answers = [give_code(client, "000000").status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]
    response = give_code(client, app.code())
    assert (response.status_code, response["Retry-After"]) == (429, "900")
    assert "Too many wrong codes." in response.content.decode()


def test_the_right_code_forgets_the_wrong_ones(client, app, ana):
    give_password(client)
    for _ in range(9):
        give_code(client, "000000")
    assert give_code(client, app.code()).status_code == 302
    client.post("/accounts/logout/")

    give_password(client)
    assert [give_code(client, "000000").status_code for _ in range(5)] == [200] * 5


def test_without_the_password_there_is_no_second_step(client, app):
    assert client.get(VERIFY)["Location"] == LOGIN
    assert give_code(client, app.code())["Location"] == LOGIN


def test_a_recovery_code_signs_in_once_and_is_recorded(client, app, ana):
    code = make_codes(user=ana, address="")[0]
    give_password(client)

    assert give_code(client, code).status_code == 302
    assert AuditEntry.objects.filter(action="recovery_code_used").count() == 1
    other = Client()
    give_password(other)
    assert give_code(other, code).status_code == 200


def test_the_session_gets_another_key_with_each_step(client, app):
    client.get(LOGIN)
    give_password(client)
    waiting = client.cookies["sessionid"].value
    give_code(client, app.code())

    assert client.cookies["sessionid"].value != waiting
    assert not StaffSession.objects.filter(session_key=waiting).exists()


def test_a_token_of_the_api_needs_no_second_step(client, app, ana):
    token = Token.objects.create(user=ana)

    response = client.get("/api/v1/numbers/", headers={"Authorization": f"Token {token.key}"})

    assert response.status_code == 200


def test_without_a_factor_the_password_is_enough(client):
    make_user("ana")

    assert give_password(client)["Location"] == "/reports/"
