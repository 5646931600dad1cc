"""Who may do what: the one table of actions and roles, and the two switches of a person.

Everything that decides access asks here: the querysets (`models/visibility.py`), the views and the
API (`services/access/permissions.py`) and the admin. docs/roles.md is written from the table.

A person has a role on each number that lists them as member, and may have one on all numbers, those
of tomorrow too. Where both cover a number, what either allows is allowed. An administrator
(`is_staff` or `is_superuser`) needs neither. Who calls with an API key may do what its person may,
as far as the key reaches: on its numbers, what its scopes are for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is, on one number or on all; each may do what those below it may."""

    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    AGENT = "agent"
    VIEWER = "viewer"


class Action(StrEnum):
    """What somebody does on a number."""

    READ = "read"
    REPLY = "reply"
    ORGANIZE = "organize"
    EDIT_CONTACTS = "edit_contacts"
    OPT_OUT = "opt_out"
    REDACT = "redact"
    EXPORT = "export"
    IMPORT = "import"
    REPORT = "report"
    TEAM_REPORT = "team_report"
    CREATE_SHARED = "create_shared"
    ADMINISTER = "administer"


#: What each action is, for docs/roles.md.
MEANING: Final = {
    Action.READ: "See conversations, messages, notes and contacts; search; hear of what is new; "
    "mark as read or unread for oneself; see the health of a number",
    Action.REPLY: "Write, schedule, cancel and resend messages; be assigned a conversation",
    Action.ORGANIZE: "Write notes; assign, label, snooze, close and reopen; mark as resolved",
    Action.EDIT_CONTACTS: "Add contacts; change a contact's name, email, language and note",
    Action.OPT_OUT: "Record and end opt-outs; block and unblock a sender on the number",
    Action.REDACT: "Hide a text for good",
    Action.EXPORT: "Print and download conversations, contacts, message records and tables of"
    " reports",
    Action.IMPORT: "Import contacts, opt-outs and saved replies from files, and undo it",
    Action.REPORT: "See the figures of one's own messages and answers on a number",
    Action.TEAM_REPORT: "See everybody's figures on a number, its costs and its opt-outs",
    Action.CREATE_SHARED: "Create labels and saved replies",
    Action.ADMINISTER: "Numbers, people, roles, tokens, raw pushes, the queue, everything in the "
    "admin; block a sender on all numbers; erase a person",
}

_ALL: Final = frozenset(Role)
_WHO_WORK: Final = _ALL - {Role.VIEWER}

#: Who may do what. A cell of IF_TEAM_ALLOWS depends on the team settings as well.
TABLE: Final = {
    Action.READ: _ALL,
    Action.REPLY: _WHO_WORK,
    Action.ORGANIZE: _WHO_WORK,
    Action.EDIT_CONTACTS: _WHO_WORK,
    Action.OPT_OUT: _WHO_WORK,
    Action.REDACT: _WHO_WORK,
    Action.EXPORT: _ALL,
    Action.IMPORT: frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR}),
    Action.REPORT: _ALL,
    Action.TEAM_REPORT: frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR}),
    Action.CREATE_SHARED: _WHO_WORK,
    Action.ADMINISTER: frozenset({Role.ADMINISTRATOR}),
}
#: Two boxes in the team settings decide about labels and about saved replies.
IF_TEAM_ALLOWS: Final = frozenset({(Action.CREATE_SHARED, Role.AGENT)})
#: Figures tell of all conversations: not for somebody who sees their own and the unassigned only.
OF_ALL_CONVERSATIONS: Final = frozenset({Action.REPORT})

#: Roles that can be given, the strongest first; administrators are made by `is_staff`.
GIVEN: Final = (Role.SUPERVISOR, Role.AGENT, Role.VIEWER)


@dataclass(frozen=True)
class Rights:
    """What is known of a person before it is asked on which number.

    Attributes:
        is_active: an account that was deactivated may do nothing.
        is_administrator: all numbers, all actions; the switches do not count.
        everywhere: the role on all numbers, if any.
        only_own: they see the conversations that are theirs or nobody's; where they are
            supervisor, all.
        may_export: whether the action EXPORT is theirs at all.
        numbers: the ids of the only DID numbers that the key reaches; None for all that are theirs.
        actions: the only ones that the key is for; None for all that are theirs.
    """

    is_active: bool = True
    is_administrator: bool = False
    everywhere: Role | None = None
    only_own: bool = False
    may_export: bool = True
    numbers: frozenset[int] | None = None
    actions: frozenset[Action] | None = None

    def roles_allowing(self, action: Action) -> frozenset[Role]:
        """Return the roles on a number with which this person may do something there."""
        if not self.is_active or not self._key_is_for(action):
            return frozenset()
        if action is Action.EXPORT and not self.may_export:
            return frozenset()
        if self.only_own and action in OF_ALL_CONVERSATIONS:
            return TABLE[action] & {Role.SUPERVISOR}
        return TABLE[action]

    def allows(
        self, action: Action, *, role: str | None = None, number_id: int | None = None
    ) -> bool:
        """Tell whether this person may do something on a number.

        Args:
            action: what.
            role: theirs as a member of that number; None or "" for no member.
            number_id: the number's id; without it a key for some numbers only allows nothing.
        """
        if self.numbers is not None and number_id not in self.numbers:
            return False
        if self.allows_without_membership(action):
            return True
        return bool(role) and Role(str(role)) in self.roles_allowing(action)

    def allows_everywhere(self, action: Action) -> bool:
        """Tell whether this person may do something on every number."""
        return self.numbers is None and self.allows_without_membership(action)

    def allows_without_membership(self, action: Action) -> bool:
        """Tell whether this person may do something wherever the key reaches, a member or not."""
        if self.is_administrator:
            return self.is_active and self._key_is_for(action)
        return self.everywhere is not None and self.everywhere in self.roles_allowing(action)

    def _key_is_for(self, action: Action) -> bool:
        return self.actions is None or action in self.actions

    @property
    def sees_own_only(self) -> bool:
        """Whether conversations of others are hidden from them, but where they are supervisor."""
        is_above = self.is_administrator or self.everywhere is Role.SUPERVISOR
        return self.only_own and not is_above


#: Nobody: not signed in, or deactivated.
NO_RIGHTS: Final = Rights(is_active=False, may_export=False)


def documented_table() -> str:
    """Return the table in Markdown, as docs/roles.md shows it."""
    lines = [
        f"| | {' | '.join(role.value.capitalize() for role in Role)} |",
        f"|---|{'---|' * len(Role)}",
    ]
    for action in Action:
        cells = [_cell(action, role) for role in Role]
        lines.append(f"| `{action.value}`: {MEANING[action]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(action: Action, role: Role) -> str:
    if (action, role) in IF_TEAM_ALLOWS:
        return "team setting"
    if role not in TABLE[action]:
        return "–"
    if role is Role.ADMINISTRATOR:
        return "yes"
    if action is Action.EXPORT:
        return "with “may export”"
    if action in OF_ALL_CONVERSATIONS and role is not Role.SUPERVISOR:
        return "not with “only own”"
    return "yes"
