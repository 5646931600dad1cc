"""The product as gunicorn serves it, without the one piece of machinery that BENCH_WITHOUT names.

What is left out is replaced by what one would write first: Django's own, or nothing. Only the
measurement does so (`bench/ablation.py`); the product has no such switches.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from gunicorn.workers.gthread import ThreadWorker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.ablated_settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.db import connection, transaction  # noqa: E402  (after the setup)

if TYPE_CHECKING:
    from collections.abc import Callable


class PlainWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own worker, where the configuration can write its slot."""


def _commit_alone(work: Callable[[], Any]) -> Any:
    with transaction.atomic():
        return work()


def _fetch_plainly(statement: Any) -> list[Any]:
    if not statement.sql:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        return list(cursor.fetchall())


def _render_each_time(record: Any, around: Any, *, is_open: bool, at: Any) -> str:
    from messaging.templatetags.list_rows import _rendered

    return _rendered(record, around, is_open=is_open, at=at)


def _as_parameter(literal: Any, compiler: Any, database: Any) -> tuple[str, list[Any]]:
    return "%s", [literal.value]


def _as_any_column(func: Any, compiler: Any, database: Any, **context: Any) -> Any:
    return func.as_sql(compiler, database, **context)


def _count_in_files(name: str) -> Callable[[Any, str], None]:
    from prometheus_client import Counter

    counter = Counter(name, "Pushes.", ["outcome"])
    return lambda _counter, word: counter.labels(word).inc()


#: Where `prepared.fetch` is used, under its own name.
FETCH_IN = (
    "messaging.services.access.auth_backend",
    "messaging.services.inbox.counts",
    "messaging.services.inbox.sql",
    "messaging.services.reading.unread",
)


def _no_plans() -> None:
    for module in FETCH_IN:
        patch(f"{module}.fetch", _fetch_plainly).start()


def _no_kept_statements() -> None:
    """Compile each statement again and again."""
    from messaging.services.inbox import counts, pages

    for module in (pages, counts):
        for name, value in vars(module).copy().items():
            if hasattr(value, "cache_info"):
                patch.object(module, name, value.__wrapped__).start()


OWN_SESSIONS = ("own sessions, two look-ups", "own sessions, select_related")
#: What replaces a machinery: a dotted name, and what is put there.
REPLACED: dict[str, tuple[str, Any]] = {
    "shared commit": (
        "messaging.services.receiving.fast_path.sqlite.share_commit",
        _commit_alone,
    ),
    "fast path": (
        "messaging.services.receiving.receive.take_in_quickly",
        lambda envelope: False,
    ),
    "LIFO pool": ("didsms_site.db.postgresql.base.LastInFirstOut", deque),
    "row cache": ("messaging.templatetags.list_rows._html", _render_each_time),
    "literals": ("messaging.db.literals.Literal.as_sql", _as_parameter),
    "index hints": ("messaging.db.index_hints.NotByIndex.as_sqlite", _as_any_column),
}


def leave_out(without: str) -> None:
    """Put something simpler in the place of one machinery; "" leaves everything as it is."""
    if without in REPLACED:
        patch(*REPLACED[without]).start()
    elif without == "shared counter":
        count = _count_in_files("bench_quick_arrivals")
        patch("didsms_site.server.shared_counter.SharedCounter.inc", count).start()
    elif without in OWN_SESSIONS:
        from bench.plain_sessions import get_user

        patch("messaging.services.access.auth_backend.StaffBackend.get_user", get_user).start()
    if without in {"prepared plans", "prepared statements"}:
        _no_plans()
    if without in {"kept statements", "prepared statements"}:
        _no_kept_statements()


leave_out(os.environ.get("BENCH_WITHOUT", ""))
