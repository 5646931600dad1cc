"""Who is signed in: one statement for the session, one for the person and their settings."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from messaging.models import StaffSession, StaffSettings
from messaging.services.access.auth_backend import StaffBackend
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_the_person_comes_with_their_settings_as_django_would_read_them(django_assert_num_queries):
    ana = make_user(is_staff=True, first_name="Ana", last_login=timezone.now())
    StaffSettings.objects.create(user=ana, theme="dark", email_after_minutes=5)

    with django_assert_num_queries(1):
        found = StaffBackend().get_user(ana.pk)
        own = found.staff_settings

    plain = User.objects.get(pk=ana.pk)
    for kept, expected in ((found, plain), (own, StaffSettings.objects.get(user=ana))):
        names = [field.attname for field in expected._meta.concrete_fields]
        assert {name: getattr(kept, name) for name in names} == {
            name: getattr(expected, name) for name in names
        }


def test_a_request_reads_session_person_and_settings_at_once(client, django_assert_num_queries):
    ana = make_user(is_staff=True)
    StaffSettings.objects.create(user=ana, language="zh-hans")
    client.force_login(ana)

    with django_assert_num_queries(1):
        answer = client.get("/account/settings/")

    assert answer.wsgi_request.user == ana
    assert answer.headers["Content-Language"] == "zh-hans"


def test_a_session_names_its_person_and_ends_with_them(client):
    ana = make_user(is_staff=True)
    client.force_login(ana)
    assert StaffSession.objects.get().user == ana

    ana.delete()

    assert client.get("/inbox/open/").status_code == 302
    assert not StaffSession.objects.exists()


def test_a_change_of_the_person_is_seen_on_the_next_request(client):
    ana = make_user(is_staff=True)
    client.force_login(ana)
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert client.get("/inbox/open/").status_code == 302

    User.objects.filter(pk=ana.pk).update(is_active=True)
    assert client.get("/inbox/open/").status_code == 200

    ana.set_password("another pass phrase")
    ana.save()
    assert client.get("/inbox/open/").status_code == 302


def test_a_session_outlives_a_move_of_the_code_that_signed_in(client):
    ana = make_user()
    client.force_login(ana)
    session = client.session
    session["_auth_user_backend"] = "messaging.services.accounts.StaffBackend"
    session.save()

    assert client.get("/inbox/open/").wsgi_request.user == ana


def test_a_session_of_somebody_else_is_never_mistaken(client):
    ana, tom = make_user(), make_user()
    client.force_login(ana)
    session = client.session
    row = StaffSession.objects.get(session_key=session.session_key)
    row.user = tom  # as no program of ours would leave it
    row.save()

    assert client.get("/account/settings/").wsgi_request.user == ana


def test_a_user_who_set_nothing_has_the_defaults():
    assert StaffBackend().get_user(make_user().pk).staff_settings.theme == "system"


def test_a_user_who_is_inactive_or_gone_is_not_signed_in():
    assert StaffBackend().get_user(make_user(is_active=False).pk) is None
    assert StaffBackend().get_user(10**6) is None


def test_a_session_ends_when_it_is_deleted_or_over(client):
    client.force_login(make_user(is_staff=True))
    assert client.get("/inbox/open/").status_code == 200

    StaffSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/inbox/open/").status_code == 302

    client.force_login(make_user(is_staff=True))
    StaffSession.objects.all().delete()
    assert client.get("/inbox/open/").status_code == 302
