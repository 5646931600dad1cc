"""Prove that nobody changed, removed or inserted a row of the audit log."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.services.audit.chain import verify


class Command(BaseCommand):
    """See the module."""

    help = "Walk the audit log's chain; exit 1 with the first row that is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how long the chain is and its last hash, or what is wrong."""
        proof = verify()
        if proof.flaw is not None:
            flaw = proof.flaw
            row = f"row {flaw.entry_id}" if flaw.entry_id is not None else "a row"
            place = f" at place {flaw.position}" if flaw.position is not None else ""
            raise CommandError(
                f"{row}{place} was {WORDS[flaw.problem]}; {proof.chained} rows before it are right"
            )
        if proof.erased:
            self.stdout.write(
                f"Out of {proof.erased} of the rows what they said of a person who was erased was"
                " taken; their seals stand for them."
            )
        self.stdout.write(
            f"{proof.chained} rows are chained, {proof.waiting} wait for their place."
            f" Nothing was changed, removed or inserted. Head: {proof.head or '–'}"
        )


WORDS = {
    "changed": "changed",
    "removed": "removed",
    "inserted": "inserted",
    "unsealed": "changed or inserted by something else than didsms",
}
