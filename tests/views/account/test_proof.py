"""What an open screen is not enough for: a fresh password or code comes first."""

from datetime import timedelta

import pyotp
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from messaging.models import ApiKey, AuditEntry, Contact, SecondFactor, StaffSession
from messaging.services.access.devices import mark_of
from messaging.services.access.pending_sign_in import PROOF_LASTS, PROVED_AT
from messaging.services.access.sealed import seal
from tests.factories import make_inbound, make_user, show_who

pytestmark = pytest.mark.django_db

PASSWORD = "a good pass phrase"
KEYS = "/settings/keys/"
KEY = {"name": "Shop", "scopes": ["messages:send"], "days": "30"}
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_staff=True)


@pytest.fixture
def screen(client, boss) -> Client:
    """The open screen of an administrator who signed in a while ago."""
    client.force_login(boss)
    return client


def asks(answer) -> bool:
    return "Confirm it’s you" in answer.content.decode()


def test_a_form_is_kept_and_done_with_the_password(screen):
    asked = screen.post(KEYS, KEY)
    kept = dict(asked.context["kept"])
    assert (asks(asked), ApiKey.objects.count()) == (True, 0)
    assert kept == {"name": "Shop", "scopes": "messages:send", "days": "30"}
    assert "no-store" in asked["Cache-Control"]

    wrong = screen.post(KEYS, kept | {"proof-password": "wrong"})
    assert (wrong.status_code, asks(wrong), ApiKey.objects.count()) == (422, True, 0)
    assert "wrong" not in str(wrong.context["kept"])

    done = screen.post(KEYS, kept | {"proof-password": PASSWORD})
    assert (done.status_code, ApiKey.objects.get().name) == (200, "Shop")
    assert AuditEntry.objects.filter(action="password_confirm_failed").count() == 1
    assert screen.post(KEYS, KEY | {"name": "Second"}).context["made"]


def test_a_proof_lasts_a_quarter_of_an_hour(screen):
    session = screen.session
    session[PROVED_AT] = (timezone.now() - PROOF_LASTS + timedelta(seconds=30)).timestamp()
    session.save()
    assert not asks(screen.post(KEYS, KEY))

    session[PROVED_AT] = (timezone.now() - PROOF_LASTS).timestamp()
    session.save()
    assert asks(screen.post(KEYS, KEY))


def test_a_code_of_the_app_is_a_proof_too(screen, boss):
    SecondFactor.objects.create(user=boss, secret=seal(SECRET), confirmed_at=timezone.now())

    wrong = screen.post(KEYS, KEY | {"proof-code": "000000"})
    right = screen.post(KEYS, KEY | {"proof-code": pyotp.TOTP(SECRET).now()})

    assert (wrong.status_code, asks(wrong)) == (422, True)
    assert right.context["made"]


@pytest.mark.parametrize(
    "proof",
    [
        {"proof-code": "123456"},
        {"proof-password": "\0"},
        {"proof-password": "x" * 100_000},
        {"proof-code": "9" * 100_000},
        {"proof-password": "🔑"},
    ],
    ids=["no app", "nul", "long", "long code", "emoji"],
)
def test_nothing_else_is(screen, proof):
    assert screen.post(KEYS, KEY | proof).status_code == 422
    assert not ApiKey.objects.exists()


def test_guesses_are_limited(screen):
    form = KEY | {"proof-password": "wrong"}

    assert [screen.post(KEYS, form).status_code for _ in range(11)] == [422] * 10 + [429]


def test_making_somebody_administrator(screen):
    ana = make_user("ana")
    page = f"/admin/auth/user/{ana.pk}/change/"
    form = {"username": "ana", "is_active": "on", "is_staff": "on", "everywhere": ""}

    assert asks(screen.post(page, form))
    ana.refresh_from_db()
    assert not ana.is_staff
    screen.post(page, form | {"proof-password": PASSWORD})

    ana.refresh_from_db()
    assert ana.is_staff


@pytest.mark.parametrize("spelling", ["{} ", "+{}", "_0A{}"], ids=["blank", "plus", "quoted"])
def test_making_somebody_administrator_by_another_spelling_of_their_id(screen, spelling):
    ana = make_user("ana")
    page = f"/admin/auth/user/{spelling.format(ana.pk)}/change/"
    form = {"username": "ana", "is_active": "on", "is_staff": "on", "everywhere": ""}

    assert asks(screen.post(page, form))
    ana.refresh_from_db()
    assert not ana.is_staff


def test_a_superuser_who_comes_back(client):
    root = make_user("root", is_superuser=True)
    gone = make_user("gone", is_superuser=True, is_active=False)
    client.force_login(root)
    form = {"username": "gone", "is_active": "on", "everywhere": ""}

    assert asks(client.post(f"/admin/auth/user/{gone.pk}/change/", form))
    gone.refresh_from_db()
    assert not gone.is_active


@pytest.mark.parametrize("whose", ["ana", "boss"])
def test_moving_where_links_for_a_password_go(screen, boss, whose):
    make_user("ana", email="ana@example.com")
    person = User.objects.get(username=whose)
    page = f"/admin/auth/user/{person.pk}/change/"
    staff = {"is_staff": "on"} if person.is_staff else {}
    form = {"username": whose, "is_active": "on", "everywhere": "", "email": "x@example.org"}

    assert asks(screen.post(page, form | staff))
    screen.post(page, form | staff | {"proof-password": PASSWORD})

    person.refresh_from_db()
    assert person.email == "x@example.org"


def test_a_new_administrator_and_one_who_comes_back(screen):
    gone = make_user("gone", is_staff=True, is_active=False)
    back = {"username": "gone", "is_active": "on", "is_staff": "on", "everywhere": ""}

    new = {"username": "new", "is_staff": "on", "everywhere": ""}
    assert asks(screen.post("/admin/auth/user/add/", new))
    assert asks(screen.post(f"/admin/auth/user/{gone.pk}/change/", back))
    assert not User.objects.filter(username="new").exists()


def test_other_changes_of_a_person_need_none(screen):
    ana = make_user("ana")
    form = {"username": "ana", "first_name": "Ana", "is_active": "on", "everywhere": ""}

    assert screen.post(f"/admin/auth/user/{ana.pk}/change/", form).status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/admin/authtoken/tokenproxy/add/",
        "/admin/auth/user/{ana}/link/",
        "/admin/auth/user/{ana}/password/",
        "/admin/auth/user/{ana}/two-step/reset/",
        "/contacts/{contact}/erase/",
        "/settings/devices/sign-out-others/",
        "/settings/devices/{mark}/sign-out/",
    ],
)
def test_what_else_needs_it(screen, path):
    contact = make_inbound().conversation.contact
    ana = make_user("ana")
    form = {"user": ana.pk, "number": contact.phone}
    own = StaffSession.objects.get()

    address = path.format(ana=ana.pk, contact=contact.pk, mark=mark_of(own.pk))
    assert asks(screen.post(address, form))
    assert StaffSession.objects.filter(pk=own.pk).exists()
    assert not Token.objects.exists()
    assert Contact.objects.get(pk=contact.pk).erased_at is None


def test_a_session_that_calls_the_api_needs_it_and_a_token_does_not(screen, boss):
    body = {"name": "Shop", "scopes": ["messages:send"]}
    json = {"content_type": "application/json"}

    refused = screen.post("/api/v1/keys/", body, **json)
    token = Token.objects.create(user=boss).key
    taken = Client().post(
        "/api/v1/keys/", body, headers={"Authorization": f"Token {token}"}, **json
    )
    show_who(screen)

    assert (refused.status_code, refused.json()["code"]) == (403, "not_proved")
    assert taken.status_code == 201
    assert screen.post("/api/v1/keys/", body, **json).status_code == 201


def test_erasing_by_the_api_needs_it(screen):
    contact = make_inbound().conversation.contact

    assert screen.post(f"/api/v1/contacts/{contact.pk}/erase/").status_code == 403
    assert Contact.objects.get(pk=contact.pk).erased_at is None


def test_our_script_is_told_where_to_go(screen):
    answer = screen.post(
        "/settings/two-step/passkeys/options/", headers={"Accept": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "not_proved")
    assert answer.json()["page"].startswith("/settings/two-step/confirm/")
