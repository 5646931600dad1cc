"""Every section of the admin; importing this module registers them."""

from . import (
    audit,
    backups,
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
    "audit",
    "backups",
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
