"""Signing in and out, changing the password, personal settings."""

from datetime import UTC, datetime

import pytest

from messaging.models import Message, StaffSettings
from tests.factories import NOW, make_inbound, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "a good pass phrase"


@pytest.fixture
def ana(client):
    ana = make_user("ana", is_staff=True, email="ana@example.com")
    client.force_login(ana)
    return ana


def test_signing_in_leads_to_where_one_wanted_to_go(client):
    make_user("ana")

    response = client.post(
        "/accounts/login/",
        {"username": "ana", "password": PASSWORD, "next": "/inbox/mine/"},
    )

    assert (response.status_code, response["Location"]) == (302, "/inbox/mine/")


def test_a_wrong_password_says_so_and_keeps_the_name(client):
    make_user("ana")

    response = client.post("/accounts/login/", {"username": "ana", "password": "wrong"})
    html = response.content.decode()

    assert 'role="alert"' in html
    assert 'value="ana"' in html


def test_signing_out_ends_the_session(client, ana):
    client.post("/accounts/logout/")

    assert client.get("/inbox/open/").status_code == 302


def test_the_password_is_changed_and_the_session_goes_on(client, ana):
    new = "another good phrase"

    response = client.post(
        "/accounts/password_change/",
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
        follow=True,
    )

    ana.refresh_from_db()
    assert ana.check_password(new)
    assert "Password changed." in response.content.decode()


SETTINGS = {
    "send_key": "enter",
    "theme": "dark",
    "language": "zh-hans",
    "time_zone": "Asia/Shanghai",
    "has_shortcuts": "",
    "has_notifications": "on",
    "email_after_minutes": "30",
}


def test_personal_settings_are_kept(client, ana):
    response = client.post("/settings/", SETTINGS)

    row = StaffSettings.objects.get(user=ana)
    assert response.status_code == 302
    assert (
        row.send_key,
        row.theme,
        row.language,
        row.time_zone,
        row.has_shortcuts,
        row.has_notifications,
        row.email_after_minutes,
    ) == ("enter", "dark", "zh-hans", "Asia/Shanghai", False, True, 30)


def test_a_setting_that_does_not_exist_is_refused_beside_its_field(client, ana):
    response = client.post("/settings/", {**SETTINGS, "time_zone": "Mars/Olympus"})

    assert response.status_code == 422
    assert "Mars/Olympus" in response.content.decode()
    assert not StaffSettings.objects.exists()


def test_theme_language_and_zone_hold_for_every_page(client, ana):
    make_inbound(at=NOW)
    client.post("/settings/", SETTINGS)

    html = client.get("/inbox/open/").content.decode()

    assert 'lang="zh-hans"' in html
    assert 'data-theme="dark"' in html
    assert "17:00" in html  # 09:00 UTC, in the row's title


def test_without_a_setting_the_browser_s_zone_counts(client, ana):
    make_inbound(at=NOW)
    client.cookies["time_zone"] = "Europe/Madrid"

    assert "10:00" in client.get("/inbox/open/").content.decode()


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "%00", ""])
def test_a_zone_that_is_none_is_ignored(client, ana, zone):
    client.cookies["time_zone"] = zone

    assert client.get("/inbox/open/").status_code == 200


def test_the_theme_switch_keeps_the_theme_and_comes_back(client, ana):
    response = client.post("/settings/theme/", {"theme": "dark", "next": "/inbox/mine/"})

    assert response["Location"] == "/inbox/mine/"
    assert StaffSettings.objects.get(user=ana).theme == "dark"


def test_the_theme_switch_takes_only_themes_and_only_our_addresses(client, ana):
    assert client.post("/settings/theme/", {"theme": "pink"}).status_code == 400
    away = client.post("/settings/theme/", {"theme": "dark", "next": "//evil.example/"})
    assert away["Location"] == "/"


# --- A tab of somebody who has signed out since ---


def test_nothing_is_done_in_the_name_of_the_user_who_signed_in_since(client, ana):
    tom = make_user("tom", first_name="Tom", is_staff=True)
    message = make_inbound()
    client.force_login(tom)
    address = f"/conversations/{message.conversation_id}/reply/"
    fields = {"reply": "Written by Ana", "client_id": "a"}

    refused = client.post(address, fields, headers={"X-Page-User": str(ana.pk)})
    own = client.post(address, fields, headers={"X-Page-User": str(tom.pk)})

    assert (refused.status_code, refused["X-Other-User"]) == (409, "1")
    assert refused.json()["text"].startswith("Tom is now signed in on this browser.")
    assert own.status_code == 303
    assert Message.objects.outbound().get().sent_by == tom


def test_htmx_shows_who_is_signed_in_now(client, ana):
    conversation = make_inbound().conversation
    client.force_login(make_user("tom", first_name="Tom", is_staff=True))

    refused = client.post(
        f"/conversations/{conversation.pk}/close/",
        headers={"X-Page-User": str(ana.pk), "HX-Request": "true"},
    )

    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert "Tom is now signed in on this browser." in refused["HX-Trigger"]


def test_pages_write_dates_as_the_person_chose(client, ana):
    conversation = make_inbound(at=datetime(2026, 11, 3, 14, 5, tzinfo=UTC)).conversation
    StaffSettings.objects.create(user=ana, time_zone="UTC")

    def page(**headers: str) -> str:
        return client.get(f"/inbox/all/{conversation.pk}/", headers=headers).content.decode()

    assert '<time datetime="2026-11-03T14:05:00+00:00">14:05</time>' in page()
    american = page(accept_language="en-US")
    assert '<time datetime="2026-11-03T14:05:00+00:00">2:05 PM</time>' in american
    assert "November 3, 2026, 2:05 PM" in american
    StaffSettings.objects.update(date_order="day", clock="24")
    assert '<time datetime="2026-11-03T14:05:00+00:00">14:05</time>' in page(
        accept_language="en-US"
    )


def test_dates_and_clock_are_chosen_in_the_settings(client, ana):
    client.post(
        "/settings/",
        {"send_key": "enter", "theme": "dark", "date_order": "month", "clock": "12"},
    )

    own = StaffSettings.objects.get(user=ana)
    assert (own.date_order, own.clock) == ("month", "12")
