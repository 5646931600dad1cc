"""Dump a PostgreSQL database while it is written to, try the dump out, and put it back.

pg_dump reads the state of a transaction of ours, in which the rows are counted. It is put back in
one transaction with what must not be sent: pg_restore writes SQL, psql runs it between our own.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any, Final

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from didsms_site.db.postgresql.plain import open_plain_connection, plain_parameters

from .copies import MIGRATIONS_STATEMENT, Taken, count_statement
from .problems import BackupProblem
from .programs import failed, program, run
from .sqlite_copy import compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from .copies import InSnapshot, Restoring

NAME: Final = "postgresql"
FILE: Final = "database.dump"
_SCRATCH: Final = "_didsms_proof_"
_VERSION: Final = re.compile(r"\b(\d{1,3})(?:\.\d+)?")
_NOT_EMPTY: Final = re.compile(r"not empty: (\w+);")
_PLAIN: Final = ("--no-owner", "--no-privileges")


def check_tools() -> None:
    """Look whether the programs are there, and not older than the server.

    Raises:
        BackupProblem: one is missing or too old.
    """
    for name in ("pg_dump", "pg_restore", "psql"):
        program(name)
    with connection.cursor() as cursor:
        _check_version(cursor.connection.info.server_version)


def take(folder: Path, *, tables: Sequence[str], in_snapshot: InSnapshot) -> Taken:
    """Write a dump of the database into a folder.

    Args:
        folder: where it goes.
        tables: whose rows are counted.
        in_snapshot: called once the state is chosen.

    Raises:
        BackupProblem: pg_dump is missing, older than the server, or failed.
    """
    program("pg_dump")
    with _words_for_errors(), open_plain_connection() as link:
        _check_version(link.info.server_version)
        link.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            link.execute(f"SET LOCAL {limit} = 0")
        snapshot = _one(link, "SELECT pg_export_snapshot()")
        in_snapshot()
        arguments = ["--format=custom", f"--snapshot={snapshot}", f"--file={folder / FILE}"]
        run("pg_dump", [*arguments, *_PLAIN, *_target()], env=_environment())
        rows = {table: _one(link, count_statement(table)) for table in tables}
        migrations = [list(row) for row in link.execute(MIGRATIONS_STATEMENT)]
        version, schema = _one(link, "SHOW server_version"), _one(link, "SELECT current_schema()")
    return Taken(FILE, version, schema, rows, migrations)


def _check_version(server_version: int) -> None:
    wants = server_version // 10_000
    found = _VERSION.search(run("pg_dump", ["--version"]))
    has = int(found[1]) if found else 0
    if has < wants:
        raise BackupProblem("program_old", program="pg_dump", has=has, wants=wants)


def prove(file: Path, *, work: Path, rows: dict[str, int]) -> None:
    """Restore a dump into a scratch database, and compare what it holds with what was counted.

    Args:
        file: the backup's dump.
        work: not needed here.
        rows: rows by table.

    Raises:
        BackupProblem: it cannot be restored, or holds something else.
    """
    base = str(plain_parameters()["dbname"])[:40] + _SCRATCH
    name = base + secrets.token_hex(4)
    with _words_for_errors(), open_plain_connection() as link:
        _drop_abandoned(link, base)
        try:
            link.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(_name(name)))
        except psycopg.errors.InsufficientPrivilege:
            raise BackupProblem("no_database_to_try", role=link.info.user) from None
        try:
            arguments = ["--exit-on-error", *_PLAIN, *_target(dbname=name), str(file)]
            run("pg_restore", arguments, env=_environment())
            with open_plain_connection(dbname=name) as scratch:
                found = {table: _one(scratch, count_statement(table)) for table in rows}
            compare(found, rows)
        finally:
            link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_name(name)))


def _drop_abandoned(link: psycopg.Connection[Any], base: str) -> None:
    """Drop what a killed process left; one that is in use stays."""
    found = link.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [base])
    for (name,) in found.fetchall():
        with contextlib.suppress(psycopg.Error):
            link.execute(sql.SQL("DROP DATABASE {}").format(_name(name)))


def put_back(file: Path, *, work: Path, restoring: Restoring) -> None:
    """Put a dump in the database's place, in one transaction, if that is still empty.

    Other processes may be connected: what they want to write waits, and then finds all of it.

    Args:
        file: the backup's dump.
        work: a folder for what the programs say.
        restoring: what must happen in that moment.

    Raises:
        BackupProblem: a program is missing or failed, or the target is not empty.
    """
    tool = program("pg_restore")
    client = [program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *_target()]
    with (
        tempfile.TemporaryFile("w+", dir=work) as client_said,
        tempfile.TemporaryFile("w+", dir=work) as tool_said,
    ):
        psql = subprocess.Popen(  # noqa: S603  (our own arguments, no shell)
            client,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=client_said,
            text=True,
        )
        assert psql.stdin is not None  # noqa: S101  (it was opened as a pipe)
        try:
            _tell(psql, ["BEGIN", *_making_room(restoring)])
            restore = [tool, "--file=-", *_PLAIN, str(file)]
            code = subprocess.run(  # noqa: S603
                restore, stdout=psql.stdin, stderr=tool_said, check=False
            ).returncode
            if code == 0:
                _tell(psql, [*restoring.statements, "COMMIT"])
                with contextlib.suppress(BrokenPipeError):
                    psql.stdin.close()
                code = psql.wait()
        finally:
            psql.kill()  # Without COMMIT nothing of it has happened.
            psql.wait()
            with contextlib.suppress(BrokenPipeError):  # What was not taken any more.
                psql.stdin.close()
        if code:
            raise _problem(_words(client_said), _words(tool_said))


def _tell(psql: subprocess.Popen[str], statements: Sequence[str]) -> None:
    """Write statements to psql; one that has ended says why itself."""
    assert psql.stdin is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError):
        psql.stdin.write("".join(f"{statement};\n" for statement in statements))
        psql.stdin.flush()


def _making_room(restoring: Restoring) -> Iterator[str]:
    """Yield what takes the empty tables away, after a last look, while nobody can write."""
    with open_plain_connection() as link:
        schema = _quoted(_one(link, "SELECT current_schema()"))
    named = [f"{schema}.{_quoted(table)}" for table in restoring.present]
    if named:
        yield f"LOCK TABLE {', '.join(named)} IN ACCESS EXCLUSIVE MODE"
    for table in restoring.must_be_empty:
        yield (
            f"DO $$ BEGIN IF EXISTS (SELECT 1 FROM {schema}.{_quoted(table)}) THEN"  # noqa: S608
            f" RAISE EXCEPTION 'not empty: {table};'; END IF; END $$"
        )
    if named:
        yield f"DROP TABLE {', '.join(named)} CASCADE"


def _problem(client_said: str, tool_said: str) -> BackupProblem:
    found = _NOT_EMPTY.search(client_said)
    if found:
        return BackupProblem("not_empty", table=found[1])
    return failed("psql", client_said) if client_said else failed("pg_restore", tool_said)


def _words(file: Any) -> str:
    file.seek(0)
    text: str = file.read()
    return text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _name(name: str) -> sql.Identifier:
    return sql.Identifier(name)


def _target(**changes: Any) -> list[str]:
    """Return where the programs connect to, without the password: others see arguments."""
    parameters = {k: v for k, v in (plain_parameters() | changes).items() if k != "password"}
    return [f"--dbname={make_conninfo(**parameters)}"]


def _environment() -> dict[str, str]:
    password = plain_parameters().get("password")
    return {**os.environ, **({"PGPASSWORD": str(password)} if password else {}), "LC_ALL": "C"}


def _one(link: psycopg.Connection[Any], statement: str) -> Any:
    row = link.execute(statement).fetchone()
    return row[0] if row else None


@contextlib.contextmanager
def _words_for_errors() -> Iterator[None]:
    connection.close()  # It would sit beside ours, idle, for as long as this takes.
    try:
        yield
    except psycopg.Error as error:
        raise BackupProblem("database_away", said=str(error).strip()) from error
