"""The security log: who did what from where, and never a secret."""

import logging

import pytest
from rest_framework.authtoken.models import TokenProxy

from didsms_site.logs import logging_settings
from messaging.models import AuditEntry
from messaging.services.access.password_links import password_link
from messaging.services.access.security_log import record_security_event
from tests.factories import make_inbound, make_user, show_who

pytestmark = pytest.mark.django_db

PASSWORD = "a good pass phrase"
NEW = "another good phrase"
LOGIN = "/accounts/login/"


@pytest.fixture
def lines(caplog):
    """What the security log says: level and line."""
    caplog.set_level(logging.INFO, logger="didsms.security")

    def lines() -> list[tuple[str, str]]:
        return [
            (record.levelname, record.getMessage())
            for record in caplog.records
            if record.name == "didsms.security"
        ]

    return lines


def sign_in(client, password: str, name: str = "ana"):
    form = {"username": name, "password": password}
    return client.post(LOGIN, form, REMOTE_ADDR="203.0.113.9")


def test_signing_in_and_out(client, lines):
    who = f"user=ana user_id={make_user('ana').pk} address=203.0.113.9"

    sign_in(client, "wrong")
    sign_in(client, PASSWORD)
    client.post("/accounts/logout/", REMOTE_ADDR="203.0.113.9")

    assert lines() == [
        ("WARNING", f"sign_in_failed {who}"),
        ("INFO", f"sign_in {who}"),
        ("INFO", f"sign_out {who}"),
    ]


def test_being_locked_out(client, lines):
    who = f"user=ana user_id={make_user('ana').pk} address=203.0.113.9"

    for number in range(11):
        sign_in(client, f"wrong {number}")

    assert lines() == [
        *[("WARNING", f"sign_in_failed {who}")] * 10,
        *[("WARNING", f"sign_in_locked_out {who}")] * 2,
    ]


def test_what_was_typed_for_an_account_that_does_not_exist_may_be_a_password(client, lines):
    sign_in(client, "x", name=PASSWORD)

    assert lines() == [("WARNING", "sign_in_failed user=- user_id=- address=203.0.113.9")]


def test_nobody_fills_the_audit_log_with_passkeys(client, lines):
    for _time in range(25):
        client.post("/accounts/login/passkey/", {"answer": "{}", "token": "x"})

    events = [text.split()[0] for _level, text in lines()]
    assert events == ["passkey_refused"] * 20 + ["passkey_refused_again"] * 5
    assert AuditEntry.objects.count() == 20


def test_the_address_is_the_callers_behind_a_proxy(client, lines, settings):
    settings.TRUSTED_PROXY_COUNT = 1
    ana = make_user("ana")

    client.post(
        LOGIN,
        {"username": "ana", "password": PASSWORD},
        headers={"X-Forwarded-For": "[2001:db8::9]:50122"},
    )

    assert lines() == [("INFO", f"sign_in user=ana user_id={ana.pk} address=2001:db8::9")]


def test_changing_the_password(client, lines):
    ana = make_user("ana")
    client.force_login(ana)
    who = f"user=ana user_id={ana.pk} address=127.0.0.1"

    for old in ("wrong", PASSWORD):
        client.post(
            "/accounts/password_change/",
            {"old_password": old, "new_password1": NEW, "new_password2": NEW},
        )

    assert lines() == [
        ("WARNING", f"password_change_failed {who}"),
        ("INFO", f"password_changed {who}"),
    ]


def test_a_password_link_is_mailed_and_used(client, lines, settings):
    settings.PUBLIC_BASE_URL = "https://sms.example.com"
    ana = make_user("ana", email="ana@example.com")
    who = f"user=ana user_id={ana.pk} address=127.0.0.1"
    link = password_link(user=ana).removeprefix(settings.PUBLIC_BASE_URL)

    client.post("/accounts/password_reset/", {"email": "ana@example.com"})
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"new_password1": NEW, "new_password2": NEW})

    assert lines() == [
        ("INFO", f"password_link_mailed {who}"),
        ("INFO", f"password_set_by_link {who}"),
    ]


def test_making_and_deleting_a_token(client, lines):
    root, bot = make_user("root", is_staff=True), make_user("bot")
    client.force_login(root)
    show_who(client)
    who = f"user=root user_id={root.pk} address=127.0.0.1"

    client.post("/admin/authtoken/tokenproxy/add/", {"user": bot.pk})
    client.post(f"/admin/authtoken/tokenproxy/{bot.pk}/delete/", {"post": "yes"})

    assert lines() == [
        ("INFO", f"token_created {who} token_of=bot"),
        ("INFO", f"token_deleted {who} token_of=bot"),
    ]


def test_one_administrator_makes_ten_tokens_in_a_quarter_of_an_hour(client, lines):
    root = make_user("root", is_staff=True)
    client.force_login(root)
    show_who(client)

    answers = [
        client.post("/admin/authtoken/tokenproxy/add/", {"user": make_user().pk}).status_code
        for _ in range(11)
    ]

    assert (answers, TokenProxy.objects.count()) == ([200] * 10 + [429], 10)
    assert lines()[-1] == (
        "WARNING",
        f"token_creation_locked_out user=root user_id={root.pk} address=127.0.0.1",
    )


@pytest.mark.parametrize(("path", "form"), [("export", "csv"), ("print", "print")])
def test_taking_a_conversation_away(client, lines, path, form):
    ana = make_user("ana", is_staff=True)
    client.force_login(ana)
    conversation = make_inbound().conversation_id

    client.get(f"/conversations/{conversation}/{path}/")

    who = f"user=ana user_id={ana.pk} address=127.0.0.1"
    assert lines() == [("INFO", f"export {who} conversation={conversation} form={form}")]


def test_a_name_cannot_forge_a_line(lines):
    user = make_user('a\nsign_in user=root "x')

    record_security_event("sign_in", user=user, address="192.0.2.1", note="经理")

    name = r'"a\nsign_in user=root \"x"'
    assert lines() == [
        ("INFO", f'sign_in user={name} user_id={user.pk} address=192.0.2.1 note="经理"')
    ]


def test_the_level_of_the_rest_does_not_silence_it(monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "ERROR")

    assert logging_settings()["loggers"]["didsms.security"] == {
        "handlers": [],
        "level": "INFO",
        "propagate": True,
    }
