"""DATABASES from DATABASE_URL: SQLite with a fair write queue, or PostgreSQL with a pool."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from didsms_site import environment

SQLITE_OPTIONS = {
    # Take the write lock at BEGIN: upgrading a read transaction later fails at once with "locked".
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL makes a commit durable against power loss. The cache is per connection, so it is small.
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; "
        "PRAGMA cache_size=-8000; PRAGMA journal_size_limit=67108864;"
    ),
}


def _postgresql_options() -> dict[str, Any]:
    return {
        # A thread waits at most `timeout` for a connection: with the pool's 30 s a push would hang
        # while the database is away. A short reconnect_timeout keeps the pool's back-off short, so
        # that it serves again as soon as the database does.
        "pool": {
            "min_size": 2,
            "max_size": environment.integer("DATABASE_POOL_SIZE", 10, minimum=2),
            "timeout": 2.5,
            "reconnect_timeout": 3,
        },
        "connect_timeout": 2,
        "tcp_user_timeout": 3000,
    }


def database_settings(*, var_dir: Path) -> dict[str, Any]:
    """Return Django's settings for the database that DATABASE_URL names."""
    if not environment.text("DATABASE_URL"):
        return _sqlite(name=var_dir / "didsms.sqlite3")
    config = environment.database("DATABASE_URL")
    engine, name = config.get("ENGINE"), config.get("NAME")
    if engine == "django.db.backends.sqlite3" and name and name != ":memory:":
        return _sqlite(name=environment.BASE_DIR / name)
    if engine == "django.db.backends.postgresql" and name:
        extra = config.get("OPTIONS", {})
        return config | {
            "ENGINE": "didsms_site.db.postgresql",
            "CONN_MAX_AGE": 0,
            "OPTIONS": _postgresql_options() | extra,
        }
    raise ImproperlyConfigured(
        "DATABASE_URL must name an SQLite file or a PostgreSQL database, for example "
        "sqlite:////srv/didsms/didsms.sqlite3 or postgres://user:password@host:5432/didsms"
    )


def _sqlite(*, name: Path) -> dict[str, Any]:
    # A connection stays with its thread: opening one for each request costs a third of the rate.
    return {
        "ENGINE": "didsms_site.db.sqlite",
        "NAME": str(name),
        "CONN_MAX_AGE": None,
        "OPTIONS": SQLITE_OPTIONS,
    }
