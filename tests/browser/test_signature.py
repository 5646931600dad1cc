"""A number's signature in Chromium: shown under the text, and counted with it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from messaging.models import Message
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.queue import queue_message
from tests.browser.pickers import pick
from tests.factories import make_conversation, make_did, make_outbound
from tests.processes import until

pytestmark = [pytest.mark.browser]
BAKERY = "Ana's Bakery"


@pytest.fixture
def conversation(ana):
    return make_conversation(make_did(signature=BAKERY), at=timezone.now())


@pytest.fixture
def thread(page, site, sign_in, ana, conversation):
    sign_in(ana)
    page.goto(f"{site}/inbox/open/{conversation.pk}/")
    expect(page.locator("[data-live-state]").first).to_have_text("Live")
    return page


@pytest.mark.nightly
def test_composer_shows_and_counts_the_signature_and_undo_returns_the_text_alone(thread):
    page = thread
    expect(page.locator("#signature")).to_have_text(BAKERY)
    expect(page.locator("#count")).to_have_text("0/160")

    page.locator("#reply").fill("Yes")
    expect(page.locator("#count")).to_contain_text("16/160 · 1 segment")
    page.locator("#reply").fill("x" * (1000 - len(BAKERY)))
    expect(page.locator("#count")).to_have_text("1001/1000 · 1 over the limit")
    expect(page.locator("#composer .reply-side .over")).to_have_text("x")
    expect(page.locator("[data-send]")).to_be_disabled()

    page.locator("#reply").fill("Yes")
    page.locator("[data-send]").click()
    expect(page.locator("#thread-log .bubble").last).to_have_text(f"Yes\n{BAKERY}")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("#reply")).to_have_value("Yes")


@pytest.mark.nightly
def test_note_has_no_signature(thread):
    page = thread
    page.locator("label:has([value=note])").click()

    expect(page.locator("#signature")).to_be_hidden()


@pytest.mark.nightly
def test_new_message_shows_the_signature_of_the_number_that_sends(page, site, sign_in, ana):
    make_did(label="Bakery", signature=BAKERY)
    make_did("447700900123", label="Plain")
    sign_in(ana)
    page.goto(f"{site}/inbox/new/")
    pick(page, "From", "Bakery")
    page.get_by_label("Message", exact=True).fill("Yes")
    expect(page.locator("#signature")).to_have_text(BAKERY)
    expect(page.locator(".new-message .count")).to_contain_text("16/160")

    pick(page, "From", "Plain")
    expect(page.locator("#signature")).to_be_hidden()
    expect(page.locator(".new-message .count")).to_contain_text("3/160")

    pick(page, "From", "Bakery")
    expect(page.locator("#signature")).to_be_visible()
    page.get_by_label("To", exact=True).fill("+34612345678")
    page.get_by_label("Message", exact=True).press("Control+Enter")
    expect(page.locator("#thread-log .bubble").last).to_have_text(f"Yes\n{BAKERY}")


def test_scheduled_text_is_shown_whole_with_its_price_and_changed_without_its_signature(
    thread, site, ana, conversation
):
    page = thread
    make_outbound(
        conversation, at=timezone.now(), status="sent", billed_segments=1, price=Decimal("0.03")
    )
    message, _new = queue_message(
        NewMessage(content="At five", send_at=timezone.now() + timedelta(days=1)),
        conversation=conversation,
        user=ana,
        at=timezone.now(),
    )
    page.goto(site + reverse("message", args=[message.pk]))

    expect(page.locator(".quoted")).to_have_text(f"At five\n{BAKERY}")
    expect(page.locator("#changed-signature")).to_have_text(BAKERY)
    expect(page.locator("#rescheduled")).to_have_value("At five")
    page.locator("#rescheduled").fill("At six")
    expect(page.locator(".reschedule [data-count]")).to_have_text(
        "19/160 · 1 segment · GSM-7 · about 0.03"
    )
    page.get_by_role("button", name="Save").click()

    until(lambda: Message.objects.get(pk=message.pk).content == f"At six\n{BAKERY}")
