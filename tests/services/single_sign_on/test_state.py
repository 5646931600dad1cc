"""What administrators see of single sign-on on somebody's page, and how they take it away."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from messaging.models import AuditEntry, SignOnIdentity, StaffAccess
from messaging.services.single_sign_on.state import state_of, unlink
from tests.factories import make_user

pytestmark = pytest.mark.django_db

ISSUER = "https://login.example.com"


@pytest.fixture(autouse=True)
def provider(settings) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_NAME = ISSUER, "didsms", "Contoso"


@pytest.fixture
def ana() -> User:
    ana = make_user("ana")
    now = timezone.now()
    SignOnIdentity.objects.create(
        user=ana, issuer=ISSUER, subject="1", created_at=now, checked_at=now, confirmed_at=now
    )
    return ana


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("boss", is_staff=True))
    session = client.session
    session["proved_at"] = timezone.now().timestamp()
    session.save()
    return client


def page_of(admin: Client, user: User) -> str:
    return admin.get(f"/admin/auth/user/{user.pk}/change/").content.decode()


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_nothing_is_said_where_it_is_not_set_up(ana, admin, settings):
    settings.OIDC_ISSUER = ""

    assert state_of(ana) is None
    assert "Single sign-on" not in page_of(admin, ana)


def test_a_page_says_where_the_account_comes_from(ana, admin, settings):
    tom = make_user("tom")
    settings.OIDC_BREAK_GLASS = ["glass"]

    assert "Confirmed " in page_of(admin, ana)
    assert "Role and numbers come from groups." not in page_of(admin, ana)
    assert "Not used yet" in page_of(admin, tom)
    assert "Emergency account" in page_of(admin, make_user("glass"))
    settings.OIDC_GROUPS = [("Desk", "viewer", ())]
    assert "Role and numbers come from groups." in page_of(admin, ana)


def test_a_page_says_that_somebody_is_suspended(ana, admin):
    since = timezone.now() - timedelta(minutes=5)
    StaffAccess.objects.create(user=ana, suspended_at=since)

    assert state_of(fresh(ana)).suspended_at == since
    assert "Suspended since " in page_of(admin, ana)


def test_an_administrator_unlinks_somebody(ana, admin):
    StaffAccess.objects.create(user=ana, suspended_at=timezone.now())

    answer = admin.post(f"/admin/auth/user/{ana.pk}/sign-on/unlink/")

    assert answer.status_code == 302
    assert not SignOnIdentity.objects.exists()
    assert StaffAccess.objects.get(user=ana).suspended_at is None
    row = AuditEntry.objects.get(action="sign_on_unlinked")
    assert (row.actor_name, row.object_name) == ("boss", "ana")
    assert unlink(ana, actor=ana) is False


def test_it_takes_a_fresh_proof_and_the_right_to_change_them(ana, admin):
    root = make_user("root", is_superuser=True, is_staff=True)
    address = "/admin/auth/user/{}/sign-on/unlink/".format

    assert admin.post(address(root.pk)).status_code == 403
    assert admin.get(address(ana.pk)).status_code == 405
    agent = Client()
    agent.force_login(make_user("tom"))
    assert agent.post(address(ana.pk)).status_code in (302, 403, 404)
    session = admin.session
    del session["proved_at"]
    session.save()
    admin.post(address(ana.pk))
    assert SignOnIdentity.objects.count() == 1
