"""Fixtures for every test; the browser's are in `tests/browser_fixtures.py`."""

import gc
import os
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import AutoField, F, Min
from django.utils import timezone, translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from messaging.services.feed.notifier import notifier
from messaging.services.reports import turns
from tests.processes import Web, process_environment, until

pytest_plugins = ["tests.browser_fixtures"]

# The same examples in every run, and however busy the machine is. `make soak` tries others, and
# says how to try one of them again.
hypothesis_settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.register_profile(
    "other", hypothesis_settings.get_profile("same"), derandomize=False, print_blob=True
)
hypothesis_settings.load_profile("same")


# Reports that a test asks for one after the other don't rest in between.
turns.REST = 0.0


def pytest_collection() -> None:
    """Let the garbage collector rest while tests are read: nothing of them is garbage."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over all that stays: measured, 4 % less for each test."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True)
def var_dir(settings, tmp_path: Path) -> Path:
    """A VAR_DIR (spool and so on) of the test's own."""
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir(mode=0o700)
    return settings.VAR_DIR


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """Let a look at the database end while the test still has one: its caller may have gone."""
    for thread in threading.enumerate():
        if thread.name == "health":
            thread.join()


@pytest.fixture(autouse=True)
def language_and_zone() -> Iterator[None]:
    """Forget the language and the time zone that the last request's reader had."""
    yield
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[str]:
    """Make the test database, and a copy of it for tests that start processes of their own.

    Yields:
        The copy: a file's path, or a PostgreSQL database's name. Nobody writes into it.
    """
    connection = connections["default"]
    with django_db_blocker.unblock():
        set_ids_apart(connection)
    if connection.vendor == "sqlite":
        path = tmp_path_factory.mktemp("template") / "template.sqlite3"
        name = connection.settings_dict["NAME"]
        with closing(sqlite3.connect(name)) as link, closing(sqlite3.connect(path)) as copy:
            link.backup(copy)
        yield str(path)
        return
    connection.close()
    connection.close_pool()
    with made_database(template=connection.settings_dict["NAME"]) as name:
        yield name


def set_ids_apart(connection: BaseDatabaseWrapper) -> None:
    """Let each table's ids start at another thousand.

    Otherwise the first conversation, its contact and its message would all be number 1, and a test
    would pass with one in place of the other.
    """
    tables = [
        model._meta.db_table
        for model in [get_user_model(), *apps.get_app_config("messaging").get_models()]
        if isinstance(model._meta.pk, AutoField)
    ]
    with connection.cursor() as cursor:
        for thousand, table in enumerate(tables, start=1):
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                statement = "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)"
            else:
                statement = "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)"
            cursor.execute(statement, [table, thousand * 1000])


SESSIONS = "SELECT pid FROM pg_stat_activity WHERE datname = %s"


@contextmanager
def made_database(*, template: str) -> Iterator[str]:
    """Have a database of one's own on the PostgreSQL server under test."""
    server = os.environ["TEST_DATABASE_URL"]
    name = f"didsms_system_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as link:
        # PostgreSQL copies only what nobody is connected to, and a session ends a moment later.
        until(lambda: not link.execute(SESSIONS, [template]).fetchall(), what="nobody is there")
        link.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield name
    finally:
        with psycopg.connect(server, autocommit=True) as link:
            link.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def database_url(django_db_setup) -> str:
    """The address of the test database, for processes that tests start."""
    database = django_settings.DATABASES["default"]
    name = connections["default"].settings_dict["NAME"]
    if database["ENGINE"] == "didsms_site.db.sqlite":
        return f"sqlite:///{name}"
    base, _, query = os.environ["TEST_DATABASE_URL"].partition("?")
    url = base.rsplit("/", 1)[0] + "/" + name
    return f"{url}?{query}" if query else url


@pytest.fixture(scope="session")
def site_process(database_url: str, tmp_path_factory, django_db_blocker) -> Iterator[Web]:
    """The shipped server on the test database, one for the whole run."""
    folder = tmp_path_factory.mktemp("site")
    env = process_environment(
        var_dir=folder,
        database_url=database_url,
        WEB_CONCURRENCY="1",
        WEB_THREADS="128",
        DJANGO_SETTINGS_MODULE="tests.site_settings",
    )
    with Web(env=env, log=folder / "web.log") as web:
        yield web.wait()


@pytest.fixture(scope="session")
def first_content_type(django_db_setup, django_db_blocker) -> int:
    """The lowest id of Django's content types before any test has flushed them."""
    with django_db_blocker.unblock():
        return ContentType.objects.aggregate(first=Min("pk"))["first"]


@pytest.fixture
def site(site_process: Web, transactional_db, first_content_type: int) -> str:
    """The base address of the running site; its data is flushed after the test.

    A flush gives content types other ids, while the site's process remembers those that it has
    seen, and would log what happens in the admin under them.
    """
    moved = ContentType.objects.aggregate(first=Min("pk"))["first"] - first_content_type
    if moved:
        with transaction.atomic():
            Permission.objects.update(content_type_id=F("content_type_id") - moved)
            ContentType.objects.update(id=F("id") - moved)
    return site_process.url


@pytest.fixture(scope="session", autouse=True)
def notifier_ends_before_the_database(request) -> Iterator[None]:
    """Let go of the change notifier's own connection before the test database is dropped."""
    if any(item.get_closest_marker("django_db") for item in request.session.items):
        request.getfixturevalue("django_db_setup")
    yield
    notifier.stop()
