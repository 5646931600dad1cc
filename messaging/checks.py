"""Django's system checks: what is certainly wrong with the settings is said at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import checks

from messaging.services.operations.config_checks import flaws
from messaging.services.operations.health_checks import check_disk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.apps import AppConfig


@checks.register("didsms")
def check_disk_room(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Return a warning when the disk that pushes are kept on is nearly full."""
    found = check_disk()
    if found.is_ok:
        return []
    return [checks.Warning(found.message, hint=found.fix, id=f"didsms.disk_{found.state}")]


@checks.register("didsms")
def check_settings(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[checks.CheckMessage]:
    """Return a warning for each certain flaw of the settings.

    Never an error: Django would refuse to migrate, so an upgrade would stop at a short key that ran
    before, while the site goes on starting. The log calls what is serious an error.
    """
    return [
        checks.Warning(flaw.message, hint=flaw.hint, id=f"didsms.{flaw.code}")
        for flaw in flaws()
        if flaw.is_certain
    ]
