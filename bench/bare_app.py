"""The yardstick: a bare WSGI handler that does the least a webhook and an inbox list must do.

POST: parse the form, then one durable transaction of three statements (push, conversation, message;
for a delivery receipt: push, message, history). GET: look up a session, read the forty newest
conversations with their unread counts, and format the same list of rows as the product shows, about
as many bytes. No framework, no verification, no permissions, no languages; the database comes from
BENCH_DATABASE (a file's path or a PostgreSQL URL).
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
    provider_id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, at TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'received', price TEXT, size TEXT);
CREATE TABLE IF NOT EXISTS bare_history (
    id {KEY} PRIMARY KEY, message BIGINT NOT NULL, push BIGINT NOT NULL, status TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS bare_history_of ON bare_history (message);
CREATE TABLE IF NOT EXISTS bare_session (key TEXT PRIMARY KEY, person INTEGER NOT NULL);
"""
INSERT_PUSH = "INSERT INTO bare_push (received_at, body) VALUES (?, ?) RETURNING id"
UPSERT_CONVERSATION = """
INSERT INTO bare_conversation (did, phone, last_at, preview, unread) VALUES (?, ?, ?, ?, 1)
ON CONFLICT (did, phone) DO UPDATE SET
    last_at = excluded.last_at, preview = excluded.preview, unread = bare_conversation.unread + 1
RETURNING id"""
INSERT_MESSAGE = """
INSERT INTO bare_message (conversation, push, provider_id, body, at) VALUES (?, ?, ?, ?, ?)"""
MOVE_MESSAGE = """
UPDATE bare_message SET status = ?, price = ?, size = ?
WHERE provider_id = ? AND status = 'sent' RETURNING id"""
INSERT_HISTORY = "INSERT INTO bare_history (message, push, status, at) VALUES (?, ?, ?, ?)"
LIST = """
SELECT id, did, phone, last_at, preview, unread FROM bare_conversation
ORDER BY last_at DESC, id DESC LIMIT 40"""

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


def make_tables(sent: int = 0) -> None:
    """Create the yardstick's own tables, with messages that wait for their receipts."""
    link = _connection()
    for statement in TABLES.split(";"):
        if statement.strip():
            link.execute(statement)
    _run(link, "BEGIN")
    sql = """
INSERT INTO bare_message (conversation, push, provider_id, body, at, status)
VALUES (?, 0, ?, 'Hello, this is a text of an ordinary length, about sixty characters.', ?, 'sent')
"""
    now = datetime.now(UTC).isoformat()
    rows = [(number % 1000, f"sent-{number}", now) for number in range(sent)]
    link.cursor().executemany(sql.replace("?", PARAMETER), rows)
    _run(link, "COMMIT")


def _store(body: bytes) -> None:
    fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    now = datetime.now(UTC).isoformat()
    link = _connection()
    _run(link, "BEGIN" if IS_POSTGRESQL else "BEGIN IMMEDIATE")
    try:
        push = _run(link, INSERT_PUSH, (now, body.decode())).fetchone()[0]
        if fields["type"] == "1":
            _move(link, fields, push, now)
        else:
            _take_in(link, fields, push, now)
        _run(link, "COMMIT")
    except BaseException:
        _run(link, "ROLLBACK")
        raise


def _take_in(link, fields, push, now) -> None:
    values = (fields["toPhone"], fields["fromPhone"], now, fields["content"])
    conversation = _run(link, UPSERT_CONVERSATION, values).fetchone()[0]
    values = (conversation, push, fields["messageId"], fields["content"], now)
    _run(link, INSERT_MESSAGE, values)


def _move(link, fields, push, now) -> None:
    status = "delivered" if fields["smsStatus"] == "DELIVRD" else "undelivered"
    values = (status, fields["price"], fields["size"], fields["messageId"])
    message = _run(link, MOVE_MESSAGE, values).fetchone()[0]
    _run(link, INSERT_HISTORY, (message, push, status, now))


FIGURE = (
    '<svg width="17" height="17" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
    ' stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
    '<circle cx="12" cy="8" r="5" /><path d="M20 21a8 8 0 0 0-16 0" /></svg>'
)
SESSION = "SELECT person FROM bare_session WHERE key = ?"


def _row(row) -> str:
    """Format one row as the product's list does: avatar, name, time, preview, badges, checkbox."""
    key, did, phone, last_at, preview, unread = row
    name, text = html.escape(phone), html.escape(preview)
    when = datetime.fromisoformat(last_at)
    return f"""
<li id="row-{key}" data-row="{key}" data-at="{when.timestamp()}">
  <a class="row unread" href="/inbox/open/{key}/" data-nav="main-pane">
    <span class="avatar anon" aria-hidden="true">{FIGURE}</span>
    <span class="who" dir="auto">{name}</span>
    <time datetime="{when.isoformat()}" title="{when:%A %d %B %Y, %H:%M}">{when:%H:%M}</time>
    <span class="snip"><span dir="auto">{text}</span></span>
    <span class="badge">{unread}<span class="vh"> unread</span></span>
    <span class="meta"><span class="did"><span class="dot" data-c="1"></span>
      <span dir="auto">{html.escape(did)}</span></span>
      <span class="end"><span class="wait" title="Waiting for an answer since {when:%H:%M}">{FIGURE}
        <span class="vh">Waiting for an answer: </span>{when:%M}m</span>
        <span class="none">Unassigned</span></span></span>
  </a>
  <label class="pick needs-js"><input type="checkbox" name="conversation" value="{key}" form="bulk"
    tabindex="-1"><span class="vh">Select {name}</span></label>
</li>"""


def _list(cookie: str) -> bytes:
    link = _connection()
    _run(link, SESSION, (cookie,)).fetchone()
    return "".join(map(_row, _run(link, LIST).fetchall())).encode()


def application(environ, start_response):
    """Answer one request."""
    if environ["REQUEST_METHOD"] == "GET":
        answer, kind = _list(environ.get("HTTP_COOKIE", "")), "text/html; charset=utf-8"
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
