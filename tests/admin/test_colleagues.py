"""Colleagues in the admin: adding one on a page, links to choose a password."""

import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from messaging.models import AuditEntry
from tests.factories import make_did, make_user, show_who
from tests.processes import until

pytestmark = pytest.mark.django_db

ADD = "/admin/auth/user/add/"
SITE = "https://sms.example.com"
LINK = re.compile(r'value="(https?://[^"]+/accounts/reset/[^"]+)"')
NEW = "another good phrase"


@pytest.fixture(autouse=True)
def public_address(settings):
    settings.PUBLIC_BASE_URL = SITE


@pytest.fixture
def no_mail(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"


@pytest.fixture
def boss() -> User:
    return make_user("boss", is_staff=True)


@pytest.fixture
def admin(boss) -> Client:
    client = Client()
    client.force_login(boss)
    show_who(client)
    return client


def choose_password(link: str) -> Client:
    """Follow a link as the person that it is for; return their browser."""
    client = Client()
    form = client.get(link.removeprefix(SITE), follow=True)
    assert form.redirect_chain, "the link does not work"
    client.post(form.redirect_chain[-1][0], {"new_password1": NEW, "new_password2": NEW})
    return client


def signs_in(name: str) -> bool:
    form = {"username": name, "password": NEW}
    return Client().post("/accounts/login/", form).status_code == 302


def test_a_colleague_is_added_on_one_page_and_gets_an_invitation(admin):
    did = make_did()

    answer = admin.post(
        ADD,
        {
            "first_name": "Ana",
            "last_name": "Ruiz",
            "email": "Ana.Ruiz@example.com",
            "did_numbers": [did.pk],
        },
        follow=True,
    )

    until(lambda: mail.outbox, what="the invitation")
    link = re.search(rf"^{SITE}/accounts/reset/\S+$", mail.outbox[0].body, re.MULTILINE)
    assert link is not None
    ana = User.objects.get(username="ana.ruiz")
    assert (ana.first_name, ana.last_name, ana.is_staff) == ("Ana", "Ruiz", False)
    assert (ana.has_usable_password(), list(ana.did_numbers.all())) == (False, [did])
    assert mail.outbox[0].to == ["Ana.Ruiz@example.com"]
    assert (
        "Added Ana Ruiz. An invitation is on its way to Ana.Ruiz@example.com."
        in answer.content.decode()
    )
    assert "/accounts/reset/" not in answer.content.decode()
    choose_password(link[0])
    assert signs_in("ana.ruiz")


@pytest.mark.usefixtures("no_mail")
def test_without_a_mail_server_the_link_is_there_to_copy(admin):
    answer = admin.post(ADD, {"email": "ana@example.com", "is_staff": "on"})

    [link] = LINK.findall(answer.content.decode())
    assert link.startswith(f"{SITE}/accounts/reset/")
    assert User.objects.get(username="ana").is_staff
    choose_password(link)
    assert signs_in("ana")


def test_somebody_without_an_address_gets_a_link_though_there_is_a_mail_server(admin):
    answer = admin.post(ADD, {"username": "ana"})

    assert len(LINK.findall(answer.content.decode())) == 1
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"email": "Tom.O'Hara@example.com"}, "tom.o.hara"),
        ({"first_name": "Tom", "last_name": "O’Hara"}, "tom.o.hara"),
        ({"first_name": "伟", "last_name": "张"}, "伟.张"),
        ({"email": "boss@example.com"}, "boss2"),
        ({"email": "BOSS@example.com", "username": "chief"}, "chief"),
        ({"email": "me@example.com"}, "me2"),
    ],
    ids=["email", "name", "Chinese name", "taken", "typed", "a word of the filters"],
)
def test_a_username_is_made_from_what_is_known(admin, boss, fields, name):
    admin.post(ADD, fields)

    assert list(User.objects.exclude(pk=boss.pk).values_list("username", flat=True)) == [name]


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({}, {"username": ["Enter an email address, a name or a username."]}),
        ({"username": "boss"}, {"username": ["A user with that username already exists."]}),
        ({"email": "nonsense"}, None),
    ],
    ids=["nothing", "a name that is taken", "no address"],
)
def test_what_cannot_be_added_says_why_beside_the_field(admin, boss, fields, errors):
    answer = admin.post(ADD, fields)

    found = answer.context["adminform"].form.errors
    assert (dict(found) == errors) if errors else ("email" in found)
    assert User.objects.count() == 1


def test_the_page_says_what_comes_next(admin, settings):
    asked = admin.get(ADD).content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    without = admin.get(ADD).content.decode()

    assert "We’ll email them a link" in asked
    assert "The next page shows a one-time link" in without
    assert 'type="password"' not in asked + without


def test_an_administrator_makes_a_link_for_a_colleague_who_forgot_their_password(admin):
    ana = make_user("ana")
    button = f'action="/admin/auth/user/{ana.pk}/link/"'
    shown = admin.get(f"/admin/auth/user/{ana.pk}/change/").content.decode()

    answer = admin.post(f"/admin/auth/user/{ana.pk}/link/")

    [link] = LINK.findall(answer.content.decode())
    assert button in shown
    assert "no-store" in answer["Cache-Control"]
    choose_password(link)
    assert signs_in("ana")
    assert "This link no longer works" in Client().get(link.removeprefix(SITE)).content.decode()


def test_without_a_public_address_the_link_leads_to_where_the_administrator_is(admin, settings):
    settings.PUBLIC_BASE_URL = ""
    ana = make_user("ana")

    [link] = LINK.findall(admin.post(f"/admin/auth/user/{ana.pk}/link/").content.decode())

    assert link.startswith("http://testserver/accounts/reset/")


def test_a_link_is_made_only_by_who_may_change_the_account(admin, client):
    ana, above = make_user("ana"), make_user("above", is_superuser=True)
    gone = make_user("gone", is_active=False)
    client.force_login(ana)

    answers = [
        admin.post(f"/admin/auth/user/{above.pk}/link/").status_code,
        admin.post(f"/admin/auth/user/{gone.pk}/link/").status_code,
        admin.get(f"/admin/auth/user/{ana.pk}/link/").status_code,
        client.post(f"/admin/auth/user/{ana.pk}/link/").status_code,
    ]

    assert answers == [403, 404, 405, 302]
    pages = [
        admin.get(f"/admin/auth/user/{user.pk}/change/").content.decode() for user in (above, gone)
    ]
    assert ["/link/" in page for page in pages] == [False, False]


def test_links_and_invitations_are_in_the_security_log_without_the_link(admin, boss, caplog):
    ana = make_user("ana")
    caplog.set_level("INFO", logger="didsms.security")

    admin.post(f"/admin/auth/user/{ana.pk}/link/")
    admin.post(ADD, {"email": "ben@example.com"})
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    admin.post(f"/admin/auth/user/{ana.pk}/password/", fields)

    who = f"user=boss user_id={boss.pk} address=127.0.0.1"
    assert [r.getMessage() for r in caplog.records if r.name == "didsms.security"] == [
        f"password_link_made {who} about=ana",
        f"invitation_mailed {who} about=ben",
        f"password_changed_by_administrator {who} about=ana",
    ]


def test_a_password_is_written_down_however_the_id_is_spelled(admin):
    ana = make_user("ana", email="ana@example.com")

    admin.post(
        f"/admin/auth/user/_0A{ana.pk}/password/",
        {"password1": NEW, "password2": NEW, "usable_password": "true"},
    )

    ana.refresh_from_db()
    assert ana.check_password(NEW)
    assert AuditEntry.objects.filter(action="password_changed_by_administrator").count() == 1


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        pytest.param(("A", "B", "C"), "A, B, C", id="few"),
        pytest.param(
            ("A", "B", "C", "D"), '<span title="A, B, C, D">A, B, +2</span>', id="too many"
        ),
    ],
)
def test_list_of_colleagues_names_few_numbers_and_counts_the_others(admin, labels, words):
    ana = make_user("ana")
    for place, label in enumerate(labels):
        make_did(f"861508888880{place}", label=label, members=(ana,))

    page = admin.get("/admin/auth/user/?q=ana").content.decode()

    assert f'<td class="field-numbers">{words}</td>' in page
