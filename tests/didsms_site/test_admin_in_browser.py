from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.fixture
def admin(site: str, page: Page, sign_in: Callable[[User], None]) -> User:
    user = User.objects.create_superuser("ann", password="right")
    sign_in(user)
    return user


def test_the_admin_works_under_the_content_policy(site: str, page: Page, admin: User):
    page.goto(f"{site}/admin/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    page.goto(f"{site}/admin/auth/user/")
    page.locator("#action-toggle").check()
    expect(page.locator("tr.selected")).to_have_count(1)

    page.goto(f"{site}/admin/auth/user/{admin.pk}/change/")
    page.locator("[data-toggle]").or_(page.locator(".datetimeshortcuts a")).first.click()
    expect(page.locator("#id_user_permissions_from")).to_be_visible()


def test_the_admin_switches_its_theme_by_script(site: str, page: Page, admin: User):
    page.goto(f"{site}/admin/")
    before = page.locator("html").get_attribute("data-theme")

    page.locator("button.theme-toggle").first.click()

    assert page.locator("html").get_attribute("data-theme") != before


def test_signing_in_by_hand_leads_to_the_admin(site: str, page: Page):
    User.objects.create_superuser("ann", password="right")
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill("right")
    page.get_by_role("button", name="Log in").click()

    expect(page).to_have_url(f"{site}/admin/")
