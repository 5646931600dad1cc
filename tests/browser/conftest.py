"""Ana, an administrator, and her pages."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories import make_conversation, make_did, make_inbound, make_user


@pytest.fixture
def ana(transactional_db):
    return make_user("ana", first_name="Ana", last_name="Ruiz", is_staff=True)


@pytest.fixture
def open_page(page, site, sign_in, ana):
    """Open a page of Ana's, with Elena's conversation in the list, and wait until it is live."""
    make_did()
    make_conversation(phone="34600000000", name="Elena", at=timezone.now())
    make_inbound(phone="34600000000", content="Are you open today?", at=timezone.now())

    def open_page(path):
        sign_in(ana)
        page.goto(site + path)
        expect(page.locator("[data-live-state]").first).to_have_text("Live")
        return page

    return open_page
