"""Prove that opt-outs are as the audit log says: none was lifted, moved or deleted past it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Exists, OuterRef

from messaging.models import AuditEntry, OptOut

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    allowed = OptOut.allowed_numbers.through.objects.filter(optout_id=OuterRef("pk"))
    rows = OptOut.objects.filter(pk__in=recorded).annotate(is_cut=Exists(allowed)).in_bulk()
    # Read after the rows: what is lifted meanwhile is in it.
    ends = AuditEntry.objects.filter(
        action=ENDED, object_type="optout", object_id__in=list(map(str, recorded))
    )
    ended = set(map(int, ends.values_list("object_id", flat=True)))
    for pk, changes in recorded.items():
        row: Any = rows.get(pk)
        if row is None:
            return OptOutFlaw(pk, "deleted")
        if (row.contact_id, row.did_number_id) != (changes.get("contact"), changes.get("number")):
            return OptOutFlaw(pk, "moved")
        if (row.ended_at is not None or row.is_cut) and pk not in ended:
            return OptOutFlaw(pk, "lifted")
    return None
