"""Queries that are compiled once and run many times, for pages that are fetched all day.

Building the SQL of a QuerySet takes several times as long as running it. Where a query is the same
again and again, its text and parameters are kept; on PostgreSQL the server keeps its plan as well.

Without the kept text a list costs 2.3 times the processor time on SQLite and 2.1 on PostgreSQL, the
sidebar's counts 3.4 and 3.7 times; through Django's cursor, without the kept plan, a list costs 1.1
times and 2.0 (2026-11-29, `make ablation`).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections

from didsms_site.db.slow_queries import note_if_slow

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet


class Statement(NamedTuple):
    """SQL as Django writes it, with its parameters; without text when it can find nothing."""

    sql: str
    params: tuple[Any, ...] = ()


def compiled(rows: QuerySet[Any, Any]) -> Statement:
    """Return a QuerySet's statement."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return Statement("")
    return Statement(sql, tuple(params))


def fetch(statement: Statement) -> list[tuple[Any, ...]]:
    """Run a SELECT and return all rows, as the database's driver gives them.

    Args:
        statement: one of few different texts: a server keeps the plans of a hundred. Never one that
            writes: on SQLite it would not wait for its turn.

    Raises:
        OperationalError, InterfaceError: the database did not answer.
    """
    if not statement.sql:
        return []
    began = time.monotonic()
    try:
        return _fetch(statement)
    finally:
        note_if_slow(statement.sql, began=began)


def _fetch(statement: Statement) -> list[tuple[Any, ...]]:
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    if database.vendor == "postgresql":
        return _fetch_from_postgresql(database, statement)
    if _is_watched(database):
        with database.cursor() as watched:
            watched.execute(statement.sql, statement.params)
            return list(watched.fetchall())
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        cursor = database.connection.execute(_in_sqlite(statement.sql), statement.params)
        return list(cursor.fetchall())


def instant(value: datetime | str) -> datetime:
    """Return a fetched point in time as aware UTC; SQLite leaves the zone out."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def _is_watched(database: BaseDatabaseWrapper) -> bool:
    """Tell whether somebody counts or times the statements, which Django's own cursors let them."""
    return bool(database.queries_logged or database.execute_wrappers)


@lru_cache(maxsize=4096)
def _in_sqlite(sql: str) -> str:
    """Return a statement with SQLite's own placeholders; Django puts them in on every run."""
    return sql.replace("%s", "?").replace("%%", "%")


def _fetch_from_postgresql(
    database: BaseDatabaseWrapper, statement: Statement
) -> list[tuple[Any, ...]]:
    """Let PostgreSQL keep the plan: Django's own cursor puts parameters into the text."""
    import psycopg

    database.validate_no_broken_transaction()
    database.connection.prepare_threshold = 2
    with database.wrap_database_errors:
        cursor: Any = psycopg.Cursor(database.connection)
        # Times in binary are read in C; as text each goes through several functions of Python.
        cursor.format = psycopg.pq.Format.BINARY
        if _is_watched(database):
            cursor = database.make_debug_cursor(cursor)
        cursor.execute(statement.sql, statement.params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
