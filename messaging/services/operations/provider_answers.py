"""What came of the newest attempts to send: by code, and how long NXCloud took to answer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Final

from messaging.models import StatusChange
from messaging.reasons import WORDINGS, Reason
from messaging.statuses import Status

from .time_window import since

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: Outcomes of attempts that are looked at: the newest of the last hour.
MOST_ANSWERS: Final = 5000
ANSWERS_WINDOW: Final = timedelta(hours=1)
#: In place of a code that neither NXCloud's documentation nor we name.
OTHER: Final = "other"
ACCEPTED: Final = "0"
_OUTCOMES: Final = (Status.SENT, Status.QUEUED, Status.FAILED, Status.UNCONFIRMED)


@dataclass(frozen=True)
class AnswersOfCode:
    """The attempts that ended with one code.

    Attributes:
        code: NXCloud's, ours, "0" where it took the message, or "other".
        count: how many.
        seconds: how long each answer took, in order; fewer than `count` where none came.
    """

    code: str
    count: int
    seconds: Sequence[float]

    @property
    def reason(self) -> Reason | None:
        """What the code says; None where the message was accepted, or nothing is known."""
        return None if self.code in {ACCEPTED, OTHER} else Reason(self.code)

    @property
    def is_accepted(self) -> bool:
        """Whether NXCloud took the messages."""
        return self.code == ACCEPTED

    @property
    def median_ms(self) -> int | None:
        """Half of the answers took at most so many milliseconds."""
        return self._quantile_ms(0.5)

    @property
    def p95_ms(self) -> int | None:
        """Nineteen in twenty of the answers took at most so many milliseconds."""
        return self._quantile_ms(0.95)

    def _quantile_ms(self, share: float) -> int | None:
        if not self.seconds:
            return None
        return round(1000 * self.seconds[max(ceil(share * len(self.seconds)), 1) - 1])


def provider_answers(*, at: datetime) -> list[AnswersOfCode]:
    """Return what came of the attempts of the last hour, the most frequent code first.

    Args:
        at: now, aware UTC.
    """
    changes = since(StatusChange.objects.all(), column="at", moment=at - ANSWERS_WINDOW)
    rows = (
        changes.filter(status__in=_OUTCOMES, trace__isnull=False)
        .order_by("-id")
        .values_list("status", "code", "trace")[:MOST_ANSWERS]
    )
    seconds: dict[str, list[float]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for status, code, trace in rows:
        known = ACCEPTED if status == Status.SENT else str(code) if code in WORDINGS else OTHER
        counts[known] += 1
        took = (trace or {}).get("ms", {}).get("answered")
        if took is not None:
            seconds[known].append(took / 1000)
    found = [AnswersOfCode(code, count, sorted(seconds[code])) for code, count in counts.items()]
    return sorted(found, key=lambda one: (-one.count, one.code))
