"""A database of its own for each test that starts processes, and a look into it from outside."""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.processes import process_environment, run_manage
from tests.system.proxy import Proxy


@dataclass(frozen=True)
class Database:
    """An empty, migrated database.

    Attributes:
        url: for DATABASE_URL; on PostgreSQL it leads through ``proxy``.
        proxy: cuts the way to PostgreSQL; None on SQLite.
        direct: what ``rows`` connects to, past the proxy.
    """

    url: str
    direct: str
    proxy: Proxy | None

    @property
    def is_postgresql(self) -> bool:
        return self.proxy is not None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a query from outside the product."""
        if self.is_postgresql:
            import psycopg

            with psycopg.connect(self.direct, autocommit=True) as link:
                cursor = link.execute(sql)
                return cursor.fetchall() if cursor.description else []
        link = sqlite3.connect(self.direct, timeout=20)
        try:
            found = link.execute(sql).fetchall()
            link.commit()
            return found
        finally:
            link.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database to copy: a file's path, or a PostgreSQL database's name."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    folder = tmp_path_factory.mktemp("template")
    if not server:
        path = folder / "template.sqlite3"
        _migrate(f"sqlite:///{path}", folder)
        yield str(path)
        return
    with _made_database(server) as name:
        _migrate(urlsplit(server)._replace(path=f"/{name}").geturl(), folder)
        yield name


@pytest.fixture
def database(template: str, tmp_path: Path) -> Iterator[Database]:
    """A database that nobody else uses, on the server under test."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        path = tmp_path / "system.sqlite3"
        shutil.copy(template, path)
        yield Database(url=f"sqlite:///{path}", direct=str(path), proxy=None)
        return
    parts = urlsplit(server)
    target = (parts.hostname or "127.0.0.1", parts.port or 5432)
    with _made_database(server, template=template) as name, Proxy(target=target) as proxy:
        credentials = parts.netloc.rpartition("@")[0]
        yield Database(
            url=f"postgres://{credentials}@127.0.0.1:{proxy.port}/{name}",
            direct=parts._replace(path=f"/{name}", scheme="postgresql").geturl(),
            proxy=proxy,
        )


@pytest.fixture
def another_database(tmp_path: Path) -> Iterator[Database]:
    """A database on another machine, with nothing in it, not even tables."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        path = tmp_path / "another.sqlite3"
        yield Database(url=f"sqlite:///{path}", direct=str(path), proxy=None)
        return
    parts = urlsplit(server)
    target = (parts.hostname or "127.0.0.1", parts.port or 5432)
    with _made_database(server) as name, Proxy(target=target) as proxy:
        credentials = parts.netloc.rpartition("@")[0]
        yield Database(
            url=f"postgres://{credentials}@127.0.0.1:{proxy.port}/{name}",
            direct=parts._replace(path=f"/{name}", scheme="postgresql").geturl(),
            proxy=proxy,
        )


@contextmanager
def _made_database(server: str, *, template: str = "template1") -> Iterator[str]:
    import psycopg

    name = f"didsms_system_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield name
    finally:
        with psycopg.connect(server, autocommit=True) as link:
            link.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _migrate(url: str, folder: Path) -> None:
    run_manage("migrate", "-v0", env=process_environment(var_dir=folder, database_url=url))
