"""Is everything in order? One answer for /readyz, the admin's home page and /metrics."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import get_language, override

from .database_checks import checks_in_time
from .health_checks import check_disk, check_set_aside, check_spool
from .outside_checks import check_mail, check_provider, check_sign_on, check_versions, check_webhook

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from .health_checks import Check


def check_all(*, at: datetime) -> list[Check]:
    """Look at everything; never takes much longer than ANSWER_SECONDS, whatever hangs.

    Args:
        at: now, aware UTC.
    """
    database = checks_in_time(at=at)
    return [*database[:2], *checks_of_disk(), *database[2:]]


def check_everything(*, at: datetime) -> list[Check]:
    """Look at everything, from outside too; takes some seconds where something does not answer.

    Args:
        at: now, aware UTC.
    """
    language = get_language()

    def in_language(check: Callable[[], Check]) -> Check:
        with override(language):
            return check()

    outside: list[Callable[[], Check]] = [check_webhook, partial(check_provider, at=at), check_mail]
    if settings.OIDC_ISSUER:
        outside.append(check_sign_on)
    with ThreadPoolExecutor(len(outside)) as threads:
        pending = [threads.submit(in_language, check) for check in outside]
        found = check_all(at=at)
        if all(check.is_ok for check in found if check.name == "database"):
            found.append(check_versions())
        return [*found, *(future.result() for future in pending)]


def checks_of_disk() -> list[Check]:
    """Look at this node's disk alone."""
    return [check_spool(), check_disk(), check_set_aside()]


def is_ready(checks: list[Check]) -> bool:
    """Tell whether this web node can take requests."""
    return all(check.is_ok for check in checks if check.decides)


def report(*, checks: list[Check], has_details: bool) -> dict[str, object]:
    """Return the checks as one flat object: each name with its state.

    Args:
        checks: what was found.
        has_details: whether figures and reasons follow each state; they are not for everybody.
    """
    body: dict[str, object] = {"ready": is_ready(checks)}
    for check in checks:
        body[check.name] = check.state
        if has_details:
            body |= {f"{check.name}_{name}": value for name, value in check.facts.items()}
    return body
