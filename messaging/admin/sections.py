"""Every section of the admin; importing this module registers them."""

from . import (
    contacts,
    conversations,
    messages,
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
    "contacts",
    "conversations",
    "messages",
    "numbers",
    "opt_outs",
    "pushes",
    "queue",
    "team_settings",
    "teamwork",
    "tokens",
    "users",
]
