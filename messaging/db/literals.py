"""Constants written into the SQL text itself, so that a partial index is seen to serve.

SQLite proves that from the statement alone: a list of placeholders never fits an index whose
condition is a list of words, and every message would be read instead. PostgreSQL cannot prove it
for a plan that it keeps. Without them, with 200 000 messages, the sidebar costs 43 times the
processor time on SQLite and 1.2 times on PostgreSQL, where the list of what is scheduled costs
twice as much (2026-11-29, `make ablation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import CharField, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    from messaging.statuses import Status


class Literal(Value):
    """One of our own status words, as it is in the index's condition."""

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        """Write the word itself; it holds nothing but letters."""
        return f"'{self.value}'", ()


def literal(word: str) -> Literal:
    """Return one of our own words to compare with."""
    return Literal(word, output_field=CharField())


def literals(statuses: Iterable[Status]) -> list[Literal]:
    """Return statuses to compare with, in the order of the index's condition."""
    return [literal(status.value) for status in statuses]
