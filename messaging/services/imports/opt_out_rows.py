"""Opt-outs from a file: added, never lifted; only the undo of an import ends its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging.models import Contact, DidNumber, ImportJob, ImportRow, Message, OptOut
from messaging.services.contacts.erased_numbers import contact_of
from messaging.services.contacts.listed_opt_outs import opt_outs_like, record_listed_opt_out
from messaging.services.contacts.opt_outs import audit_opt_out, end_opt_out

from .findings import Finding, Refused, number_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


Outcome = ImportRow.Outcome


class OptOutRows:
    """Imports opt-outs.

    Args:
        job: the import; without a number its opt-outs are for all of them.
    """

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._by = job.owner

    def judge(self, rows: Sequence[ImportRow]) -> list[Finding]:
        """Return what would be done with each row now."""
        read: list[str | Finding] = [self._read(row) for row in rows]
        keys = [each for each in read if isinstance(each, str)]
        present = opt_outs_like(phone_keys=keys, did_number_id=self._job.did_number_id)
        return [
            each
            if isinstance(each, Finding)
            else Finding(Outcome.SAME if each in present else Outcome.CREATE, each)
            for each in read
        ]

    def _read(self, row: ImportRow) -> str | Finding:
        try:
            return number_of(row, job=self._job)
        except Refused as refused:
            return refused.as_finding()

    def write(self, row: ImportRow, finding: Finding, *, at: datetime) -> None:
        """Record the opt-out."""
        if finding.outcome != Outcome.CREATE:
            return
        contact, is_new_contact = contact_of(phone_key=finding.key, phone=finding.key)
        opt_out, is_new, allowed = record_listed_opt_out(
            contact=contact, did_number_id=self._job.did_number_id, by=self._by, at=at
        )
        row.contact, row.opt_out = contact, opt_out
        row.before = {
            "new_contact": is_new_contact,
            "new_opt_out": is_new,
            "allowed": allowed,
            "last_message": self._last_from(contact),
        }

    def take_back(self, row: ImportRow, *, at: datetime) -> ImportRow.State:
        """End an opt-out that only this import asked for."""
        if row.contact_id is not None:
            Contact.objects.select_for_update(of=("self",)).get(pk=row.contact_id)
        opt_out = OptOut.objects.in_force().filter(pk=row.opt_out_id or 0).first()
        if opt_out is None or row.contact is None:
            row.reason = "left_asked_again" if row.opt_out_id is None else "left_gone"
            return ImportRow.State.LEFT
        if self._is_on_another_list(row):
            row.reason = "left_asked_again"
            return ImportRow.State.LEFT
        if self._last_from(row.contact) != row.before.get("last_message"):
            row.reason = "left_in_use"
            return ImportRow.State.LEFT
        if row.before.get("new_opt_out"):
            end_opt_out(opt_out=opt_out, at=at, by=self._by, reason=self._job.undo_reason)
        else:
            # Those that were deleted are gone; those that were taken out since stay so.
            numbers = DidNumber.objects.filter(pk__in=row.before.get("allowed", []))
            allowed = sorted(numbers.values_list("pk", flat=True))
            opt_out.allowed_numbers.add(*allowed)
            reason = self._job.undo_reason
            audit_opt_out(
                "opt_out_ended", opt_out, by=self._by, at=at, reason=reason, allowed=allowed
            )
        return ImportRow.State.UNDONE

    def _is_on_another_list(self, row: ImportRow) -> bool:
        """Tell whether another import asked for the same, found it there and still stands."""
        jobs = ImportJob.objects.filter(
            kind=ImportJob.Kind.OPT_OUTS,
            did_number=self._job.did_number_id,
            confirmed_at__isnull=False,
        ).exclude(state__in=[ImportJob.State.UNDOING, ImportJob.State.UNDONE])
        others = ImportRow.objects.filter(key=row.key, outcome=Outcome.SAME, job__in=jobs)
        return others.exclude(job=self._job).exists()

    def _last_from(self, contact: Contact) -> int:
        """Return the id of the contact's newest message, 0 for none."""
        received = Message.objects.filter(
            conversation__contact=contact, direction=Message.Direction.INBOUND
        )
        return received.order_by("-pk").values_list("pk", flat=True).first() or 0
