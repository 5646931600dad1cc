"""The provider is asked again: who left there is out here within the hour."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.authtoken.models import Token

from messaging.models import AuditEntry, SignOnIdentity, StaffAccess, StaffSession
from messaging.services.access.api_keys import NewKey, create_key
from messaging.services.access.sealed import unseal
from messaging.services.single_sign_on.errors import SignOnFailed
from messaging.services.single_sign_on.provider import forget_provider
from messaging.services.single_sign_on.recheck import (
    ASK_AGAIN_AFTER,
    RECHECK_AFTER,
    recheck_identities,
)
from tests.factories import make_user
from tests.processes import reserve_port
from tests.sign_on_provider import SignOnProvider, sign_on

pytestmark = pytest.mark.django_db

PASSWORD = "a good pass phrase"


@pytest.fixture(scope="module")
def process(tmp_path_factory) -> Iterator[SignOnProvider]:
    with SignOnProvider(log=tmp_path_factory.mktemp("provider") / "log") as provider:
        yield provider.wait()


@pytest.fixture
def provider(process, settings) -> Iterator[SignOnProvider]:
    process.is_set_up(settings)
    process.knows("ana-1", email="ana@example.com", email_verified=True)
    yield process
    forget_provider()


@pytest.fixture
def ana(provider, client) -> User:
    """Somebody with an open session, of whom the provider was last asked long enough ago."""
    ana = make_user("ana", email="ana@example.com")
    sign_on(client, "ana-1")
    make_due()
    return ana


def make_due() -> None:
    SignOnIdentity.objects.update(checked_at=timezone.now() - RECHECK_AFTER)


def is_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def recheck() -> int:
    return recheck_identities(at=timezone.now())


def suspensions() -> list[str]:
    return [row.changes["why"] for row in AuditEntry.objects.filter(action="sign_on_suspended")]


def test_who_is_still_there_goes_on_and_is_asked_about_once_in_a_while(ana, client):
    before = SignOnIdentity.objects.get()

    assert [recheck(), recheck()] == [1, 0]

    after = SignOnIdentity.objects.get()
    assert after.confirmed_at > before.confirmed_at
    assert after.checked_at > before.checked_at
    assert is_in(client)


def test_who_left_is_out_with_session_key_token_and_password(ana, client, provider):
    _row, key = create_key(
        NewKey(name="k", scopes=["numbers:read"]), owner=ana, by=ana, at=timezone.now()
    )
    token = Token.objects.create(user=ana).key
    other = Client()
    other.force_login(ana)

    def calls(header: str) -> int:
        return Client().get("/api/v1/numbers/", headers={"Authorization": header}).status_code

    assert [calls(f"Bearer {key}"), calls(f"Token {token}")] == [200, 200]
    provider.revokes("ana-1")

    assert recheck() == 1

    assert [is_in(client), is_in(other)] == [False, False]
    assert [calls(f"Bearer {key}"), calls(f"Token {token}")] == [401, 401]
    form = {"username": "ana", "password": PASSWORD}
    assert Client().post("/accounts/login/", form).status_code == 200
    assert suspensions() == ["invalid_grant"]
    make_due()
    assert recheck() == 0


def test_who_is_let_in_there_again_is_let_in_here(ana, client, provider):
    provider.revokes("ana-1")
    recheck()

    sign_on(client, "ana-1")

    assert is_in(client)
    assert StaffAccess.objects.get(user=ana).suspended_at is None
    assert AuditEntry.objects.filter(action="sign_on_resumed").count() == 1


def test_a_break_glass_account_never_depends_on_the_provider(ana, client, provider, settings):
    settings.OIDC_BREAK_GLASS = ["ana"]
    other = Client()
    other.force_login(ana)
    provider.revokes("ana-1")

    recheck()

    assert is_in(other)


def test_without_a_provider_nobody_is_suspended(ana, provider, settings):
    provider.revokes("ana-1")
    recheck()
    settings.OIDC_ISSUER = ""

    form = {"username": "ana", "password": PASSWORD}
    assert Client().post("/accounts/login/", form).status_code == 302
    assert recheck() == 0


def test_nobody_asks_about_people_without_a_way_in(ana, client):
    StaffSession.objects.all().delete()

    assert recheck() == 0


def test_a_group_that_was_taken_away_counts_too(ana, client, provider, settings):
    settings.OIDC_GROUPS = [("Desk", "viewer", ()), ("IT", "administrator", ())]
    provider.knows("ana-1", groups=["IT"])
    recheck()
    ana.refresh_from_db()
    assert (ana.is_staff, is_in(client)) == (True, True)

    provider.knows("ana-1", groups=["Others"])
    make_due()
    recheck()
    assert (suspensions(), is_in(client)) == (["no_group"], False)


def test_who_is_in_no_group_at_all_is_out_too(ana, client, provider, settings):
    settings.OIDC_GROUPS = [("Desk", "viewer", ())]

    recheck()  # the provider says nothing of groups

    assert (suspensions(), is_in(client)) == (["no_group"], False)


def test_the_provider_of_before_stands_by_nobody(ana, client, provider, settings):
    provider_of_before = provider.url.replace("127.0.0.1", "localhost")
    SignOnIdentity.objects.update(issuer=provider_of_before)
    other = Client()
    sign_on(other, "ana-1")  # by the new one
    SignOnIdentity.objects.filter(issuer=provider_of_before).update(
        checked_at=timezone.now() - RECHECK_AFTER
    )

    recheck()

    assert [is_in(client), is_in(other)] == [False, True]
    assert suspensions() == []
    SignOnIdentity.objects.filter(issuer=provider.url).update(issuer="http://old.example")
    make_due()
    recheck()
    assert (suspensions(), is_in(other)) == (["former_provider"], False)


def test_an_answer_that_is_neither_yes_nor_no_is_asked_for_again_soon(ana, client, monkeypatch):
    from messaging.services.single_sign_on import recheck as module

    def refuses_us(*_given: object) -> None:
        raise SignOnFailed("wrong_answer")

    monkeypatch.setattr(module, "ask_for_tokens", refuses_us)
    now = timezone.now()

    assert recheck_identities(at=now) == 0

    assert is_in(client)
    assert SignOnIdentity.objects.get().checked_at == now + ASK_AGAIN_AFTER - RECHECK_AFTER


def test_a_slow_provider_keeps_the_worker_from_nothing_else_for_long(ana, monkeypatch):
    from messaging.services.single_sign_on import recheck as module

    monkeypatch.setattr(module, "SECONDS_IN_A_TURN", -1.0)

    assert recheck() == 0
    monkeypatch.undo()
    assert recheck() == 1


def test_a_provider_that_is_away_throws_nobody_out_before_the_limit(ana, client, settings):
    settings.OIDC_ISSUER = f"http://127.0.0.1:{reserve_port()}"
    SignOnIdentity.objects.update(issuer=settings.OIDC_ISSUER)
    forget_provider()
    checked_at = SignOnIdentity.objects.get().checked_at

    assert recheck() == 0

    assert is_in(client)
    assert SignOnIdentity.objects.get().checked_at == checked_at  # the next turn tries again

    limit = timedelta(hours=settings.OIDC_OUTAGE_HOURS)
    SignOnIdentity.objects.update(confirmed_at=timezone.now() - limit)
    recheck()

    assert not is_in(client)
    assert suspensions() == []  # with the provider back they sign in; keys went on


def test_an_outage_ends_no_session_of_a_password(ana, settings):
    other = Client()
    other.force_login(ana)
    SignOnIdentity.objects.update(
        confirmed_at=timezone.now() - timedelta(hours=settings.OIDC_OUTAGE_HOURS)
    )
    SignOnIdentity.objects.update(checked_at=timezone.now())

    recheck()

    assert is_in(other)


def test_a_token_that_cannot_be_opened_lets_nobody_go_on(ana, client, settings):
    settings.SECRET_KEY = "another secret key of more than thirty-two characters"
    settings.SECRET_KEY_FALLBACKS = []

    recheck()

    assert suspensions() == ["unknown_token"]


def test_one_whom_the_provider_takes_for_somebody_else_is_out(ana, client):
    SignOnIdentity.objects.update(subject="tom-1")

    recheck()

    assert not is_in(client)


def test_a_worker_that_was_first_asks_alone(ana, monkeypatch):
    from messaging.services.single_sign_on import recheck as module

    due = module._due

    def late(**named):
        found = list(due(**named))
        SignOnIdentity.objects.update(checked_at=timezone.now())  # by another worker
        return found

    monkeypatch.setattr(module, "_due", late)

    assert recheck() == 0


def test_a_new_refresh_token_replaces_the_old_one(ana, monkeypatch):
    from messaging.services.single_sign_on import recheck as module

    ask = module.ask_for_tokens
    monkeypatch.setattr(
        module, "ask_for_tokens", lambda *given: ask(*given) | {"refresh_token": "rotated"}
    )

    recheck()

    assert unseal(SignOnIdentity.objects.get().refresh_token)[0] == "rotated"
