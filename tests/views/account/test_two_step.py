"""Setting up two-step verification: the page, the banner, and when it can't wait any longer."""

import re
from datetime import timedelta

import pyotp
import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone, translation
from rest_framework.authtoken.models import Token

from messaging.models import AuditEntry, RecoveryCode, SecondFactor, StaffSettings
from messaging.services.access.account_news import SUBJECTS
from messaging.services.access.pending_sign_in import PROVED_AT
from messaging.services.access.second_factor import factor_of
from tests.factories import make_user
from tests.processes import until

pytestmark = pytest.mark.django_db

LOGIN, PAGE = "/accounts/login/", "/settings/two-step/"
APP, CODES, CONFIRM = f"{PAGE}authenticator/", f"{PAGE}codes/", f"{PAGE}confirm/"
PASSWORD = "a good pass phrase"


@pytest.fixture
def ana() -> User:
    return make_user("ana", is_staff=True, email="ana@example.com")


@pytest.fixture
def signed_in(client, ana) -> Client:
    """Ana's browser, just signed in with her password; her three days run."""
    client.post(LOGIN, {"username": "ana", "password": PASSWORD})
    return client


def shown_secret(client: Client) -> str:
    page = client.get(APP).content.decode()
    found = re.search(r'<p class="key"><code>([A-Z2-7 ]+)</code>', page)
    assert found is not None
    return found[1].replace(" ", "")


def add_app(client: Client):
    code = pyotp.TOTP(shown_secret(client)).now()
    return client.post(APP, {"code": code})


def overdue(user: User) -> None:
    SecondFactor.objects.filter(user=user).update(grace_ends_at=timezone.now())


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_an_administrator_has_three_days_and_a_banner(signed_in, ana):
    due = factor_of(fresh(ana)).grace_ends_at
    assert timedelta(days=2, hours=23) < due - timezone.now() <= timedelta(days=3)

    for address in ("/inbox/open/", "/settings/", "/admin/"):
        assert "Set up two-step verification by" in signed_in.get(address).content.decode()


def test_nobody_else_is_asked(client):
    make_user("ben")
    client.post(LOGIN, {"username": "ben", "password": PASSWORD})

    assert "two-step verification by" not in client.get("/inbox/open/").content.decode()
    assert not SecondFactor.objects.exists()


def test_an_app_is_added_with_its_code_and_ten_recovery_codes_are_shown_once(signed_in, ana):
    added = add_app(signed_in)
    shown = signed_in.get(CODES)

    assert (added.status_code, added["Location"]) == (302, CODES)
    codes = re.findall(r"<li><code>([a-z2-9]{5}-[a-z2-9]{5})</code>", shown.content.decode())
    assert len(set(codes)) == 10
    assert "no-store" in shown["Cache-Control"]
    assert signed_in.get(CODES)["Location"] == PAGE
    page = signed_in.get(PAGE).content.decode()
    assert "10 codes left" in page
    assert "Remove the app" not in page
    assert factor_of(fresh(ana)).has_authenticator
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["sign_in", "second_factor_added", "recovery_codes_made"]


def test_the_page_shows_the_same_secret_until_an_app_has_it(signed_in):
    assert shown_secret(signed_in) == shown_secret(signed_in)


@pytest.mark.parametrize(
    "code", ["", "000000", "\0", "1" * 100_000], ids=["empty", "wrong", "nul", "long"]
)
def test_an_app_that_makes_wrong_codes_is_not_added(signed_in, ana, code):
    shown_secret(signed_in)
    answer = signed_in.post(APP, {"code": code})

    assert answer.status_code == 422
    assert "That code isn’t valid." in answer.content.decode()
    assert not factor_of(fresh(ana)).is_set_up


def test_an_open_screen_is_not_enough_to_change_anything(client, ana):
    client.force_login(ana)
    SecondFactor.objects.create(user=ana, secret="x")

    assert client.get(APP)["Location"].startswith(CONFIRM)
    for address in (APP, f"{APP}remove/", CODES):
        assert "Confirm it’s you" in client.post(address).content.decode()
    assert factor_of(fresh(ana)).has_authenticator
    assert not RecoveryCode.objects.exists()


def test_the_password_opens_the_page_again(client, ana):
    client.force_login(ana)
    where = client.get(APP)["Location"]
    assert client.get(where).status_code == 200

    wrong = client.post(CONFIRM, {"proof-password": "wrong", "next": APP})
    right = client.post(CONFIRM, {"proof-password": PASSWORD, "next": APP})

    assert wrong.status_code == 422
    assert right["Location"] == APP
    assert client.get(APP).status_code == 200


def test_guesses_at_the_password_are_limited_there_too(client, ana):
    client.force_login(ana)
    answers = [client.post(CONFIRM, {"proof-password": "wrong"}).status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]


def test_confirming_leads_to_no_other_site(client, ana):
    client.force_login(ana)
    form = {"proof-password": PASSWORD, "next": "https://evil.example/"}

    assert client.post(CONFIRM, form)["Location"] == PAGE


def test_after_three_days_only_the_page_and_signing_out_are_left(signed_in, ana):
    overdue(ana)

    assert signed_in.get("/inbox/open/")["Location"].startswith(LOGIN)
    assert signed_in.get(f"{LOGIN}?next=/inbox/open/")["Location"] == PAGE
    assert signed_in.get("/admin/").status_code == 302
    assert signed_in.get("/api/v1/numbers/").status_code in (401, 403)
    assert signed_in.get("/live/stream").status_code == 403
    assert signed_in.get("/metrics").status_code == 403
    page = signed_in.get(PAGE).content.decode()
    assert "Set it up to continue." in page
    assert "Sign out" in page

    assert add_app(signed_in)["Location"] == CODES
    assert signed_in.get("/inbox/open/").status_code == 200


def test_after_three_days_one_can_still_sign_in_to_set_it_up_and_out(client, ana):
    SecondFactor.objects.create(user=ana, grace_ends_at=timezone.now())

    answer = client.post(LOGIN, {"username": "ana", "password": PASSWORD}, follow=True)

    assert answer.redirect_chain[-1][0] == PAGE
    assert client.post("/accounts/logout/", follow=True).redirect_chain[-1][0] == LOGIN
    assert client.get(PAGE)["Location"].startswith(LOGIN)


def test_a_token_works_after_the_three_days(client, ana):
    SecondFactor.objects.create(user=ana, grace_ends_at=timezone.now())
    token = Token.objects.create(user=ana)

    response = client.get("/api/v1/numbers/", headers={"Authorization": f"Token {token.key}"})

    assert response.status_code == 200


def test_somebody_who_need_not_have_it_can_give_it_up(client):
    ben = make_user("ben")
    client.post(LOGIN, {"username": "ben", "password": PASSWORD})
    add_app(client)

    client.post(f"{APP}remove/")

    assert not factor_of(fresh(ben)).is_set_up
    assert AuditEntry.objects.filter(action="second_factor_removed").exists()


def test_an_administrator_keeps_their_only_factor(signed_in, ana):
    add_app(signed_in)

    answer = signed_in.post(f"{APP}remove/", follow=True)

    assert "Add another step first." in answer.content.decode()
    assert factor_of(fresh(ana)).has_authenticator


def test_new_recovery_codes_need_a_factor(signed_in):
    assert signed_in.post(CODES)["Location"] == PAGE
    assert not RecoveryCode.objects.exists()


def test_every_change_is_mailed_in_the_persons_language(
    client, ana, django_capture_on_commit_callbacks
):
    StaffSettings.objects.create(user=ana, language="zh-hans")
    client.post(LOGIN, {"username": "ana", "password": PASSWORD})
    with django_capture_on_commit_callbacks(execute=True):
        add_app(client)

    until(lambda: len(mail.outbox) == 2, what="two mails")
    with translation.override("zh-hans"):
        subjects = [
            f"[didsms] {translation.gettext(SUBJECTS[event])}"
            for event in (("second_factor_added", "authenticator"), ("recovery_codes_made", ""))
        ]
    assert [message.subject for message in mail.outbox] == subjects
    assert all("127.0.0.1" in message.body for message in mail.outbox)


def test_the_secret_lies_sealed_in_the_session(signed_in):
    secret = shown_secret(signed_in)

    assert secret not in str(dict(signed_in.session))
    assert PROVED_AT in signed_in.session
