"""The table of actions and roles, and its page."""

from pathlib import Path

import pytest

from messaging.policy import (
    GIVEN,
    IF_TEAM_ALLOWS,
    MEANING,
    NO_RIGHTS,
    OF_ALL_CONVERSATIONS,
    TABLE,
    Action,
    Rights,
    Role,
    documented_table,
)

PAGE = Path(__file__).resolve().parent.parent / "docs/roles.md"


def test_the_page_shows_the_table_as_it_is():
    assert f"\n{documented_table()}\n" in PAGE.read_text("utf-8")


def test_every_action_has_its_roles_and_its_words():
    assert set(TABLE) == set(MEANING) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_each_role_may_do_what_those_below_it_may(action):
    allowed = [role in TABLE[action] for role in Role]

    assert allowed == sorted(allowed, reverse=True)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", GIVEN)
def test_a_role_on_one_number_and_on_all_allows_the_same(role, action):
    one, everywhere = Rights(), Rights(everywhere=role)

    assert one.allows(action, role=role) == everywhere.allows(action) == (role in TABLE[action])
    assert not one.allows_everywhere(action)


@pytest.mark.parametrize("action", Action)
def test_without_a_role_nothing_is_allowed(action):
    assert not Rights().allows(action)
    assert not Rights().allows(action, role="")
    assert not NO_RIGHTS.allows(action, role=Role.SUPERVISOR)


@pytest.mark.parametrize("action", Action)
def test_the_switches_do_not_bind_an_administrator(action):
    rights = Rights(is_administrator=True, only_own=True, may_export=False)

    assert rights.allows_everywhere(action)
    assert not rights.sees_own_only


@pytest.mark.parametrize("role", GIVEN)
def test_who_sees_their_own_only_sees_no_figures_of_all(role):
    rights = Rights(only_own=True)
    allowed = {action for action in OF_ALL_CONVERSATIONS if rights.allows(action, role=role)}

    assert allowed == (OF_ALL_CONVERSATIONS if role is Role.SUPERVISOR else set())
    assert rights.sees_own_only
    assert not Rights(only_own=True, everywhere=Role.SUPERVISOR).sees_own_only


@pytest.mark.parametrize("role", GIVEN)
def test_without_the_switch_nobody_exports(role):
    assert not Rights(may_export=False).allows(Action.EXPORT, role=role)
    assert not Rights(may_export=False, everywhere=role).allows(Action.EXPORT)
    assert Rights(may_export=False).allows(Action.READ, role=role)


def test_the_team_decides_only_about_agents():
    assert {(Action.CREATE_SHARED, Role.AGENT)} == IF_TEAM_ALLOWS
