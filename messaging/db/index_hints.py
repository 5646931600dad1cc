"""Which index SQLite must leave alone.

Conversations of a person's numbers are listed newest first. An index in that order finds a page of
them after a few rows; SQLite prefers the index by number, reads all conversations of these numbers
and sorts them. A plus sign before the column keeps it from that. PostgreSQL weighs both by itself.
Without it a member's list costs twice the processor time, with 20 000 conversations (2026-11-29,
`make ablation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Func

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler


class NotByIndex(Func):
    """A column to compare with that SQLite must not look up in an index."""

    template = "%(expressions)s"
    arity = 1

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        """Put the plus sign before it."""
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)
