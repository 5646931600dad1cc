"""Take out of the audit log what it says of a person who is erased; the chain still proves itself.

A row's hash stays where it is, so the hashes behind it are right. What the row said is gone, so its
own hash can no longer be worked out: a new seal, which only a process of ours can make, says that
the row was erased, when, at which place and with which hash. Everything else about it stays: who
did it, when, from where, to which kind of object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from messaging.models import AuditEntry

from .chain import chain_waiting, hash_of
from .record import ABOUT_CONTACTS, MAY_NAME_ANYBODY, SALT, is_sealed, seal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

#: Put where something was.
ERASED: Final = "…"


def chain_all() -> None:
    """Give every row that waits its place: a row is erased in its place in the chain."""
    while chain_waiting():
        pass


def erase_in_audit(
    *, objects: Mapping[str, Iterable[int]], tells_of: Callable[[str], bool], at: datetime
) -> int:
    """Erase a person in all rows that may tell of them; return in how many.

    Must run in a transaction, after `chain_all`.

    Args:
        objects: ids of what is theirs, by kind.
        tells_of: whether a text may be about them.
        at: now, aware UTC.
    """
    count = 0
    for entry in list(_rows_of(objects, tells_of=tells_of)):
        if entry.position is None:
            continue  # written since; who erases again gets it
        entry.object_name = ERASED if entry.object_name else ""
        entry.changes = {
            name: _erased(value) for name, value in entry.changes.items() if name != SALT
        }
        entry.erased_at = at
        entry.seal = seal_of(entry)
        entry.save(update_fields=["object_name", "changes", "erased_at", "seal"])
        count += 1
    return count


def count_in_audit(*, objects: Mapping[str, Iterable[int]], tells_of: Callable[[str], bool]) -> int:
    """Return how many rows may tell of a person."""
    return sum(1 for _entry in _rows_of(objects, tells_of=tells_of))


def _rows_of(
    objects: Mapping[str, Iterable[int]], *, tells_of: Callable[[str], bool]
) -> Iterator[AuditEntry]:
    condition = Q(action__in=MAY_NAME_ANYBODY)
    for kind, keys in objects.items():
        condition |= Q(object_type=kind, object_id__in=[str(key) for key in keys])
    condition |= Q(object_type__in=ABOUT_CONTACTS)
    rows = AuditEntry.objects.filter(condition).order_by("id")
    ids = {kind: {str(key) for key in keys} for kind, keys in objects.items()}
    for entry in rows.iterator(chunk_size=500):
        is_theirs = entry.object_id in ids.get(entry.object_type, ()) and _says_anything(entry)
        if not is_theirs and not _tells(entry, tells_of=tells_of):
            continue
        if _is_right(entry):
            yield entry


def _is_right(entry: AuditEntry) -> bool:
    """Tell whether a row is as we wrote it; another one stays as it is, for `verify` to find."""
    if entry.erased_at is not None or entry.position is None:
        return is_sealed(entry)
    position = entry.position
    row_before = AuditEntry.objects.filter(position=position - 1).first()
    before = row_before.hash if row_before is not None else ""
    return entry.hash == hash_of(entry, position=position, before=before)


def _says_anything(entry: AuditEntry) -> bool:
    if entry.erased_at is not None:
        return False
    return bool(entry.object_name) or any(map(_has_text, entry.changes.values()))


def _has_text(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_text, value.values()))
    if isinstance(value, list):
        return any(map(_has_text, value))
    return isinstance(value, str) and value not in {"", ERASED}


def _tells(entry: AuditEntry, *, tells_of: Callable[[str], bool]) -> bool:
    return tells_of(entry.object_name) or any(map(tells_of, _texts(entry.changes)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def _erased(value: Any) -> Any:
    """Return a value without its texts; numbers and truth values stay."""
    if isinstance(value, dict):
        return {name: _erased(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_erased(each) for each in value]
    return ERASED if isinstance(value, str) and value else value
