"""A database of its own for each test that starts processes, and a look into it from outside."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.conftest import made_database
from tests.system.proxy import Proxy


def pytest_itemcollected(item: pytest.Item) -> None:
    """Ask for the test database, which is made only for a run that uses it: ours are its copies."""
    item.add_marker(pytest.mark.django_db(transaction=True))


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


@pytest.fixture
def database(django_db_setup: str, tmp_path: Path) -> Iterator[Database]:
    """A database that nobody else uses, on the server under test."""
    with copy_of(django_db_setup, tmp_path) as database:
        yield database


@pytest.fixture(scope="module")
def shared_database(
    django_db_setup: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database for tests of one module that all leave its processes running."""
    with copy_of(django_db_setup, tmp_path_factory.mktemp("shared")) as database:
        yield database


@pytest.fixture
def another_database(tmp_path: Path) -> Iterator[Database]:
    """A database on another machine, with nothing in it, not even tables."""
    folder = tmp_path / "another"
    folder.mkdir()
    with copy_of(None, folder) as database:
        yield database


@contextmanager
def copy_of(template: str | None, folder: Path) -> Iterator[Database]:
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        path = folder / "system.sqlite3"
        if template:
            shutil.copy(template, path)
        yield Database(url=f"sqlite:///{path}", direct=str(path), proxy=None)
        return
    parts = urlsplit(server)
    target = (parts.hostname or "127.0.0.1", parts.port or 5432)
    with made_database(template=template or "template1") as name, Proxy(target=target) as proxy:
        credentials = parts.netloc.rpartition("@")[0]
        yield Database(
            url=f"postgres://{credentials}@127.0.0.1:{proxy.port}/{name}",
            direct=parts._replace(path=f"/{name}", scheme="postgresql").geturl(),
            proxy=proxy,
        )
