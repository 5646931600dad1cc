"""Count rejected requests to the webhook without any work for the database.

Counts gather in memory; the housekeeping thread writes them down every few seconds. The requests
themselves are not stored.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter

from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from didsms_site.server.shared_counter import REJECTED_REQUESTS
from messaging.models import RejectedRequestCount

logger = logging.getLogger(__name__)


class _RejectedRequests:
    def __init__(self) -> None:
        self._pending: Counter[str] = Counter()
        self._lock = threading.Lock()

    def count(self, reason: str) -> None:
        """Count one rejected request."""
        REJECTED_REQUESTS.inc(reason)
        with self._lock:
            self._pending[reason] += 1

    def write(self) -> int:
        """Write down what gathered; what cannot be written now is kept for the next time.

        Returns:
            How many requests were written down.
        """
        with self._lock:
            pending, self._pending = self._pending, Counter()
        written = 0
        now = timezone.now()
        try:
            for reason, count in list(pending.items()):
                row, _new = RejectedRequestCount.objects.get_or_create(
                    day=now.date(), reason=reason[:40], defaults={"last_at": now}
                )
                RejectedRequestCount.objects.filter(pk=row.pk).update(
                    count=F("count") + count, last_at=now
                )
                del pending[reason]
                written += count
        except DatabaseError as error:
            logger.warning("rejected requests are not written down yet: %s", type(error).__name__)
            with self._lock:
                self._pending.update(pending)
        return written


_rejected = _RejectedRequests()
count_rejected_request = _rejected.count
write_rejected_requests = _rejected.write
