"""The page of devices, and signing out of them."""

import pytest
from django.test import Client

from messaging.models import AuditEntry, StaffSession
from messaging.services.access.devices import devices_of, mark_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PAGE, PASSWORD = "/settings/devices/", "a good pass phrase"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
)


def browser(name: str = "ana", *, agent: str = FIREFOX, address: str = "203.0.113.9") -> Client:
    """A browser that somebody has just signed in with."""
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    client.post("/accounts/login/", {"username": name, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def mark(client: Client) -> str:
    return mark_of(client.cookies["sessionid"].value)


def test_the_page_names_each_device_and_never_a_session_key():
    make_user("ana")
    desk, phone = browser(), browser(agent=IPHONE, address="198.51.100.7")

    page = desk.get(PAGE)

    text = page.content.decode()
    assert [
        (each.browser.in_words(), each.address, each.is_current) for each in page.context["devices"]
    ] == [("Firefox on Linux", "203.0.113.9", True), ("Safari on iPhone", "198.51.100.7", False)]
    assert text.count("This device") == 1
    assert "Sign out everywhere else" in text
    assert not [c for c in (desk, phone) if c.cookies["sessionid"].value in text]
    assert "no-store" in page["Cache-Control"]


def test_signing_out_of_one_device():
    ana = make_user("ana")
    desk, phone = browser(), browser(agent=IPHONE, address="198.51.100.7")

    answer = desk.post(f"{PAGE}{mark(phone)}/sign-out/")

    assert answer["Location"] == PAGE
    assert (is_in(desk), is_in(phone)) == (True, False)
    row = AuditEntry.objects.order_by("id").last()
    assert (row.action, row.actor_id, row.changes) == (
        "device_signed_out",
        ana.pk,
        {"browser": "Safari", "system": "iPhone", "signed_in_from": "198.51.100.7"},
    )


def test_signing_out_everywhere_else():
    make_user("ana"), make_user("tom")
    desk, phone, tablet, toms = browser(), browser(), browser(), browser("tom")

    desk.post(f"{PAGE}sign-out-others/")

    assert [is_in(each) for each in (desk, phone, tablet, toms)] == [True, False, False, True]
    row = AuditEntry.objects.order_by("id").last()
    assert (row.action, row.changes) == ("other_devices_signed_out", {"count": 2})


@pytest.mark.parametrize("given", ["toms", "0" * 32, "x" * 1000], ids=["another's", "none", "long"])
def test_nobody_ends_another_persons_session(given):
    make_user("ana"), make_user("tom")
    desk, toms = browser(), browser("tom")

    answer = desk.post(f"{PAGE}{mark(toms) if given == 'toms' else given}/sign-out/")

    assert answer.status_code == 404
    assert is_in(toms)


def test_sessions_of_an_old_password_are_no_devices():
    ana = make_user("ana")
    browser()
    ana.set_password("another pass phrase")
    ana.save()

    assert StaffSession.objects.count() == 1
    assert devices_of(ana, current_key=None) == []


def test_a_session_without_what_this_version_notes_is_shown(client):
    client.force_login(make_user("ana"))

    page = client.get(PAGE).content.decode()

    assert "Unknown browser" in page
    assert "Signed in before this version" in page


@pytest.mark.parametrize("agent", ["\0" * 10, "é" * 100_000, "📱"], ids=["nul", "long", "emoji"])
def test_any_header_can_be_kept(agent):
    make_user("ana")

    assert "Unknown browser" in browser(agent=agent).get(PAGE).content.decode()
