"""Count the webhook calls that were refused, without letting them cost the database anything.

Counts gather in memory and are written at most every few seconds; the calls themselves are not stored.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import threading
import time
from collections import Counter

from django.db import connection
from django.db.models import F
from django.utils import timezone
from prometheus_client import Counter as Metric

from messaging.models import RefusedPushCount

logger = logging.getLogger(__name__)

WRITE_EVERY_SECONDS = 5.0
_metric = Metric("didsms_webhook_refused_total", "Webhook calls that were refused.", ["reason"])


class _Refusals:
    def __init__(self) -> None:
        self._pending: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._written_at = 0.0

    def count(self, reason: str) -> None:
        """Count one refused call."""
        _metric.labels(reason).inc()
        with self._lock:
            self._pending[reason] += 1
            if self._timer is None:
                wait = max(0.05, self._written_at + WRITE_EVERY_SECONDS - time.monotonic())
                self._timer = threading.Timer(wait, self.write)
                self._timer.daemon = True
                self._timer.start()

    def write(self) -> None:
        """Write what gathered; what cannot be written now is kept for the next time."""
        with self._lock:
            pending, self._pending = self._pending, Counter()
            self._timer, self._written_at = None, time.monotonic()
        now = timezone.now()
        try:
            for reason, count in list(pending.items()):
                row, _new = RefusedPushCount.objects.get_or_create(
                    day=now.date(), reason=reason[:40], defaults={"last_at": now}
                )
                RefusedPushCount.objects.filter(pk=row.pk).update(
                    count=F("count") + count, last_at=now
                )
                del pending[reason]
        except Exception:  # noqa: BLE001  (counting must never harm anything)
            logger.warning("refused webhook calls could not be written down yet")
            with self._lock:
                self._pending.update(pending)
        finally:
            with contextlib.suppress(Exception):
                connection.close()


_refusals = _Refusals()
count_refusal = _refusals.count
atexit.register(lambda: _refusals.write() if _refusals._pending else None)
