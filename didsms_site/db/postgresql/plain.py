"""PostgreSQL connections outside Django's pool, for what holds one for long: LISTEN and NOTIFY."""

from typing import Any

import psycopg
from django.db import connection

_OF_THE_POOL = frozenset(
    {"pool", "cursor_factory", "context", "prepare_threshold", "server_side_binding"}
)


def plain_parameters() -> dict[str, Any]:
    """Return the parameters that Django connects with, without those of its pool."""
    parameters = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name not in _OF_THE_POOL
    }
    parameters["connect_timeout"] = parameters.get("connect_timeout", 2)
    return parameters


def open_plain_connection(**changes: Any) -> psycopg.Connection[Any]:
    """Open an autocommit connection with the parameters that Django uses.

    Args:
        **changes: parameters that differ, such as ``dbname``.

    Raises:
        psycopg.OperationalError: the server cannot be reached within 2 seconds.
    """
    return psycopg.connect(**(plain_parameters() | changes), autocommit=True)
