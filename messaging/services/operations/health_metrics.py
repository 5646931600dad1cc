"""Health figures for Prometheus: receipts, NXCloud's answers, alarms.

They are sums over all numbers: a label for each number would grow without bound. System health
and the API say which number it is.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from django.db.models import Count, Max
from prometheus_client.core import GaugeMetricFamily

from messaging.models import DidNumber, HealthAlarm

from .last_push import with_last_heard
from .number_hours import HOUR, figures_between
from .provider_answers import provider_answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def health_figures(*, at: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield open alarms, receipts of the last hour, the last pushes of each kind.

    Args:
        at: now, aware UTC.
    """
    open_now = dict(HealthAlarm.objects.open().order_by().values_list("kind").annotate(Count("pk")))
    alarms = GaugeMetricFamily("didsms_alarms", "Open alarms.", labels=["kind"])
    for kind in HealthAlarm.Kind:
        alarms.add_metric([kind.value], open_now.get(kind.value, 0))
    yield alarms
    yield from _receipts(at=at)
    yield from _last_pushes()


def _receipts(*, at: datetime) -> Iterator[GaugeMetricFamily]:
    found = figures_between(begin=at - HOUR, end=at, at=at).values()
    accepted, late = sum(one.accepted for one in found), sum(one.late for one in found)
    seconds = [value for one in found for value in one.seconds]
    yield GaugeMetricFamily(
        "didsms_accepted_last_hour", "Messages that NXCloud accepted.", value=accepted
    )
    yield GaugeMetricFamily(
        "didsms_receipts_late_ratio",
        "Share of them without a delivery receipt within ten minutes.",
        value=late / accepted if accepted else 0,
    )
    if seconds:
        yield GaugeMetricFamily(
            "didsms_receipt_median_seconds",
            "Median time from acceptance to receipt, last hour.",
            value=median(seconds),
        )


def _last_pushes() -> Iterator[GaugeMetricFamily]:
    """Yield when NXCloud last reached us; a lookup in the index for each number and kind."""
    family = GaugeMetricFamily(
        "didsms_last_push_timestamp_seconds",
        "When the last push of a kind came, about any number.",
        labels=["kind"],
    )
    last = with_last_heard(DidNumber.objects.all()).aggregate(
        inbound=Max("last_inbound_at"), receipt=Max("last_receipt_at")
    )
    for kind, moment in last.items():
        if moment is not None:
            family.add_metric([kind], moment.timestamp())
    yield family


def provider_figures(*, at: datetime) -> Iterator[GaugeMetricFamily]:
    """Yield NXCloud's answers of the last hour by code, and how long they took.

    Args:
        at: now, aware UTC.
    """
    found = sorted(provider_answers(at=at), key=lambda one: one.code)
    family = GaugeMetricFamily(
        "didsms_provider_attempts_last_hour",
        "Attempts to send by what came of them: 0, NXCloud's code, or ours.",
        labels=["code"],
    )
    for one in found:
        family.add_metric([one.code], one.count)
    yield family
    seconds = [value for one in found for value in one.seconds]
    if seconds:
        yield GaugeMetricFamily(
            "didsms_provider_answer_median_seconds",
            "Median time until NXCloud's answer, last hour.",
            value=median(seconds),
        )
