"""What a database has under messaging's names, to compare two ways of making it.

The order of a table's columns is left out: no statement of ours relies on it.
"""

from __future__ import annotations

from django.db import connection

#: Of every row, the first column is a kind, the others are compared as they are.
_POSTGRESQL = (
    """
    SELECT 'column', table_name, column_name, udt_name, character_maximum_length,
           numeric_precision, numeric_scale, is_nullable, column_default, is_identity,
           identity_generation, generation_expression
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name LIKE 'messaging%%'
    """,
    """
    SELECT 'index', tablename, indexname, indexdef FROM pg_indexes
    WHERE schemaname = current_schema() AND tablename LIKE 'messaging%%'
    """,
    """
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conrelid::regclass::text LIKE 'messaging%%'
    """,
    """
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'messaging%%'
    """,
    """
    SELECT 'sequence', sequencename, data_type::text FROM pg_sequences
    WHERE schemaname = current_schema() AND sequencename LIKE 'messaging%%'
    """,
    "SELECT 'extension', extname FROM pg_extension",
)
_SQLITE = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master"
    " WHERE tbl_name LIKE 'messaging%%' OR name LIKE 'messaging%%'"
)

Row = tuple[object, ...]


def read_schema() -> set[Row]:
    """Return everything that the database has under messaging's names, as rows of its catalogue."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(_SQLITE)
            return {
                (kind, name, table, _parts(sql) if kind == "table" else _plain(sql))
                for kind, name, table, sql in cursor.fetchall()
            }
        found: set[Row] = set()
        for statement in _POSTGRESQL:
            cursor.execute(statement)
            found.update(cursor.fetchall())
        return found


def _plain(sql: str | None) -> str:
    """Return a statement without the quotes round names and the spaces that mean nothing.

    SQLite keeps a statement as it was written, and writes names again when it renames a table.
    """
    return " ".join((sql or "").replace('"', "").split())


def _parts(sql: str) -> tuple[str, ...]:
    """Return how a table begins, then its columns and constraints in the order of the alphabet."""
    beginning, _, body = _plain(sql).partition("(")
    parts, depth = [""], 0
    for sign in body.rpartition(")")[0]:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return (beginning.strip(), *sorted(part.strip() for part in parts))
