"""Prove that opt-outs are as the audit log says: none was lifted, moved or deleted past it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from messaging.models import AuditEntry, OptOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Opt-outs of one statement.
AT_ONCE: Final = 500
RECORDED: Final = "opt_out"
ENDED: Final = "opt_out_ended"


@dataclass(frozen=True)
class OptOutFlaw:
    """An opt-out that is not as the log says.

    Attributes:
        opt_out_id: which.
        problem: "deleted"; "moved" to another contact or number; "lifted" without a row in the log.
    """

    opt_out_id: int
    problem: str


def verify_opt_outs() -> tuple[int, OptOutFlaw | None]:
    """Compare every opt-out that the log records with its row.

    Opt-outs from before the log are in no row of it, and nothing is said of them.

    Returns:
        How many were compared, and the first that is wrong.
    """
    count = 0
    for recorded in _recorded():
        flaw = _flaw_of(recorded)
        if flaw is not None:
            return count, flaw
        count += len(recorded)
    return count, None


def _recorded() -> Iterator[dict[int, dict[str, Any]]]:
    """Yield what the log says of opt-outs, by id, some at a time."""
    rows = AuditEntry.objects.filter(action=RECORDED).order_by("id")
    found: dict[int, dict[str, Any]] = {}
    for object_id, changes in rows.values_list("object_id", "changes").iterator(AT_ONCE):
        found[int(object_id)] = changes
        if len(found) == AT_ONCE:
            yield found
            found = {}
    if found:
        yield found


def _flaw_of(recorded: dict[int, dict[str, Any]]) -> OptOutFlaw | None:
    rows = OptOut.objects.in_bulk(recorded)
    cut = _allowed(recorded)
    # Read after the rows: what is lifted meanwhile is in it.
    ends = _ends(recorded)
    for pk, changes in recorded.items():
        row = rows.get(pk)
        if row is None:
            return OptOutFlaw(pk, "deleted")
        if (row.contact_id, row.did_number_id) != (changes.get("contact"), changes.get("number")):
            return OptOutFlaw(pk, "moved")
        end = ends.get(pk, _End())
        is_lifted = row.ended_at is not None or not cut.get(pk, set()) <= end.numbers
        if is_lifted and not end.is_whole:
            return OptOutFlaw(pk, "lifted")
    return None


@dataclass
class _End:
    """What the log says of an opt-out's end.

    Attributes:
        is_whole: it ended altogether.
        numbers: ids of our numbers for which it ended.
    """

    is_whole: bool = False
    numbers: set[int] = field(default_factory=set)


def _ends(ids: Iterable[int]) -> dict[int, _End]:
    """Return how each opt-out ended; a row of before said of every end the same."""
    rows = AuditEntry.objects.filter(
        action=ENDED, object_type="optout", object_id__in=[str(pk) for pk in ids]
    )
    found: dict[int, _End] = defaultdict(_End)
    for object_id, changes in rows.values_list("object_id", "changes"):
        end = found[int(object_id)]
        if "allowed" in changes:
            end.numbers.update(changes["allowed"])
        else:
            end.is_whole = True
    return found


def _allowed(ids: Iterable[int]) -> dict[int, set[int]]:
    """Return the numbers that are taken out of opt-outs of all numbers."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = OptOut.allowed_numbers.through.objects.filter(optout__in=list(ids))
    for pk, number_id in rows.values_list("optout_id", "didnumber_id"):
        found[pk].add(number_id)
    return found
