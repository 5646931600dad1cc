"""The yardstick: a bare WSGI handler that does the least a webhook and an inbox list must do.

POST: parse the form, then one durable transaction of three statements (push, conversation,
message). GET: read the fifty newest conversations and render them as the simplest HTML list. No
framework, no verification, no session; the database comes from BENCH_DATABASE (a file's path or a
PostgreSQL URL).
"""

from __future__ import annotations

import html
import os
import sqlite3
import threading
from datetime import UTC, datetime
from urllib.parse import parse_qs

DATABASE = os.environ["BENCH_DATABASE"]
IS_POSTGRESQL = DATABASE.startswith("postgres")
PARAMETER = "%s" if IS_POSTGRESQL else "?"
KEY = "BIGSERIAL" if IS_POSTGRESQL else "INTEGER"

TABLES = f"""
CREATE TABLE IF NOT EXISTS bare_push (
    id {KEY} PRIMARY KEY, received_at TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS bare_conversation (
    id {KEY} PRIMARY KEY, did TEXT NOT NULL, phone TEXT NOT NULL, last_at TEXT NOT NULL,
    preview TEXT NOT NULL, unread INTEGER NOT NULL DEFAULT 0, UNIQUE (did, phone));
CREATE INDEX IF NOT EXISTS bare_newest ON bare_conversation (last_at DESC, id DESC);
CREATE TABLE IF NOT EXISTS bare_message (
    id {KEY} PRIMARY KEY, conversation BIGINT NOT NULL, push BIGINT NOT NULL,
    provider_id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, at TEXT NOT NULL);
"""
INSERT_PUSH = "INSERT INTO bare_push (received_at, body) VALUES (?, ?) RETURNING id"
UPSERT_CONVERSATION = """
INSERT INTO bare_conversation (did, phone, last_at, preview, unread) VALUES (?, ?, ?, ?, 1)
ON CONFLICT (did, phone) DO UPDATE SET
    last_at = excluded.last_at, preview = excluded.preview, unread = bare_conversation.unread + 1
RETURNING id"""
INSERT_MESSAGE = """
INSERT INTO bare_message (conversation, push, provider_id, body, at) VALUES (?, ?, ?, ?, ?)"""
LIST = """
SELECT id, did, phone, last_at, preview, unread FROM bare_conversation
ORDER BY last_at DESC, id DESC LIMIT 50"""

_local = threading.local()
_writing = threading.Lock()  # threads of a process queue fairly, as a fair bare handler would


def _connection():
    link = getattr(_local, "link", None)
    if link is None:
        if IS_POSTGRESQL:
            import psycopg

            link = psycopg.connect(DATABASE, autocommit=True)
        else:
            link = sqlite3.connect(DATABASE, isolation_level=None, timeout=20)
            link.execute("PRAGMA journal_mode=WAL")
            link.execute("PRAGMA synchronous=FULL")
        _local.link = link
    return link


def _run(link, sql, values=()):
    return link.execute(sql.replace("?", PARAMETER), values)


def make_tables() -> None:
    """Create the yardstick's own tables."""
    link = _connection()
    for statement in TABLES.split(";"):
        if statement.strip():
            link.execute(statement)


def _store(body: bytes) -> None:
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    now = datetime.now(UTC).isoformat()
    link = _connection()
    _run(link, "BEGIN" if IS_POSTGRESQL else "BEGIN IMMEDIATE")
    try:
        push = _run(link, INSERT_PUSH, (now, body.decode())).fetchone()[0]
        values = (fields["toPhone"], fields["fromPhone"], now, fields["content"])
        conversation = _run(link, UPSERT_CONVERSATION, values).fetchone()[0]
        values = (conversation, push, fields["messageId"], fields["content"], now)
        _run(link, INSERT_MESSAGE, values)
        _run(link, "COMMIT")
    except BaseException:
        _run(link, "ROLLBACK")
        raise


def _list() -> bytes:
    rows = _run(_connection(), LIST).fetchall()
    items = [
        f'<li><a href="/{row[0]}"><b>{html.escape(row[2])}</b> <i>{row[5]}</i> '
        f"<time>{row[3][11:16]}</time> <span>{html.escape(row[4])}</span></a></li>"
        for row in rows
    ]
    return f"<!doctype html><ol>{''.join(items)}</ol>".encode()


def application(environ, start_response):
    """Answer one request."""
    if environ["REQUEST_METHOD"] == "GET":
        answer, kind = _list(), "text/html; charset=utf-8"
    else:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        if IS_POSTGRESQL:
            _store(body)
        else:
            with _writing:
                _store(body)
        answer, kind = b"success", "text/plain"
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(answer)))])
    return [answer]
