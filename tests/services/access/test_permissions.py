"""What each role may do at every address, and what nobody finds there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from messaging.models import (
    DidNumber,
    Message,
    StaffAccess,
)
from messaging.policy import GIVEN, TABLE, Action, Role
from messaging.services.access.permissions import (
    actions_on,
    check_may,
    may_somewhere,
)
from tests.factories import (
    make_conversation,
    make_did,
    make_user,
    show_who,
)
from tests.services.access.every_address import (
    EMPTY_FOR_STRANGERS,
    PROBES,
    PUBLIC,
    SIGNED_IN,
    Need,
    Probe,
    every_address,
)
from tests.services.access.one_of_each import World, arguments, one_of_each, somebody

pytestmark = pytest.mark.django_db

WITHOUT_RIGHT = {401, 403, 404}


@pytest.fixture
def world() -> World:
    return one_of_each()


def ask(client: Client, name: str, parameters: frozenset[str], probe: Probe, ids: Any) -> Any:
    """Ask, and let nothing stay of it."""
    address = reverse(name, kwargs=arguments(name, parameters, ids))
    data = {key: str(value).format(**ids) for key, value in probe.data.items()}
    cookies = client.cookies.copy()
    with transaction.atomic():
        if probe.method == "GET":
            response = client.get(
                address, data, headers={"HX-Request": "true"} if name == "picker" else {}
            )
        elif name.startswith("api:"):
            response = client.generic(
                probe.method, address, json.dumps(data), content_type="application/json"
            )
        else:
            response = client.post(address, data, headers={"Accept": "application/json"})
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def is_let_in(response: Any) -> bool:
    to_login = response.status_code == 302 and "login/" in response["Location"]
    if response.status_code == 400 and response.json().get("code") == "unknown_sender":
        return False  # it does not tell whether there is such a number
    return response.status_code not in WITHOUT_RIGHT and not to_login


def should_be_let_in(need: Need, role: str, *, name: str) -> bool:
    if need == PUBLIC or (role == "stranger" and name in EMPTY_FOR_STRANGERS):
        return True
    if need == SIGNED_IN:
        return role != "nobody"
    assert isinstance(need, Action)
    return role in TABLE[need]


def test_every_address_says_what_it_takes():
    named = {address.name for address in every_address() if address.name}

    assert named == set(PROBES)


def test_every_method_of_the_api_is_asked():
    missing = {
        (address.name, method)
        for address in every_address()
        for method in address.methods
        if PROBES[address.name] and method not in {probe.method for probe in PROBES[address.name]}
    }

    assert missing == set()


@pytest.mark.parametrize("role", [*Role, "stranger", "nobody"])
def test_a_role_is_let_in_where_the_policy_says(world, role):
    """A stranger is signed in and has no role; nobody is not signed in."""
    client = Client(raise_request_exception=True)
    if role != "nobody":
        client.force_login(somebody(role, world.did))
        show_who(client)
    if role != Role.ADMINISTRATOR:
        # The id under which members know the contact: that of their first conversation.
        world.ids["contact"] = world.ids["conversation"]
    wrong = {}
    for address in every_address():
        for probe in PROBES.get(address.name, ()):
            response = ask(client, address.name, address.parameters, probe, world.ids)
            if is_let_in(response) != should_be_let_in(probe.need, role, name=address.name):
                wrong[address.name, probe.method] = response.status_code
            hidden = probe.is_of_number and role == "stranger"
            if hidden and response.status_code not in (400, 404, 403):
                wrong[address.name, probe.method] = response.status_code

    assert wrong == {}


def test_every_page_of_the_admin_is_for_administrators(world):
    admin = next(p for p in get_resolver().url_patterns if str(p.pattern) == "admin/")
    names = {pattern.name for pattern in admin.url_patterns if getattr(pattern, "name", None)}
    client = Client()
    client.force_login(somebody(Role.SUPERVISOR, world.did))
    public = {"login", "logout", "jsi18n"}
    open_to_others = set()
    for name in names - public:
        try:
            address = reverse(f"admin:{name}")
        except Exception:  # noqa: BLE001, S112  (it names a row: test_sections asks for these)
            continue
        if is_let_in(client.get(address)) or is_let_in(client.post(address)):
            open_to_others.add(name)

    assert open_to_others == set()


def test_a_refusal_of_what_is_seen_differs_from_what_is_not_there(world, client):
    client.force_login(somebody(Role.VIEWER, world.did))
    other = make_conversation(make_did("34911234567"))
    seen, unseen, nothing = (
        client.post(f"/conversations/{pk}/close/").status_code
        for pk in (world.ids["conversation"], other.pk, 10**12)
    )

    assert (seen, unseen, nothing) == (403, 404, 404)


@pytest.mark.parametrize("role", GIVEN)
def test_a_role_on_all_numbers_holds_on_every_one(world, role):
    user = make_user("everywhere")
    StaffAccess.objects.create(user=user, everywhere=role)
    thread = make_conversation(make_did("34911234567"))

    assert actions_on(thread, user=user) == {each for each in Action if role in TABLE[each]}


def test_where_two_roles_cover_a_number_what_either_allows_is_allowed(world):
    user = somebody(Role.AGENT, world.did)
    StaffAccess.objects.create(user=user, everywhere=Role.VIEWER)
    here = make_conversation(world.did)
    there = make_conversation(make_did("34911234567"))

    check_may(Action.REPLY, here, user=user)
    with pytest.raises(PermissionDenied):
        check_may(Action.REPLY, there, user=user)
    assert list(DidNumber.objects.allowing(user, Action.REPLY)) == [world.did]
    assert DidNumber.objects.visible_to(user).count() == 2


def test_a_membership_made_without_a_role_is_an_agent(world):
    user = make_user("new")
    world.did.members.add(user)

    assert actions_on(make_conversation(world.did), user=user) == {
        each for each in Action if Role.AGENT in TABLE[each]
    }


def test_who_may_not_export_reads_all_the_same(world, client):
    user = somebody(Role.SUPERVISOR, world.did)
    StaffAccess.objects.create(user=user, may_export=False)
    client.force_login(user)
    pk = world.ids["conversation"]
    addresses = [
        f"/conversations/{pk}/export/",
        f"/conversations/{pk}/print/",
        f"/messages/{world.ids['sent']}/record/share/",
        "/reports/messages/days.csv",
    ]

    assert [client.get(address).status_code for address in addresses] == [403] * 4
    assert (
        client.get("/api/v1/reports/messages/", headers={"Accept": "text/csv"}).status_code == 403
    )
    page = client.get(f"/inbox/open/{pk}/").content.decode()
    assert "data-export" not in page
    assert not may_somewhere(Action.EXPORT, user=user)


def test_a_deactivated_account_may_nothing(world):
    user = somebody(Role.SUPERVISOR, world.did)
    User.objects.filter(pk=user.pk).update(is_active=False)
    user = User.objects.get(pk=user.pk)

    assert actions_on(make_conversation(world.did), user=user) == frozenset()
    assert not Message.objects.visible_to(user).exists()
