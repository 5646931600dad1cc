"""The databases' own full-text indexes over `search_text`: FTS5, or tsvector with GIN.

The columns hold words that our tokenizer made, so both databases only split at spaces and find
the same. Django does not know these objects. On SQLite it remakes a table to alter it, and the
triggers vanish with the old one; so they are looked after following every migration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

TABLES: Final = ("messaging_message", "messaging_contact", "messaging_note", "messaging_memo")

#: Pages that one step of merging writes, and steps.
MERGED_PAGES: Final = 256
MOST_MERGES: Final = 400
#: Beginnings of this many letters have lists of their own: "newest first" is then a short walk.
_PREFIX: Final = "prefix='1 2 3'"
_SQLITE: Final = (
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS {table}_fts USING fts5(
        search_text, content='{table}', content_rowid='id', tokenize='unicode61', {prefix}
    )
    """,
    """
    CREATE TRIGGER IF NOT EXISTS {table}_fts_insert AFTER INSERT ON {table}
    WHEN new.search_text IS NOT NULL BEGIN
        INSERT INTO {table}_fts(rowid, search_text) VALUES (new.id, new.search_text);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS {table}_fts_delete AFTER DELETE ON {table}
    WHEN old.search_text IS NOT NULL BEGIN
        INSERT INTO {table}_fts({table}_fts, rowid, search_text)
        VALUES ('delete', old.id, old.search_text);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS {table}_fts_forget AFTER UPDATE OF search_text ON {table}
    WHEN old.search_text IS NOT NULL AND old.search_text IS NOT new.search_text BEGIN
        INSERT INTO {table}_fts({table}_fts, rowid, search_text)
        VALUES ('delete', old.id, old.search_text);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS {table}_fts_learn AFTER UPDATE OF search_text ON {table}
    WHEN new.search_text IS NOT NULL AND old.search_text IS NOT new.search_text BEGIN
        INSERT INTO {table}_fts(rowid, search_text) VALUES (new.id, new.search_text);
    END
    """,
)
_POSTGRESQL: Final = (
    """
    ALTER TABLE {table} ADD COLUMN IF NOT EXISTS search_vector tsvector
    GENERATED ALWAYS AS (to_tsvector('simple', coalesce(search_text, ''))) STORED
    """,
    "CREATE INDEX IF NOT EXISTS {table}_search ON {table} USING gin (search_vector)",
)


def create_search_indexes(connection: BaseDatabaseWrapper) -> None:
    """Create whatever is missing; nothing happens when all of it is there.

    Args:
        connection: to the database that has been migrated.
    """
    is_sqlite = connection.vendor == "sqlite"
    for table in TABLES:
        if not _has_column(connection, table):
            continue
        is_new = is_sqlite and _drop_other_make(connection, table)
        with connection.cursor() as cursor:
            for statement in _SQLITE if is_sqlite else _POSTGRESQL:
                cursor.execute(statement.format(table=table, prefix=_PREFIX))
            if is_new:
                cursor.execute(f"INSERT INTO {table}_fts({table}_fts) VALUES ('rebuild')")  # noqa: S608  (our own name)


def forget_deleted_words(connection: BaseDatabaseWrapper) -> bool:
    """Take the words of deleted texts out of SQLite's own pages; tell whether all are out.

    FTS5 only notes that a word was deleted until it merges its pages. It does so in small steps
    here, so that nobody waits long for the write lock. PostgreSQL's index has no such pages.
    """
    if connection.vendor != "sqlite":
        return True
    done = [_merge_pages(connection, f"{table}_fts") for table in TABLES]
    return all(done)


def _merge_pages(connection: BaseDatabaseWrapper, index: str) -> bool:
    for step in range(MOST_MERGES):
        with connection.cursor() as cursor:
            before = connection.connection.total_changes
            # The first, negative one begins to merge everything, however little there is.
            pages = -MERGED_PAGES if step == 0 else MERGED_PAGES
            cursor.execute(f"INSERT INTO {index}({index}, rank) VALUES ('merge', %s)", [pages])  # noqa: S608  (our own name)
            if connection.connection.total_changes - before < 2:
                return True
    return False


def drop_search_index(connection: BaseDatabaseWrapper, table: str) -> None:
    """Take a table's index away before the column goes.

    PostgreSQL lets it go with the column; SQLite's triggers would name one that is not there.
    """
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for event in ("insert", "delete", "forget", "learn"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_fts_{event}")
        cursor.execute(f"DROP TABLE IF EXISTS {table}_fts")


def _drop_other_make(connection: BaseDatabaseWrapper, table: str) -> bool:
    """Drop an index that was made with other settings; tell whether there is none now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [f"{table}_fts"])
        found = cursor.fetchone()
        if found is not None and _PREFIX in found[0]:
            return False
        cursor.execute(f"DROP TABLE IF EXISTS {table}_fts")
    return True


def _has_column(connection: BaseDatabaseWrapper, table: str) -> bool:
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return False
        columns = connection.introspection.get_table_description(cursor, table)
    return any(column.name == "search_text" for column in columns)


def after_migrate(sender: Any, using: str = "default", **_more: Any) -> None:
    """Signal handler of post_migrate."""
    from django.db import connections

    create_search_indexes(connections[using])
