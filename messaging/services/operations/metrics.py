"""Figures for Prometheus, computed from the database and the spool when they are asked for."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Max, Min, Sum
from prometheus_client.core import GaugeMetricFamily

from messaging.models import Message, Push, RejectedRequestCount, WorkerSighting
from messaging.services.pushes.spool import files_set_aside, waiting_files
from messaging.services.sending.circuit_breaker import current_trip
from messaging.statuses import Status

from .backup.status import backup_status
from .disk import room_in
from .health_metrics import health_figures, provider_figures
from .round_trip_check import round_trip_figures
from .time_window import since

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

WINDOW: Final = timedelta(days=1)
WAITING: Final = (Status.SCHEDULED, Status.HELD, Status.QUEUED, Status.SENDING)


class DatabaseCollector:
    """Collects the figures; a database that is away is a figure too."""

    def __init__(self, *, at: datetime) -> None:
        """Take the present moment: now, aware UTC."""
        self._at = at

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every figure; labels never hold numbers, texts or tokens."""
        yield from spool_figures()
        try:
            figures = [
                *queue_figures(at=self._at),
                *message_figures(at=self._at),
                *push_figures(at=self._at),
                *worker_figures(at=self._at),
                *backup_figures(at=self._at),
                *health_figures(at=self._at),
                *round_trip_figures(at=self._at),
                *provider_figures(at=self._at),
            ]
        except (DatabaseError, InterfaceError):
            yield _figure("didsms_database_up", "Whether the database answers.", 0)
            return
        yield _figure("didsms_database_up", "Whether the database answers.", 1)
        yield from figures


def _figure(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=value)


def _by_label(
    name: str, documentation: str, label: str, values: dict[str, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, documentation, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family


def spool_figures() -> Iterator[GaugeMetricFamily]:
    """Yield what waits on this node's disk."""
    try:
        files = waiting_files()
        oldest = time.time() - files[0].stat().st_mtime if files else 0
        set_aside = len(files_set_aside())
        room = room_in(Path(settings.VAR_DIR))
    except OSError:
        return
    yield _figure("didsms_spool_files", "Pushes in this node's spool.", len(files))
    yield _figure("didsms_spool_oldest_seconds", "Age of the oldest of them.", oldest)
    yield _figure("didsms_spool_set_aside", "Spool files that could not be recorded.", set_aside)
    yield _figure("didsms_disk_free_bytes", "Room on the disk of VAR_DIR.", room.free_bytes)
    yield _figure("didsms_disk_total_bytes", "Size of the disk of VAR_DIR.", room.total_bytes)


def queue_figures(*, at: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield what waits to be sent, and whether the queue is paused."""
    counts = {
        status.value: float(Message.objects.filter(status=status).count()) for status in WAITING
    }
    yield _by_label("didsms_queue_messages", "Messages on their way out.", "status", counts)
    oldest = Message.objects.queued().aggregate(oldest=Min("queued_at"))["oldest"]
    age = (at - oldest).total_seconds() if oldest else 0
    yield _figure("didsms_queue_oldest_seconds", "Age of the oldest queued message.", age)
    paused = current_trip() is not None
    yield _figure("didsms_sending_paused", "1 while the queue is paused.", paused)


def message_figures(*, at: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield the messages of the last day by direction and status."""
    rows = since(Message.objects.all(), column="created_at", moment=at - WINDOW)
    family = GaugeMetricFamily(
        "didsms_messages_last_day", "Messages of the last day.", labels=["direction", "status"]
    )
    for row in rows.values("direction", "status").annotate(n=Count("pk")).order_by():
        family.add_metric([row["direction"], row["status"]], row["n"])
    yield family


def push_figures(*, at: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield the last day's pushes by outcome, rejected requests by reason, and the quarantine."""
    rows = since(Push.objects.all(), column="received_at", moment=at - WINDOW)
    by_outcome = rows.values_list("outcome").annotate(n=Count("pk")).order_by()
    yield _by_label(
        "didsms_pushes_last_day", "Pushes of the last day.", "outcome", dict(by_outcome)
    )
    rejected = RejectedRequestCount.objects.filter(day__gte=(at - WINDOW).date())
    by_reason = rejected.values_list("reason").annotate(n=Sum("count")).order_by()
    yield _by_label(
        "didsms_refused_calls", "Calls refused today and yesterday.", "reason", dict(by_reason)
    )
    quarantined = Push.objects.quarantined().count()
    yield _figure("didsms_quarantined_pushes", "Pushes that could not be used.", quarantined)


def worker_figures(*, at: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield how many workers there are, when one was last seen, and the provider's clock."""
    seen = WorkerSighting.objects.aggregate(n=Count("pk"), last=Max("seen_at"))
    yield _figure("didsms_workers", "Workers that have signed in.", seen["n"])
    if seen["last"]:
        age = max(0.0, (at - seen["last"]).total_seconds())
        yield _figure("didsms_worker_seen_seconds_ago", "Since a worker was last seen.", age)
    clock = WorkerSighting.objects.filter(clock_offset_seconds__isnull=False)
    offset = clock.order_by("-clock_checked_at").values_list("clock_offset_seconds", flat=True)
    for seconds in offset[:1]:
        yield _figure("didsms_clock_offset_seconds", "Provider's clock minus ours.", seconds or 0.0)


def backup_figures(*, at: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield how old the newest backup is, how large, and how long ago it was tried out."""
    status = backup_status(at=at)
    yield _figure("didsms_backup_failed", "1 after a backup that failed.", bool(status.failure))
    age, proven = status.age_seconds(at=at), status.proven_seconds_ago(at=at)
    if status.last is None or age is None:
        return
    yield _figure("didsms_backup_age_seconds", "Age of the newest backup.", age)
    yield _figure("didsms_backup_bytes", "Size of the newest backup.", status.last.size_bytes or 0)
    if proven is not None:
        yield _figure(
            "didsms_backup_proven_seconds_ago", "Since it was restored as a test.", proven
        )
