"""Passkeys in a real browser, with Chromium's software authenticator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from messaging.models import ApiKey, AuditEntry, Passkey, StaffSession
from messaging.services.access.pending_sign_in import PROVED_AT
from messaging.services.access.second_factor import factor_of
from messaging.services.access.sessions import SessionStore
from tests.factories import make_user

pytestmark = [pytest.mark.browser]

PASSWORD = "a good pass phrase"


@pytest.fixture
def localhost(page, site) -> Iterator[str]:
    """The site by a name: an address of numbers has no passkeys. The page has an authenticator."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield site.replace("127.0.0.1", "localhost")
    session.send("WebAuthn.disable")


def forget_the_session(page):
    """Go without a session; an inbox that stayed open would ask for its stream without one."""
    page.goto("about:blank")
    page.context.clear_cookies()


def give_password(page, site):
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Username").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_added_and_signs_in_after_the_password_and_alone(page, localhost, accessible):
    ana = make_user("ana", is_staff=True)
    give_password(page, localhost)
    page.wait_for_url("**/inbox/**")

    page.goto(f"{localhost}/settings/two-step/")
    accessible()
    page.get_by_label("Name of the passkey").fill("Office laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(page.locator(".codes li")).to_have_count(10)
    ana.refresh_from_db()
    assert factor_of(ana).passkey_count == 1
    assert Passkey.objects.get().name == "Office laptop"

    forget_the_session(page)
    give_password(page, localhost)
    page.wait_for_url("**/accounts/login/verify/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/inbox/**")

    forget_the_session(page)
    page.goto(f"{localhost}/accounts/login/?next=/reports/messages/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: url.startswith(f"{localhost}/reports/messages/"))

    rows = AuditEntry.objects.filter(action="sign_in").order_by("id")
    assert [row.changes.get("factor") for row in rows] == [None, "passkey", "passkey_alone"]

    for row in StaffSession.objects.filter(user=ana):  # she signed in a while ago
        session = SessionStore(row.session_key)
        session.pop(PROVED_AT, None)
        session.save()
    page.goto(f"{localhost}/settings/keys/")
    page.get_by_role("textbox", name="Name").fill("Shop")
    page.get_by_label("messages:send").check()
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("heading", name="Confirm it’s you")).to_be_visible()
    accessible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Key created")).to_be_visible()
    assert ApiKey.objects.get().name == "Shop"
