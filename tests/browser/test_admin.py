"""The admin in Chromium, under the strict content policy."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from messaging.models import Conversation, Message, StaffSettings
from messaging.reasons import Reason
from messaging.services.receiving.record import record_push
from messaging.services.sending.circuit_breaker import open_breaker
from tests.factories import inbound_envelope, make_did, make_inbound, make_outbound, make_user

pytestmark = pytest.mark.browser


@pytest.fixture
def boss(site: str, page: Page, sign_in: Callable[[User], None]) -> User:
    user = make_user("boss", is_staff=True)
    sign_in(user)
    return user


def test_signing_in_leads_to_the_admin(site: str, page: Page):
    User.objects.create_superuser("ann", password="a good pass phrase")
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill("ann")
    page.locator("input[type=password]").fill("a good pass phrase")
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(f"{site}/admin/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Administration")


def test_every_page_is_accessible(site: str, boss: User, accessible_at: Callable[[str], None]):
    did = make_did(members=(boss,))
    message = make_inbound(did)
    push = record_push(envelope=inbound_envelope(did="34911000000"))
    open_breaker(
        reason=Reason("1102"),
        message=None,
        at=timezone.now(),
    )
    for path in (
        "",
        "messaging/didnumber/",
        f"messaging/didnumber/{did.pk}/change/",
        f"messaging/didnumber/{did.pk}/test-message/",
        "messaging/push/",
        f"messaging/push/{push.pk}/change/",
        f"messaging/message/{message.pk}/change/",
        "messaging/circuitbreakertrip/",
        f"auth/user/{boss.pk}/change/",
    ):
        accessible_at(f"{site}/admin/{path}")


@pytest.mark.nightly
def test_the_readable_page_of_the_api_is_accessible(
    site: str, page: Page, boss: User, accessible_at: Callable[[str], None]
):
    accessible_at(f"{site}/api/v1/docs/")

    expect(page.get_by_role("heading", level=1)).to_have_text("REST API")


@pytest.mark.nightly
def test_a_list_selects_all_rows_by_script(site: str, page: Page, boss: User):
    record_push(envelope=inbound_envelope())
    page.goto(f"{site}/admin/messaging/push/")

    page.locator("#action-toggle").check()

    expect(page.locator("tr.selected")).to_have_count(1)


@pytest.mark.nightly
def test_a_page_that_looks_again_says_that_nobody_asked(site: str, page: Page, boss: User):
    message = make_outbound(user=boss, status="sent")
    path = f"/admin/messaging/didnumber/{message.did_number_id}/test-message/"

    page.goto(f"{site}{path}?message={message.pk}")
    with page.expect_request(lambda asked: path in asked.url) as again:
        pass

    assert again.value.headers["x-asked-by"] == "page"


@pytest.mark.nightly
def test_the_admin_has_the_persons_own_theme(site: str, page: Page, boss: User):
    StaffSettings.objects.create(user=boss, theme="dark")

    page.goto(f"{site}/admin/")

    scheme = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert scheme == "dark"


@pytest.mark.nightly
def test_the_webhook_address_is_copied_with_one_click(site: str, page: Page, boss: User):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site}/admin/messaging/didnumber/{make_did().pk}/change/")

    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="✓")).to_be_visible()

    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{site}/webhooks/nxcloud/test-webhook-token/"


def test_a_number_a_paused_queue_and_a_waiting_push_are_put_right_by_clicks(
    site: str, page: Page, boss: User
):
    record_push(envelope=inbound_envelope(content="Anyone there?"))
    open_breaker(reason=Reason("1102"), message=None, at=timezone.now())
    page.goto(f"{site}/admin/")
    page.get_by_role("button", name="Resume now").click()
    expect(page.get_by_text("Sending resumed.")).to_be_visible()

    expect(page.get_by_role("link", name="Add your first DID number")).to_be_visible()

    page.goto(f"{site}/admin/messaging/didnumber/{make_did().pk}/change/")
    page.get_by_role("button", name="Replay them").click()

    expect(page.get_by_text("Pushes processed: 1. Not processed: 0.")).to_be_visible()
    page.goto(f"{site}/admin/messaging/message/")
    expect(page.get_by_text("Anyone there?")).to_be_visible()


@pytest.mark.nightly
def test_a_test_message_shows_its_state_as_it_changes(
    site: str, page: Page, boss: User, accessible: Callable[..., None]
):
    page.goto(f"{site}/admin/messaging/didnumber/{make_did().pk}/test-message/")
    page.get_by_label("Recipient").fill("+34 612 345 678")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Queued")).to_be_visible()
    accessible()

    Message.objects.update(status="delivered")

    expect(page.get_by_role("heading", name="Delivered")).to_be_visible()
    expect(page.get_by_text("Refresh now")).not_to_be_visible()


def test_a_colleague_leaves_and_another_takes_over(
    site: str, page: Page, boss: User, accessible: Callable[[], None]
):
    ana, ben = make_user("ana", first_name="Ana"), make_user("ben", first_name="Ben")
    conversation = make_inbound(make_did(members=(ana, ben))).conversation
    Conversation.objects.update(assignee=ana)
    page.goto(f"{site}/admin/auth/user/{ana.pk}/change/")

    page.get_by_label("Active").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who takes over?")
    accessible()
    page.get_by_label("Ana has 1 open conversation on Front desk.").select_option("Ben")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist")).to_contain_text("1 conversation reassigned.")
    conversation.refresh_from_db()
    assert conversation.assignee == ben


@pytest.mark.nightly
def test_a_one_time_link_is_made_and_copied(
    site: str, page: Page, boss: User, accessible: Callable[[], None]
):
    ana = make_user("ana", first_name="Ana")
    page.goto(f"{site}/admin/auth/user/{ana.pk}/change/")

    page.get_by_role("button", name="Create a one-time link").click()
    page.get_by_label("Password").fill("a good pass phrase")  # an open screen is not enough
    page.keyboard.press("Enter")

    expect(page.get_by_label("One-time link")).to_have_value(re.compile("/accounts/reset/"))
    accessible()
