"""The record of a message in a browser: accessible with everything open, and nothing cut off."""

from __future__ import annotations

import pytest

from messaging.services.receiving.record import record_push
from tests.browser_fixtures import SIZES
from tests.factories import NOW, make_outbound, make_user, receipt_envelope
from tests.services.recorder.test_timeline import accepted
from tests.services.sending.scripted_client import Client, send_turn

pytestmark = [pytest.mark.browser]


@pytest.mark.nightly
def test_the_record_is_accessible_and_fits(page, site, sign_in, accessible, size, theme):
    boss = make_user("boss", is_staff=True)
    message = make_outbound(user=boss)
    send_turn(Client(accepted()))
    record_push(envelope=receipt_envelope(message_id="mt-1", at=NOW))
    sign_in(boss)
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size(SIZES[size])
    page.goto(f"{site}/messages/{message.pk}/record/")

    summaries = page.locator(".record summary")
    for place in range(summaries.count()):
        summaries.nth(place).click()

    accessible("#main-pane")
    pane = page.locator("#thread")
    assert pane.evaluate("pane => pane.scrollWidth - pane.clientWidth") <= 0
    assert summaries.count() == 3
