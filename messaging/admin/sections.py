"""Every section of the admin; importing this module registers them."""

from . import (
    api_keys,
    audit,
    backups,
    contact_fields,
    contacts,
    conversations,
    messages,
    number_settings,
    numbers,
    opt_outs,
    pushes,
    queue,
    team_settings,
    teamwork,
    tokens,
    users,
)

__all__ = [
    "api_keys",
    "audit",
    "backups",
    "contact_fields",
    "contacts",
    "conversations",
    "messages",
    "number_settings",
    "numbers",
    "opt_outs",
    "pushes",
    "queue",
    "team_settings",
    "teamwork",
    "tokens",
    "users",
]
