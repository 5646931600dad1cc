"""Give rows their place in the chain, in order; prove that none was changed, removed or inserted.

A row's hash is that of its canonical JSON with its place and the hash before it. One transaction at
a time lengthens the chain: it locks the head. Who writes rows never touches the head, so nobody
waits for the chain; until the worker has been there, a row's own seal stands for it. On PostgreSQL
a row may become visible after one with a greater id: it comes later in the chain then, and nothing
is left out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction

from messaging.models import AuditEntry, AuditHead

from .record import canonical, is_sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Rows of one transaction.
CHAINED_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Flaw:
    """The first thing that is wrong.

    Attributes:
        entry_id: the row, None where one is missing.
        position: its place, or that of the missing one.
        problem: "changed", "removed", "inserted" or "unsealed".
    """

    entry_id: int | None
    position: int | None
    problem: str


@dataclass(frozen=True)
class Proof:
    """What a look at the whole log found.

    Attributes:
        chained: rows in the chain.
        waiting: rows that are sealed and wait for their place.
        head: the last hash, "" for none; kept elsewhere it proves that nothing before was touched.
        flaw: None when all is in order.
        erased: chained rows out of which what they said of a person was taken.
    """

    chained: int
    waiting: int
    head: str
    flaw: Flaw | None
    erased: int = 0


def chain_waiting(*, limit: int = CHAINED_AT_ONCE) -> int:
    """Chain rows that wait, oldest first; return how many.

    A row without a valid seal is left where it is, for `verify` to find.
    """
    if not AuditEntry.objects.filter(position__isnull=True).exists():
        return 0
    count = 0
    with transaction.atomic():
        AuditHead.objects.bulk_create([AuditHead(pk=1)], ignore_conflicts=True)
        head = AuditHead.objects.select_for_update().get(pk=1)
        waiting = AuditEntry.objects.filter(position__isnull=True).order_by("id")
        for entry in waiting.iterator(chunk_size=limit):
            if count == limit:
                break
            if not is_sealed(entry):
                continue
            head.position += 1
            head.hash = hash_of(entry, position=head.position, before=head.hash)
            AuditEntry.objects.filter(pk=entry.pk).update(position=head.position, hash=head.hash)
            count += 1
        head.save(update_fields=["position", "hash"])
    return count


def hash_of(entry: AuditEntry, *, position: int, before: str) -> str:
    """Return a row's hash at its place, behind the row with another hash."""
    head = f"{position}:{before}:{entry.pk}:".encode()
    return hashlib.sha256(head + canonical(entry)).hexdigest()


def verify() -> Proof:
    """Walk the whole chain, and look at the seals of what waits."""
    head = head_of_chain()
    position, before, erased = 0, "", 0
    for entry in _chained(until=head.position):
        flaw = _flaw_at(entry, position=position + 1, before=before)
        if flaw is not None:
            return Proof(position, 0, before, flaw)
        position, before = position + 1, entry.hash
        erased += entry.erased_at is not None
    if (position, before) != (head.position, head.hash):
        return Proof(position, 0, before, Flaw(None, position + 1, "removed"))
    # The worker may have chained more meanwhile; its head is then further, too.
    extra = AuditEntry.objects.filter(position__gt=head.position).order_by("-position").first()
    if extra is not None and (extra.position or 0) > head_of_chain().position:
        return Proof(position, 0, before, Flaw(extra.pk, extra.position, "inserted"))
    waiting = 0
    for entry in AuditEntry.objects.filter(position__isnull=True).order_by("id").iterator():
        if not is_sealed(entry):
            return Proof(position, waiting, before, Flaw(entry.pk, None, "unsealed"))
        waiting += 1
    return Proof(position, waiting, before, None, erased)


def has_head(head: str) -> bool:
    """Tell whether a head that somebody kept is the hash of a chained row."""
    return AuditEntry.objects.filter(hash=head, position__isnull=False).exists()


def head_of_chain() -> AuditHead:
    """Return the place and the hash of the last chained row."""
    return AuditHead.objects.filter(pk=1).first() or AuditHead()


def _chained(*, until: int) -> Iterator[AuditEntry]:
    rows = AuditEntry.objects.filter(position__lte=until).order_by("position")
    return rows.iterator(chunk_size=CHAINED_AT_ONCE)


def _flaw_at(entry: AuditEntry, *, position: int, before: str) -> Flaw | None:
    if entry.position != position:
        is_extra = entry.position is not None and entry.position < position
        return Flaw(entry.pk, position, "inserted") if is_extra else Flaw(None, position, "removed")
    if entry.erased_at is not None:
        return None if is_sealed(entry) else Flaw(entry.pk, position, "changed")
    if entry.hash != hash_of(entry, position=position, before=before):
        return Flaw(entry.pk, position, "changed")
    return None
