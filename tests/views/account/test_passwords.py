"""Choosing a new password with a link, and how often one may ask for it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.models import StaffSettings
from messaging.services.access.password_links import password_link
from tests.factories import make_user
from tests.processes import until

pytestmark = pytest.mark.django_db

SITE = "https://sms.example.com"
RESET = "/accounts/password_reset/"
PASSWORD = "a good pass phrase"
NEW = "another good phrase"


@pytest.fixture(autouse=True)
def public_address(settings):
    settings.PUBLIC_BASE_URL = SITE
    settings.SECURE_SSL_REDIRECT = False


def ask(client, email: str = "ana@example.com", **extra: str) -> int:
    return client.post(RESET, {"email": email}, **extra).status_code


def mails(count: int) -> list[mail.EmailMessage]:
    """Wait for so many mails: they are sent after the answer."""
    until(lambda: len(mail.outbox) >= count, what=f"{count} mails")
    return mail.outbox


def choose(client, link: str, password: str = NEW):
    path = link.removeprefix(SITE)
    form = client.get(path, follow=True)
    if not form.redirect_chain:
        return form
    fields = {"new_password1": password, "new_password2": password}
    return client.post(form.redirect_chain[-1][0], fields, follow=True)


def test_a_forgotten_password_is_replaced_with_a_link_from_an_e_mail(client):
    ana = make_user("ana", email="ana@example.com")

    ask(client)
    sent = mails(1)[0]
    link = re.search(rf"^{SITE}/accounts/reset/\S+$", sent.body, re.MULTILINE)
    assert link is not None
    done = choose(client, link[0])

    ana.refresh_from_db()
    assert ana.check_password(NEW)
    assert "Password changed" in done.content.decode()
    assert (sent.subject, sent.to) == ("[didsms] Choose a new didsms password", ["ana@example.com"])


@pytest.mark.parametrize("host", ["testserver:8443", "localhost", "127.0.0.1:1"])
def test_the_host_header_has_no_say_in_the_link(client, host):
    make_user("ana", email="ana@example.com")

    ask(client, HTTP_HOST=host)

    assert re.findall(r"https?://[^/\s]+", mails(1)[0].body) == [SITE]


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client):
    make_user("ana", email="ana@example.com")
    answers = [
        client.post(RESET, {"email": email}, follow=True).content
        for email in ("nobody@example.com", "ana@example.com")
    ]

    assert answers[0] == answers[1]
    assert [message.to for message in mails(1)] == [["ana@example.com"]]


def test_whether_there_is_an_account_costs_no_query(client):
    make_user("ana", email="ana@example.com")
    ask(client, "warm@example.com")
    counts = []
    for email in ("ana@example.com", "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            ask(client, email)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_somebody_inactive_gets_no_mail(client):
    make_user("tom", email="tom@example.com", is_active=False)
    make_user("ana", email="ana@example.com")

    ask(client, "tom@example.com")
    ask(client, "ana@example.com")

    assert [message.to for message in mails(1)] == [["ana@example.com"]]


def test_a_mail_is_in_its_readers_language(client):
    ana = make_user("ana", email="ana@example.com")
    StaffSettings.objects.create(user=ana, language="zh-hans")

    ask(client)

    assert "您的用户名" in mails(1)[0].body


def test_one_account_gets_one_mail_in_five_minutes_and_the_answers_are_alike(client, monkeypatch):
    make_user("ana", email="ana@example.com")
    make_user("ben", email="ben@example.com")
    answers = [ask(client, email) for email in ("ana@example.com", "ANA@example.com")]
    later = timezone.now() + timedelta(minutes=5, seconds=1)
    monkeypatch.setattr("messaging.views.account.passwords.timezone.now", lambda: later)

    answers += [ask(client), ask(client, "ben@example.com")]

    assert answers == [302] * 4
    assert [message.to[0] for message in mails(3)] == ["ana@example.com"] * 2 + ["ben@example.com"]


def test_one_address_may_ask_ten_times(client):
    answers = [ask(client, f"nobody{number}@example.com") for number in range(11)]
    elsewhere = ask(client, REMOTE_ADDR="192.0.2.9")

    assert (answers, elsewhere) == ([302] * 10 + [429], 302)


@pytest.mark.parametrize(
    ("backend", "address"),
    [
        ("django.core.mail.backends.console.EmailBackend", SITE),
        ("django.core.mail.backends.dummy.EmailBackend", SITE),
        ("django.core.mail.backends.locmem.EmailBackend", ""),
    ],
    ids=["printed", "dropped", "no public address"],
)
def test_where_no_link_can_be_mailed_nothing_is_promised_or_printed(
    client, settings, capfd, backend, address
):
    settings.EMAIL_BACKEND, settings.PUBLIC_BASE_URL = backend, address
    make_user("ana", email="ana@example.com")

    pages = [client.get(path).content.decode() for path in ("/accounts/login/", RESET)]
    ask(client)

    assert [RESET in page for page in pages] == [False, False]
    assert ["sk an administrator" in page for page in pages] == [True, True]
    assert "<form" not in pages[1].split("<h1>")[1]
    assert "/accounts/reset/" not in "".join(capfd.readouterr())
    assert mail.outbox == []


def test_with_a_mail_server_the_login_page_offers_a_link(client):
    assert f'href="{RESET}"' in client.get("/accounts/login/").content.decode()


def test_a_mail_that_fails_says_so_in_the_log_without_the_link(client, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    make_user("ana", email="ana@example.com")

    ask(client)

    until(lambda: "could not be sent" in caplog.text, what="a line in the log")
    assert "/accounts/reset/" not in caplog.text


def test_a_link_works_once(client):
    ana = make_user("ana")
    link = password_link(user=ana)
    choose(client, link)
    client.logout()

    again = choose(client, link, "a third good phrase").content.decode()

    ana.refresh_from_db()
    assert "This link no longer works" in again
    assert ana.check_password(NEW)


def test_a_link_lapses_after_three_days(client, monkeypatch):
    from django.contrib.auth import tokens

    ana = make_user("ana")
    generator = tokens.default_token_generator
    old = generator._now() - timedelta(days=3, seconds=5)
    monkeypatch.setattr(generator, "_now", lambda: old)
    link = password_link(user=ana)
    monkeypatch.undo()

    assert "This link no longer works" in choose(client, link).content.decode()


def test_a_link_of_somebody_who_was_deactivated_does_not_work(client):
    ana = make_user("ana")
    link = password_link(user=ana)
    User.objects.filter(pk=ana.pk).update(is_active=False)

    assert "This link no longer works" in choose(client, link).content.decode()


def test_who_chose_a_password_with_a_link_waits_for_no_stranger(client):
    ana = make_user("ana")
    form = {"username": "ana", "password": "wrong"}
    for number in range(10, 21):
        client.post("/accounts/login/", form, REMOTE_ADDR=f"192.0.2.{number}")

    choose(client, password_link(user=ana))
    answer = client.post("/accounts/login/", {"username": "ana", "password": NEW})

    assert answer.status_code == 302


# --- The present password, asked for before it is changed ---


def change(client, old: str, new: str = NEW) -> int:
    fields = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/accounts/password_change/", fields).status_code


def test_the_present_password_cannot_be_guessed_at_an_open_screen(client):
    client.force_login(make_user("ana"))

    answers = [change(client, f"wrong {number}") for number in range(10)]

    assert (answers, change(client, PASSWORD)) == ([200] * 10, 429)


def test_a_new_password_that_is_too_weak_does_not_count(client):
    client.force_login(make_user("ana"))

    answers = [change(client, PASSWORD, "short") for _ in range(12)]

    assert (answers, change(client, PASSWORD)) == ([200] * 12, 302)


def test_guessing_at_the_form_shuts_nobody_out_of_signing_in(client):
    client.force_login(make_user("ana"))
    for number in range(11):
        change(client, f"wrong {number}")
    client.logout()

    answer = client.post("/accounts/login/", {"username": "ana", "password": PASSWORD})

    assert answer.status_code == 302
