"""Single sign-on from the button to the inbox, with a real provider in a process of its own."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from messaging.models import (
    AuditEntry,
    Membership,
    SecondFactor,
    SignOnIdentity,
    StaffAccess,
    StaffSession,
)
from messaging.services.access.pending_sign_in import is_proved
from messaging.services.access.recovery_codes import make_codes
from messaging.services.access.sealed import seal, unseal
from messaging.services.single_sign_on import flow
from messaging.services.single_sign_on.accounts import verified_email
from messaging.services.single_sign_on.errors import SignOnFailed
from messaging.services.single_sign_on.flow import LASTS, together
from messaging.services.single_sign_on.provider import forget_provider
from tests.factories import make_did, make_user
from tests.processes import reserve_port
from tests.sign_on_provider import SignOnProvider, asked_of_provider, came_back, sign_on

pytestmark = pytest.mark.django_db

START, BACK = "/accounts/sso/", "/accounts/sso/callback/"
PASSWORD = "a good pass phrase"
ANA = {
    "email": "ana@example.com",
    "email_verified": True,
    "preferred_username": "ana",
    "given_name": "Ana",
    "family_name": "Ruiz",
}


@pytest.fixture(scope="module")
def process(tmp_path_factory) -> Iterator[SignOnProvider]:
    with SignOnProvider(log=tmp_path_factory.mktemp("provider") / "log") as provider:
        yield provider.wait()


@pytest.fixture
def provider(process, settings) -> Iterator[SignOnProvider]:
    process.is_set_up(settings)
    process.knows("ana-1", **ANA)
    yield process
    forget_provider()


def refusal(answer) -> str:
    """The reason in the audit log of the last refusal; the page must be one in words."""
    assert answer.status_code == 403
    assert "You’re not signed in" in answer.content.decode()
    return AuditEntry.objects.filter(action="sign_on_failed").order_by("-id")[0].changes["why"]


def is_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def test_without_settings_there_is_no_trace_of_it(client):
    assert "sso" not in client.get("/accounts/login/").content.decode()
    assert [client.get(path).status_code for path in (START, BACK)] == [404, 404]


def test_the_browser_is_sent_with_a_code_challenge_bound_to_its_cookie(client, provider):
    asked = asked_of_provider(client)
    kept = json.loads(unseal(client.cookies["sign_on"].value)[0])

    challenge = hashlib.sha256(kept["verifier"].encode()).digest()
    assert asked == {
        "response_type": "code",
        "client_id": "didsms",
        "redirect_uri": f"http://testserver{BACK}",
        "scope": "openid email profile",
        "state": kept["state"],
        "nonce": kept["nonce"],
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert len({kept["state"], kept["nonce"], kept["verifier"]}) == 3
    cookie = client.cookies["sign_on"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert not StaffSession.objects.exists()


def test_the_scopes_and_what_else_a_provider_wants_are_settings(client, provider, settings):
    settings.OIDC_SCOPES = "openid, email"
    settings.OIDC_AUTHORIZE_PARAMS = "access_type=offline&client_id=evil"

    asked = asked_of_provider(client)

    assert (asked["scope"], asked["access_type"]) == ("openid email", "offline")
    assert asked["client_id"] == "didsms"


def test_the_first_sign_in_makes_an_account(client, provider):
    page = client.get("/accounts/login/").content.decode()
    assert "Sign in with single sign-on" in page

    answer = sign_on(client, "ana-1", f"{START}?next=/settings/")

    assert answer["Location"] == "/settings/"
    assert is_in(client)
    ana = User.objects.get()
    assert (ana.username, ana.email, ana.get_full_name()) == ("ana", "ana@example.com", "Ana Ruiz")
    assert (ana.is_staff, ana.has_usable_password()) == (False, False)
    identity = SignOnIdentity.objects.get()
    assert (identity.user, identity.issuer, identity.subject) == (ana, provider.url, "ana-1")
    assert identity.refresh_token not in ("", unseal(identity.refresh_token)[0])
    rows = AuditEntry.objects.order_by("id").values_list("action", "changes")
    assert list(rows) == [
        ("created", {"by": "single_sign_on"}),
        ("sign_in", {"factor": "single_sign_on"}),
    ]
    assert "Change password" not in client.get("/settings/").content.decode()


def test_the_second_sign_in_finds_the_account_by_its_subject(client, provider):
    sign_on(client, "ana-1")
    provider.knows("ana-1", **ANA | {"email": "ruiz@example.com", "family_name": "Ruiz Soler"})

    sign_on(Client(), "ana-1")

    ana = User.objects.get()
    assert (ana.email, ana.last_name) == ("ruiz@example.com", "Ruiz Soler")
    row = AuditEntry.objects.get(action="changed")
    assert row.changes == {"email": ["ana@example.com", "ruiz@example.com"]}


def test_an_account_is_matched_by_a_verified_email(client, provider):
    ana = make_user("receptionist", email="Ana@Example.com")

    sign_on(client, "ana-1")

    assert User.objects.get() == ana
    assert SignOnIdentity.objects.get().user == ana
    assert AuditEntry.objects.filter(action="sign_on_linked", actor_id=ana.pk).count() == 1


@pytest.mark.parametrize(
    "claims",
    [{"email_verified": False}, {"email_verified": "no"}, {"email_verified": None}],
    ids=["false", "a word", "nothing"],
)
def test_an_email_that_is_not_verified_opens_nobodys_account(client, provider, claims):
    make_user("receptionist", email="ana@example.com")
    provider.knows("ana-1", **ANA | claims)

    known = sign_on(client, "ana-1")
    provider.knows("tom-1", **ANA | claims | {"email": "nobody@example.com"})
    unknown = sign_on(Client(), "tom-1")

    assert [refusal(known), refusal(unknown)] == ["unverified"] * 2
    assert known.context["words"] == unknown.context["words"]  # nobody learns who has an account
    assert not SignOnIdentity.objects.exists()
    assert User.objects.count() == 1
    assert not is_in(client)


@pytest.mark.parametrize(
    ("claims", "trusts", "is_match"),
    [
        ({"email_verified": "true"}, False, True),
        ({"xms_edov": "1"}, False, True),
        ({"xms_edov": True}, False, True),
        ({"xms_edov": False}, True, False),
        ({"xms_edov": True, "email_verified": False}, True, False),
        ({}, False, False),
        ({}, True, True),
        ({"email_verified": False}, True, False),
    ],
    ids=str,
)
def test_who_says_that_an_email_is_verified(client, provider, settings, claims, trusts, is_match):
    settings.OIDC_TRUST_EMAIL = trusts
    make_user("receptionist", email="ana@example.com")
    provider.knows("eda-1", email="ana@example.com", **claims)

    sign_on(client, "eda-1")

    assert is_in(client) is is_match
    assert SignOnIdentity.objects.exists() is is_match


def test_that_one_address_is_verified_says_nothing_of_another():
    token = {"sub": "ana-1", "email": "boss@example.com"}
    said = {"sub": "ana-1", "email": "ana@example.com", "email_verified": True}

    assert verified_email(together(token, said)) == ""
    assert verified_email(together({"sub": "ana-1"}, said)) == "ana@example.com"
    assert verified_email(together(token, said | {"email": "boss@example.com"})) == token["email"]


def test_an_emergency_account_is_nobodys_at_the_provider(client, provider, settings):
    settings.OIDC_BREAK_GLASS = ["ana"]
    glass = make_user("ana", email="ana@example.com", is_superuser=True)
    sign_on(client, "ana-1")

    assert is_in(client)
    assert glass.sign_on_identities.count() == 0

    glass.delete()  # its name is given to nobody either
    User.objects.all().delete()
    sign_on(Client(), "ana-1")
    assert User.objects.get().username == "ana2"


def test_an_email_of_two_accounts_or_of_somebody_elses_identity_is_no_match(client, provider):
    ana = make_user("one", email="ana@example.com")
    sign_on(client, "ana-1")
    provider.knows("other-1", **ANA)

    assert refusal(sign_on(Client(), "other-1")) == "ambiguous"
    make_user("two", email="ANA@example.com")
    SignOnIdentity.objects.all().delete()
    assert refusal(sign_on(Client(), "ana-1")) == "ambiguous"
    assert ana.sign_on_identities.count() == 0


def test_accounts_are_made_only_where_that_is_wanted(client, provider, settings):
    settings.OIDC_CREATE_ACCOUNTS = False

    assert refusal(sign_on(client, "ana-1")) == "no_account"
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["ana", "Ána Ruiz", "none", "\0", "x" * 5000, "👩‍💼"])
def test_any_name_becomes_a_username_that_is_free(client, provider, name):
    make_user("ana")
    provider.knows("ana-1", preferred_username=name, email="")

    sign_on(client, "ana-1")

    assert is_in(client)
    assert User.objects.count() == 2
    assert User.objects.exclude(username="ana").get().username not in ("", "none")


def test_groups_give_role_and_numbers_and_take_them_again(client, provider, settings):
    settings.OIDC_GROUPS = [
        ("Front desk", "agent", ("8615088888888",)),
        ("Back office", "viewer", ("8615088888888", "34911000001", "34999")),
        ("Managers", "supervisor", ()),
        ("IT", "administrator", ()),
    ]
    desk, office = make_did(), make_did("34911000001")
    make_user("boss", is_staff=True)

    def rights(*groups: str) -> tuple[bool, str, dict[str, str]]:
        provider.knows("ana-1", **ANA | {"groups": list(groups)})
        sign_on(Client(), "ana-1")
        ana = User.objects.get(username="ana")
        roles = dict(Membership.objects.filter(user=ana).values_list("didnumber__number", "role"))
        access = StaffAccess.objects.filter(user=ana).first()
        return ana.is_staff, access.everywhere if access else "", roles

    assert rights("Front desk", "Others") == (False, "", {desk.number: "agent"})
    assert rights("Back office", "Front desk") == (
        False,
        "",
        {desk.number: "agent", office.number: "viewer"},
    )
    assert rights("Managers") == (False, "supervisor", {})
    assert rights("IT", "Back office")[0] is True
    assert rights("Front desk") == (False, "", {desk.number: "agent"})
    provider.knows("ana-1", **ANA | {"groups": ["Others"]})
    assert refusal(sign_on(Client(), "ana-1")) == "no_group"
    rows = AuditEntry.objects.filter(action="sign_on_rights").order_by("id")
    assert rows[0].changes["numbers"] == [{}, {desk.number: "agent"}]
    assert rows.count() == 5


def test_groups_take_nothing_from_superusers_and_break_glass_accounts(provider, settings):
    settings.OIDC_GROUPS = [("Front desk", "viewer", ())]
    settings.OIDC_BREAK_GLASS = ["glass"]
    provider.knows("ana-1", **ANA | {"groups": ["Front desk"]})
    for name, fields in (("root", {"is_superuser": True}), ("glass", {})):
        User.objects.all().delete()
        user = make_user(name, is_staff=True, email="ana@example.com", **fields)
        make_user("other", is_staff=True)
        now = timezone.now()
        SignOnIdentity.objects.create(
            user=user,
            issuer=provider.url,
            subject="ana-1",
            created_at=now,
            checked_at=now,
            confirmed_at=now,
        )

        sign_on(Client(), "ana-1")

        user.refresh_from_db()
        assert (user.is_staff, user.last_login is not None) == (True, True)


def test_groups_leave_the_last_administrator(client, provider, settings):
    settings.OIDC_GROUPS = [("Front desk", "viewer", ())]
    provider.knows("ana-1", **ANA | {"groups": ["Front desk"]})
    ana = make_user("ana", is_staff=True, email="ana@example.com")
    make_user("gone", is_staff=True, is_active=False)

    def is_administrator() -> bool:
        sign_on(Client(), "ana-1")
        return User.objects.get(pk=ana.pk).is_staff

    assert is_administrator()
    make_user("boss", is_staff=True)
    assert not is_administrator()


def test_somebody_deactivated_here_stays_out(client, provider):
    sign_on(client, "ana-1")
    User.objects.update(is_active=False)

    assert refusal(sign_on(Client(), "ana-1")) == "deactivated"
    assert not is_in(client)


@pytest.mark.parametrize(
    ("rule", "claims", "asks"),
    [
        ("claim", {}, True),
        ("claim", {"amr": ["pwd"]}, True),
        ("claim", {"amr": ["pwd", "mfa"]}, False),
        ("claim", {"amr": "mfa"}, True),
        ("claim", {"acr": "urn:strong"}, False),
        ("claim", {"acr": "urn:weak"}, True),
        ("always", {}, False),
        ("never", {"amr": ["mfa"]}, True),
    ],
)
def test_whether_the_provider_s_sign_in_is_a_second_factor(
    client, provider, settings, rule, claims, asks
):
    settings.OIDC_SECOND_FACTOR, settings.OIDC_FACTOR_ACR = rule, ["urn:strong"]
    ana = make_user("ana", is_staff=True, email="ana@example.com")
    SecondFactor.objects.create(user=ana, secret=seal("JBSWY3DPEHPK3PXP"))
    provider.knows("ana-1", **ANA | claims)

    answer = sign_on(client, "ana-1")

    assert (answer["Location"] == "/accounts/login/verify/") is asks
    assert is_in(client) is not asks


def test_who_must_have_a_second_factor_has_it_there(client, provider, settings):
    make_user("ana", is_staff=True, email="ana@example.com")
    settings.OIDC_SECOND_FACTOR = "always"
    sign_on(client, "ana-1")
    SecondFactor.objects.update_or_create(
        user=User.objects.get(), defaults={"grace_ends_at": timezone.now()}
    )

    assert is_in(client)
    assert "Set up two-step" not in client.get("/settings/").content.decode()

    settings.OIDC_SECOND_FACTOR = "never"
    other = Client()
    sign_on(other, "ana-1")
    assert not is_in(other)


def test_the_second_step_comes_after_the_provider(client, provider):
    ana = make_user("ana", email="ana@example.com")
    SecondFactor.objects.create(user=ana, passkey_count=1)
    sign_on(client, "ana-1", f"{START}?next=/settings/keys/")
    code = make_codes(user=ana, address="")[0]

    answer = client.post("/accounts/login/verify/", {"code": code})

    assert answer["Location"] == "/settings/keys/"
    assert client.session["sign_on_identity"] == SignOnIdentity.objects.get().pk


def test_a_sign_in_there_of_long_ago_proves_nothing(client, provider):
    def proved(**claims) -> bool:
        provider.knows("ana-1", **ANA | claims)
        other = Client()
        sign_on(other, "ana-1")
        return is_proved(other.session, at=timezone.now())

    now = timezone.now().timestamp()
    assert not proved(auth_time=None)
    assert proved(auth_time=int(now) - 60)
    assert not proved(auth_time=int(now) - 3600)


def test_somebody_without_a_password_confirms_it_at_the_provider(client, provider):
    provider.knows("ana-1", **ANA | {"auth_time": None})
    sign_on(client, "ana-1")
    provider.knows("ana-1", **ANA | {"auth_time": int(timezone.now().timestamp())})
    asked = client.get("/settings/two-step/authenticator/", follow=True)
    link = asked.context["sign_on"]
    assert link.startswith(START)
    assert asked.context["form"].fields == {}

    wanted = asked_of_provider(client, link)
    assert (wanted["prompt"], wanted["max_age"]) == ("login", "0")
    answer = sign_on(client, "ana-1", link)

    assert answer["Location"] == "/settings/two-step/authenticator/"
    assert client.get(answer["Location"]).status_code == 200
    assert AuditEntry.objects.filter(action="sign_on_confirmed").count() == 1


def test_a_provider_that_tells_no_time_is_believed_only_where_that_is_set(
    client, provider, settings
):
    provider.knows("ana-1", **ANA | {"auth_time": None})
    sign_on(client, "ana-1")
    link = f"{START}?confirm=1&next=/settings/"

    assert refusal(sign_on(client, "ana-1", link)) == "no_time"
    assert not is_proved(client.session, at=timezone.now())
    settings.OIDC_REQUIRE_AUTH_TIME = False
    assert sign_on(client, "ana-1", link)["Location"] == "/settings/"
    assert is_proved(client.session, at=timezone.now())


def test_confirming_takes_the_same_person_and_a_fresh_sign_in(client, provider):
    provider.knows("ana-1", **ANA | {"auth_time": None})
    sign_on(client, "ana-1")
    provider.knows("tom-1", preferred_username="tom")
    link = f"{START}?confirm=1&next=/settings/"

    assert refusal(sign_on(client, "tom-1", link)) == "other_person"
    hour_ago = (timezone.now() - timedelta(hours=1)).timestamp()
    provider.knows("ana-1", **ANA | {"auth_time": int(hour_ago)})
    assert refusal(sign_on(client, "ana-1", link)) == "not_fresh"
    assert not is_proved(client.session, at=timezone.now())
    assert is_in(client)


def test_a_code_is_good_once_and_for_the_browser_that_asked(client, provider):
    back = came_back(client, "ana-1")

    assert refusal(Client().get(back)) == "stale"
    assert client.get(back).status_code == 302
    assert refusal(client.get(back)) == "stale"


def test_a_code_of_somebody_else_is_refused(client, provider):
    provider.knows("eve-1", preferred_username="eve")
    hers = came_back(Client(), "eve-1").partition("code=")[2].partition("&")[0]
    mine = came_back(client, "ana-1")
    code = mine.partition("code=")[2].partition("&")[0]

    # The code fits no nonce of this browser.
    assert refusal(client.get(mine.replace(code, hers))) == "wrong_answer"
    assert not User.objects.exists()


def test_what_was_sealed_for_something_else_is_no_cookie(client, provider):
    state = asked_of_provider(client)["state"]
    for text in ("a refresh token", "7", "{}", json.dumps({"state": state})):
        client.cookies["sign_on"] = seal(text)

        assert refusal(client.get(f"{BACK}?state={state}&code=x")) == "stale"


def test_an_answer_of_another_provider_is_refused(client, provider):
    back = came_back(client, "ana-1")

    assert refusal(client.get(f"{back}&iss=https://evil.example")) == "wrong_answer"
    assert not User.objects.exists()
    back = came_back(client, "ana-1")
    assert client.get(f"{back}&iss={provider.url}").status_code == 302


def test_what_took_too_long_is_begun_again(client, provider):
    back = came_back(client, "ana-1")
    kept = json.loads(unseal(client.cookies["sign_on"].value)[0])
    kept["at"] -= LASTS.total_seconds()
    client.cookies["sign_on"] = seal(json.dumps(kept))

    answer = client.get(back)

    assert refusal(answer) == "stale"
    assert "Try again" in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    ["", "state=x&code=y", "state=%00&code=%00", f"state={'x' * 4000}", "error=%F0%9F%94%91"],
    ids=["nothing", "made up", "nul", "long", "emoji"],
)
def test_what_nobody_sent_is_refused_in_words(client, provider, query):
    asked_of_provider(client)

    assert refusal(client.get(f"{BACK}?{query}")) == "stale"


def test_who_cancels_there_is_told_so(client, provider):
    state = asked_of_provider(client)["state"]

    denied = client.get(f"{BACK}?error=access_denied&state={state}")
    state = asked_of_provider(client)["state"]
    failed = client.get(f"{BACK}?error=server_error&state={state}")

    assert [refusal(denied), refusal(failed)] == ["wrong_answer"] * 2
    reasons = AuditEntry.objects.filter(action="sign_on_failed").order_by("id")
    assert [row.changes["why"] for row in reasons] == ["denied", "wrong_answer"]


def test_a_code_that_was_made_up_is_refused(client, provider):
    state = asked_of_provider(client)["state"]

    assert refusal(client.get(f"{BACK}?state={state}&code=made-up")) == "wrong_answer"


def test_many_failures_have_to_wait(client, provider):
    answers = [client.get(f"{BACK}?state=x").status_code for _ in range(31)]

    assert answers == [403] * 30 + [429]


def test_a_provider_that_is_away_is_said_in_words(client, provider, settings):
    settings.OIDC_ISSUER = f"http://127.0.0.1:{reserve_port()}"

    answer = client.get(START)

    assert answer.status_code == 503
    assert "can’t be reached" in answer.content.decode()
    assert not AuditEntry.objects.exists()  # anybody can ask as often as they like


def test_a_provider_that_goes_away_meanwhile_makes_nobody_wait_afterwards(
    client, provider, monkeypatch
):
    back = came_back(client, "ana-1")

    def is_away(*_given: object) -> None:
        raise SignOnFailed("away")

    with monkeypatch.context() as patch:
        patch.setattr(flow, "ask_for_tokens", is_away)
        assert [client.get(back).status_code for _ in range(2)] == [503, 403]
    for _ in range(35):
        with monkeypatch.context() as patch:
            patch.setattr(flow, "ask_for_tokens", is_away)
            back = f"{BACK}?code=x&state={asked_of_provider(client)['state']}"
            assert client.get(back).status_code == 503
    sign_on(client, "ana-1")
    assert is_in(client)


def test_it_leads_to_no_other_site(client, provider):
    answer = sign_on(client, "ana-1", f"{START}?next=https://evil.example/")

    assert answer["Location"] == "/"


@pytest.mark.parametrize(
    ("wanted", "page"),
    [
        ("/settings/?q=您", "/settings/?q=%E6%82%A8"),
        ("/?q=" + "您" * 400, "/"),
        ("/" + "x" * 1000, "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nSet-Cookie: b", "/a%0ASet-Cookie:%20b"),
        ("\0/", "/"),
    ],
    ids=lambda value: value[:20].replace("\0", "nul"),
)
def test_pages_come_back_as_they_were_or_not_at_all(client, provider, wanted, page):
    start = f"{START}?{urlencode({'next': wanted})}"

    assert sign_on(client, "ana-1", start)["Location"] == page


def test_the_password_is_left_to_break_glass_accounts(client, provider, settings):
    settings.OIDC_ONLY, settings.OIDC_BREAK_GLASS = True, ["glass"]
    settings.OIDC_NAME = "Contoso"
    for name in ("ana", "glass"):
        make_user(name, email=f"{name}@example.org")

    page = client.get("/accounts/login/").content.decode()
    assert "Sign in with Contoso" in page
    assert 'name="password"' not in page
    assert 'name="password"' in client.get("/accounts/login/?password=1").content.decode()

    def signs_in(name: str) -> bool:
        form = {"username": name, "password": PASSWORD}
        return Client().post("/accounts/login/", form).status_code == 302

    assert (signs_in("ana"), signs_in("glass")) == (False, True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PUBLIC_BASE_URL = "https://sms.example.com"
    client.post("/accounts/password_reset/", {"email": "ana@example.org"})
    assert mail.outbox == []


def test_with_sign_on_only_sessions_of_passwords_end_at_once(client, provider, settings):
    people = [make_user(name) for name in ("tom", "glass")]
    clients = [Client(), Client()]
    for each, user in zip(clients, people, strict=True):
        each.force_login(user)
    sign_on(client, "ana-1")
    assert [is_in(each) for each in (*clients, client)] == [True] * 3

    settings.OIDC_ONLY, settings.OIDC_BREAK_GLASS = True, ["glass"]

    assert [is_in(each) for each in (*clients, client)] == [False, True, True]
    assert clients[0].get("/accounts/login/").status_code == 200  # no circle
    assert clients[0].get("/api/v1/numbers/").status_code in (401, 403)


def test_who_came_from_the_provider_is_mailed_no_link_for_a_password(client, provider, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PUBLIC_BASE_URL = "http://testserver"
    sign_on(client, "ana-1")
    mail.outbox.clear()

    Client().post("/accounts/password_reset/", {"email": "ana@example.com"})

    assert mail.outbox == []


def test_signing_out_here_ends_the_session_here(client, provider):
    sign_on(client, "ana-1")
    assert "You sign in with single sign-on." in client.get("/settings/").content.decode()

    client.post("/accounts/logout/")

    assert not is_in(client)
    assert "sign_on_identity" not in client.session


def test_who_came_by_another_name_of_the_site_begins_at_the_public_one(client, provider, settings):
    settings.PUBLIC_BASE_URL = "https://sms.example.com"

    there = client.get(f"{START}?next=/settings/")["Location"]

    assert there == "https://sms.example.com/accounts/sso/?next=%2Fsettings%2F&moved=1"
    # Behind a proxy that hides the name it goes on all the same.
    asked = asked_of_provider(client, f"{START}?moved=1")
    assert asked["redirect_uri"] == f"https://sms.example.com{BACK}"


def test_without_a_refresh_token_a_session_lasts_an_hour(client, provider, monkeypatch):
    ask = flow.ask_for_tokens
    monkeypatch.setattr(
        flow, "ask_for_tokens", lambda *given: ask(*given) | {"refresh_token": None}
    )

    sign_on(client, "ana-1")

    row = StaffSession.objects.get(user__isnull=False)
    assert timedelta(minutes=59) < row.expire_date - timezone.now() <= timedelta(hours=1)
    assert SignOnIdentity.objects.get().refresh_token == ""
