"""What both databases report about a copy, and what they need to restore one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple


class Taken(NamedTuple):
    """A copy of the database.

    Attributes:
        file: its name in the folder.
        engine_version: of SQLite, or of the server.
        schema: PostgreSQL's schema; "" on SQLite.
        rows: rows by table, counted in the same state.
        migrations: app and name of each that the database had seen.
    """

    file: str
    engine_version: str
    schema: str
    rows: dict[str, int]
    migrations: list[list[str]]


@dataclass(frozen=True)
class Restoring:
    """How a copy is put back, so that it and what must not be sent appear in one moment.

    Attributes:
        rows: rows by table that the copy must hold.
        must_be_empty: tables of the target that may hold nothing.
        present: every table of ours that the target has.
        statements: what belongs to the same transaction, in this database's SQL.
    """

    rows: dict[str, int]
    must_be_empty: Sequence[str]
    present: Sequence[str]
    statements: Sequence[str]


#: Called once the state of a copy is chosen.
InSnapshot = Callable[[], None]

MIGRATIONS_STATEMENT: Final = "SELECT app, name FROM django_migrations ORDER BY id"


def count_statement(table: str) -> str:
    """Return a statement that counts a table's rows; the name is one of ours."""
    return f'SELECT count(*) FROM "{table}"'  # noqa: S608
