"""Account, contacts and imports: each page looked at with axe in both themes and sizes.

What they do is tested without a browser: tests/views/account, contacts and imports.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import Contact, ContactField, Passkey, SecondFactor
from messaging.services.access.api_keys import NewKey, create_key
from messaging.services.access.devices import describe_session
from messaging.services.access.pending_sign_in import PROVED_AT
from messaging.services.access.sessions import SessionStore
from messaging.services.contacts.merge import merge_contacts
from tests.factories import make_did, make_inbound, make_user
from tests.services.imports.files import checked, imported, upload

pytestmark = [pytest.mark.nightly, pytest.mark.browser]

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari"
)
ONE, TWO = "34612345670", "34612345671"
FILE = "Name,Phone,Plan\nElena,+34612345678,Gold\nWang,nonsense,\nElena,+34612345678,Gold\n"


@pytest.fixture
def proved_ana(page, sign_in, ana):
    """Ana, who has just shown who she is, in a session that says from where."""
    sign_in(ana)
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    session = SessionStore(cookies[settings.SESSION_COOKIE_NAME])
    session[PROVED_AT] = timezone.now().timestamp()
    describe_session(session, agent=CHROME, address="192.0.2.7", at=timezone.now())
    session.save()
    return ana


@pytest.fixture
def look(page, site, accessible_at) -> Callable[..., None]:
    """Look at pages in turn; none may be wider than its window."""

    def look(*paths: str) -> None:
        for path in paths:
            accessible_at(site + path)
            assert page.url == site + path
            room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert room[0] <= room[1], path

    return look


def test_settings_devices_keys_and_exports(proved_ana, look):
    now = timezone.now()
    create_key(
        NewKey(name="Billing", scopes=["numbers:read"]), owner=proved_ana, by=proved_ana, at=now
    )
    other = SessionStore()
    other["_auth_user_id"] = str(proved_ana.pk)
    describe_session(other, agent="", address="", at=now)
    other.save()

    look("/settings/", "/settings/devices/", "/settings/keys/", "/settings/exports/")


def test_a_key_that_was_just_created(proved_ana, page, look, accessible):
    look("/settings/keys/")

    page.get_by_label("Name").first.fill("Billing")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Create").click()

    expect(page.get_by_role("heading", name="Key created")).to_be_visible()
    accessible()


def test_the_second_step(proved_ana, look):
    look("/settings/two-step/", "/settings/two-step/authenticator/", "/settings/two-step/confirm/")

    Passkey.objects.create(
        user=proved_ana,
        name="Office laptop",
        credential_id="x",
        public_key=b"x",
        created_at=timezone.now(),
    )
    SecondFactor.objects.update_or_create(user=proved_ana, defaults={"passkey_count": 1})
    look("/settings/two-step/", "/settings/two-step/confirm/")


def test_contacts_their_fields_and_merging(proved_ana, look):
    did = make_did(members=(proved_ana,))
    one, two = (make_inbound(did, phone).conversation for phone in (ONE, TWO))
    Contact.objects.filter(phone_key=ONE).update(name="Elena Martínez")
    for kind in ContactField.Kind:
        ContactField.objects.create(
            key=kind.value, name=f"A {kind.label}", kind=kind, choices=["Gold", "Silver"]
        )

    look("/contacts/", "/contacts/?q=elena", "/contacts/new/")
    look(
        *(
            f"/contacts/{one.contact_id}/{part}"
            for part in ("", "merge/", f"merge/?with={two.contact_id}", "erase/")
        )
    )

    merge_contacts(kept=one.contact, joined=two.contact, by=proved_ana, at=timezone.now())
    look("/contacts/", f"/contacts/{one.contact_id}/", f"/contacts/{two.contact_id}/separate/")


def test_imports_from_the_file_to_the_end(proved_ana, look):
    did = make_did(members=(proved_ana,))
    look("/imports/", "/imports/new/")

    jobs = [
        read(FILE, by=proved_ana, did=did, name=f"{read.__name__}.csv")
        for read in (upload, checked, imported)
    ]
    look("/imports/", *(f"/imports/{job.pk}/" for job in jobs))
    look(f"/imports/{jobs[1].pk}/?rows=invalid")


def test_somebody_who_may_little_sees_pages_that_are_as_good(page, sign_in, look):
    tom = make_user("tom", first_name="Tom")
    make_did(members=(tom,))
    sign_in(tom)

    look("/settings/", "/settings/devices/", "/contacts/")
