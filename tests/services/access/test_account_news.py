"""Mails about an account: a changed password, a changed email address, a second step taken away."""

import pytest
from django.contrib.auth.models import User
from django.core import mail

from messaging.models import AuditEntry, SecondFactor
from messaging.services.access.account_news import SUBJECTS, mail_news
from messaging.services.access.password_links import password_link
from tests.factories import make_user, show_who
from tests.processes import until

pytestmark = pytest.mark.django_db

PASSWORD, NEW = "a good pass phrase", "another good phrase"


@pytest.fixture
def ana() -> User:
    return make_user("ana", email="ana@example.com")


@pytest.fixture
def boss(client) -> User:
    boss = make_user("boss", is_staff=True)
    client.force_login(boss)
    show_who(client)
    return boss


@pytest.fixture
def done(django_capture_on_commit_callbacks):
    """Post a form; return the subjects and receivers of the mails that followed."""

    def done(client, path: str, form: dict[str, str], *, count: int) -> list[tuple[str, str]]:
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            assert client.post(path, form).status_code == 302
        assert len(callbacks) == count
        until(lambda: len(mail.outbox) == count, what="the mails")
        prefix = "[didsms] "
        return [(each.subject.removeprefix(prefix), each.to[0]) for each in mail.outbox]

    return done


def test_ones_own_password(client, ana, done):
    client.force_login(ana)
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}

    mails = done(client, "/accounts/password_change/", form, count=1)

    assert mails == [("Your password was changed", "ana@example.com")]
    assert "From address: 127.0.0.1" in mail.outbox[0].body


def test_a_password_chosen_with_a_link(client, ana, done):
    page = client.get(password_link(user=ana), follow=True).redirect_chain[-1][0]

    mails = done(client, page, {"new_password1": NEW, "new_password2": NEW}, count=1)

    assert mails == [("Your password was changed", "ana@example.com")]


def test_the_first_password_is_no_news(client, done):
    new = make_user("new", email="new@example.com")
    new.set_unusable_password()
    new.save()
    page = client.get(password_link(user=new), follow=True).redirect_chain[-1][0]

    assert done(client, page, {"new_password1": NEW, "new_password2": NEW}, count=0) == []


def test_a_password_that_an_administrator_set(client, ana, boss, done):
    form = {"usable_password": "true", "password1": NEW, "password2": NEW}

    mails = done(client, f"/admin/auth/user/{ana.pk}/password/", form, count=1)

    assert mails == [("An administrator changed your password", "ana@example.com")]


def test_an_email_address_is_told_at_the_old_one_and_the_new_one(client, ana, boss, done):
    form = {"username": "ana", "email": "ana@example.org", "is_active": "on", "everywhere": ""}

    mails = done(client, f"/admin/auth/user/{ana.pk}/change/", form, count=2)

    said = "The email address of your account was changed"
    assert sorted(mails) == [(said, "ana@example.com"), (said, "ana@example.org")]


def test_another_change_of_a_person_is_no_news(client, ana, boss, done):
    form = {"username": "ana", "email": ana.email, "is_active": "on", "everywhere": "viewer"}

    assert done(client, f"/admin/auth/user/{ana.pk}/change/", form, count=0) == []


def test_a_second_step_that_an_administrator_took_away(client, ana, boss, done):
    SecondFactor.objects.create(user=ana, secret="x")
    page = f"/admin/auth/user/{ana.pk}/change/"
    assert 'form="reset-factor"' in client.get(page).content.decode()

    mails = done(client, f"/admin/auth/user/{ana.pk}/two-step/reset/", {}, count=1)

    assert mails == [("Two-step verification was turned off", "ana@example.com")]
    assert not SecondFactor.objects.exists()
    row = AuditEntry.objects.get(action="second_factor_reset")
    assert (row.actor_id, row.object_id, row.via) == (boss.pk, str(ana.pk), "session")
    assert 'form="reset-factor"' not in client.get(page).content.decode()


def test_nobody_takes_away_their_own_or_that_of_somebody_above_them(client, boss):
    root = make_user("root", is_superuser=True)
    SecondFactor.objects.create(user=boss, secret="x")
    SecondFactor.objects.create(user=root, secret="x")

    for user in (boss, root):
        answer = client.post(f"/admin/auth/user/{user.pk}/two-step/reset/")
        assert answer.status_code == 403
    assert SecondFactor.objects.count() == 2
    assert (
        "Two-step verification"
        not in client.get(f"/admin/auth/user/{boss.pk}/change/").content.decode()
    )


@pytest.mark.parametrize("event", SUBJECTS, ids=lambda event: "-".join(filter(None, event)))
def test_every_mail_can_be_written(ana, django_capture_on_commit_callbacks, event):
    with django_capture_on_commit_callbacks(execute=True):
        mail_news(event[0], kind=event[1], user=ana, address="203.0.113.9", agent="")

    until(lambda: mail.outbox, what="the mail")
    assert mail.outbox[0].subject == f"[didsms] {SUBJECTS[event]}"
    assert "Device: Unknown browser" in mail.outbox[0].body


def test_nobody_without_an_address_is_mailed(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        mail_news("password_changed", user=make_user(), address="")

    assert callbacks == []
