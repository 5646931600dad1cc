"""Is everything in order? One answer for /readyz, the admin's first page and /metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .database_checks import checks_in_time
from .health_checks import check_disk, check_set_aside, check_spool

if TYPE_CHECKING:
    from datetime import datetime

    from .health_checks import Check


def check_all(*, at: datetime) -> list[Check]:
    """Look at everything; never takes much longer than ANSWER_SECONDS, whatever hangs.

    Args:
        at: now, aware UTC.
    """
    database = checks_in_time(at=at)
    return [*database[:2], *checks_of_disk(), *database[2:]]


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
