"""Databases that a measurement makes for itself and drops again."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

LOCAL_SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"


@contextmanager
def postgresql_database(server: str) -> Iterator[str | None]:
    """Yield the address of a new database on a server; None, and a word why, when none answers."""
    import psycopg

    name = f"didsms_bench_{uuid.uuid4().hex[:8]}"
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=3) as link:
            link.execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError as error:
        print(f"PostgreSQL was not measured: {error}", file=sys.stderr)
        yield None
        return
    try:
        yield urlsplit(server)._replace(scheme="postgres", path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server, autocommit=True) as link:
            link.execute(f"DROP DATABASE {name} WITH (FORCE)")
