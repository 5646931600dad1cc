"""What an API key may be for: the scopes, and which actions of the policy each one takes."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

from messaging.models import KeyLimits
from messaging.policy import Action

if TYPE_CHECKING:
    from collections.abc import Iterable


class Scope(StrEnum):
    """What a key is for; none of them holds another one."""

    MESSAGES_READ = "messages:read"
    MESSAGES_SEND = "messages:send"
    MESSAGES_REDACT = "messages:redact"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    CONTACTS_EXPORT = "contacts:export"
    CONTACTS_ERASE = "contacts:erase"
    EXPORTS_CREATE = "exports:create"
    NUMBERS_READ = "numbers:read"
    NUMBERS_MANAGE = "numbers:manage"
    REPORTS_READ = "reports:read"
    HEALTH_READ = "health:read"
    KEYS_READ = "keys:read"
    KEYS_MANAGE = "keys:manage"
    SENDING_READ = "sending:read"
    SENDING_MANAGE = "sending:manage"
    PUSHES_READ = "pushes:read"
    PUSHES_REPLAY = "pushes:replay"
    AUDIT_READ = "audit:read"


#: What each one is for, for the documents and the OpenAPI description.
MEANING: Final = {
    Scope.MESSAGES_READ: gettext_lazy(
        "Messages with their statuses and records; the feed of changes"
    ),
    Scope.MESSAGES_SEND: gettext_lazy("Send, resend and cancel messages; estimate their cost"),
    Scope.MESSAGES_REDACT: gettext_lazy("Hide the text of a message for good"),
    Scope.CONVERSATIONS_READ: gettext_lazy("Conversations with the beginning of the last message"),
    Scope.CONVERSATIONS_WRITE: gettext_lazy("Assign, label, snooze, close and reopen; write notes"),
    Scope.CONTACTS_READ: gettext_lazy("Contacts"),
    Scope.CONTACTS_WRITE: gettext_lazy(
        "Add contacts; change a contact’s name, email, language and fields"
    ),
    Scope.CONTACTS_EXPORT: gettext_lazy(
        "Everything that is held about one contact, with messages and notes"
    ),
    Scope.EXPORTS_CREATE: gettext_lazy("Export everything that its owner may see, as files"),
    Scope.CONTACTS_ERASE: gettext_lazy("Erase one contact for good (administrators)"),
    Scope.NUMBERS_READ: gettext_lazy("Numbers and their members"),
    Scope.NUMBERS_MANAGE: gettext_lazy("Add and change numbers (administrators)"),
    Scope.REPORTS_READ: gettext_lazy("Reports"),
    Scope.HEALTH_READ: gettext_lazy("Health of the numbers"),
    Scope.KEYS_READ: gettext_lazy("List keys"),
    Scope.KEYS_MANAGE: gettext_lazy(
        "Create keys that reach no further than this one, and revoke keys"
    ),
    Scope.SENDING_READ: gettext_lazy("State of the queue (administrators)"),
    Scope.SENDING_MANAGE: gettext_lazy("Resume sending (administrators)"),
    Scope.PUSHES_READ: gettext_lazy("Raw pushes (administrators)"),
    Scope.PUSHES_REPLAY: gettext_lazy("Replay pushes (administrators)"),
    Scope.AUDIT_READ: gettext_lazy("The audit log (administrators)"),
}

#: For keys of administrators alone.
OF_ADMINISTRATORS: Final = frozenset(
    {
        Scope.CONTACTS_ERASE,
        Scope.NUMBERS_MANAGE,
        Scope.SENDING_READ,
        Scope.SENDING_MANAGE,
        Scope.PUSHES_READ,
        Scope.PUSHES_REPLAY,
        Scope.AUDIT_READ,
    }
)

#: What else a scope takes besides seeing what it is about.
_ACTIONS: Final = {
    Scope.MESSAGES_SEND: {Action.REPLY},
    Scope.MESSAGES_REDACT: {Action.REDACT},
    Scope.CONVERSATIONS_WRITE: {Action.ORGANIZE, Action.CREATE_SHARED},
    Scope.CONTACTS_WRITE: {Action.EDIT_CONTACTS},
    Scope.CONTACTS_EXPORT: {Action.EXPORT},
    Scope.EXPORTS_CREATE: {Action.EXPORT},
    Scope.CONTACTS_ERASE: {Action.ADMINISTER},
    Scope.NUMBERS_MANAGE: {Action.ADMINISTER},
    Scope.REPORTS_READ: {Action.REPORT, Action.TEAM_REPORT, Action.EXPORT},
    Scope.SENDING_READ: {Action.ADMINISTER},
    Scope.SENDING_MANAGE: {Action.ADMINISTER},
    Scope.PUSHES_READ: {Action.ADMINISTER},
    Scope.PUSHES_REPLAY: {Action.ADMINISTER},
    Scope.AUDIT_READ: {Action.ADMINISTER},
}


def limits_for(*, scopes: Iterable[str], numbers: Iterable[int] | None) -> KeyLimits:
    """Return how far a key reaches, as the policy takes it.

    Args:
        scopes: the key's; one that this version does not know allows nothing.
        numbers: ids of DID numbers, None for all of its owner.
    """
    actions = {Action.READ}
    for scope in scopes:
        actions |= _ACTIONS.get(scope, set())  # type: ignore[call-overload]  # words are scopes
    return KeyLimits(None if numbers is None else frozenset(numbers), frozenset(actions))


def documented_scopes() -> str:
    """Return the table in Markdown, as docs/integrators shows it."""
    lines = ["| scope | what it is for |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{scope.value}` | {MEANING[scope]} |" for scope in Scope)])
