"""Prove that nobody changed, removed or inserted a row of the audit log, or lifted an opt-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from messaging.services.audit.chain import has_head, verify
from messaging.services.audit.opt_out_proof import verify_opt_outs

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """See the module."""

    help = "Walk the audit log's chain; exit 1 with the first row that is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a head that somebody has kept."""
        parser.add_argument(
            "--head", default="", help="A head from before; it must be in the chain."
        )

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
        head = options["head"].strip().lower()
        if head and not has_head(head):
            raise CommandError(
                "the head that you kept is not in the chain: it was cut off or made again"
            )
        self._prove_opt_outs()

    def _prove_opt_outs(self) -> None:
        count, flaw = verify_opt_outs()
        if flaw is not None:
            raise CommandError(
                f"opt-out {flaw.opt_out_id} was {flaw.problem}, and the log does not say by whom"
            )
        self.stdout.write(f"{count} opt-outs are as the log says.")


WORDS = {
    "changed": "changed",
    "removed": "removed",
    "inserted": "inserted",
    "unsealed": "changed or inserted by something else than didsms",
}
