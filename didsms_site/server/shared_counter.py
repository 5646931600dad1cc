"""Counters that all web processes of a node share, in memory that no full disk can take away.

A counter in a memory-mapped file ends its process (SIGBUS) when the disk is full. These are in
anonymous memory, made before any process is forked; each process adds in a slot of its own. They
are no faster than those of prometheus-client (2026-11-29, `make ablation`), and stay for the full
disk.
"""

from __future__ import annotations

import mmap
import threading
from array import array
from typing import TYPE_CHECKING, Final

from prometheus_client.core import CounterMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: More than processes that can be alive at once: a reload starts new ones before old ones end.
SLOTS: Final = 256
#: What a word counts under that nobody has named.
OTHER: Final = "other"

_slot = 0


def use_slot(slot: int) -> None:
    """Say where this process counts; called once when it starts."""
    global _slot
    _slot = slot


def slot() -> int:
    """Return where this process counts."""
    return _slot


class SharedCounter:
    """Counts events by one label; a collector for Prometheus.

    What a process has counted stays when it ends: its slot's next owner goes on from there.
    """

    def __init__(self, name: str, documentation: str, *, label: str, values: Iterable[str]) -> None:
        """Make it in the master, by importing its module there.

        Args:
            name: of the metric, ending in ``_total``.
            documentation: a sentence.
            label: the label's name.
            values: every value that it can have.
        """
        self._family = (name, documentation, label)
        self._columns = {value: column for column, value in enumerate((*values, OTHER))}
        size = SLOTS * len(self._columns) * array("Q").itemsize
        self._counts = memoryview(mmap.mmap(-1, size)).cast("Q")
        self._lock = threading.Lock()

    def inc(self, value: str) -> None:
        """Count one event."""
        column = self._columns.get(value, self._columns[OTHER])
        with self._lock:
            self._counts[_slot * len(self._columns) + column] += 1

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the sums over all processes, of what has happened at all."""
        name, documentation, label = self._family
        family = CounterMetricFamily(name, documentation, labels=[label])
        counts = self._counts.tolist()
        for value, column in self._columns.items():
            count = sum(counts[column :: len(self._columns)])
            if count:
                family.add_metric([value], count)
        yield family


REJECTED_REQUESTS: Final = SharedCounter(
    "didsms_webhook_refused_total",
    "Webhook calls that were refused.",
    label="reason",
    values=(
        "wrong_path_secret",
        "method",
        "content_encoding",
        "empty",
        "length_required",
        "too_large",
        "too_slow",
        "broken_body",
        "unsigned_on_bare_path",
        "unsigned_not_accepted",
        "unsigned_json",
        "address_not_allowed",
        "no_access_key",
        "no_secret",
        "missing_header",
        "bad_access_key",
        "bad_action",
        "bad_biz_type",
        "bad_ts",
        "bad_algorithm",
        "bad_sign_grammar",
        "bad_sign",
        "too_old",
        "too_new",
    ),
)

#: What became of pushes on the fast path: done; left to the long way for what they are;
#: lost a race against one with the same id or the same new conversation; refused by the database
#: for anything else, which is a mistake of ours.
QUICK_ARRIVALS: Final = SharedCounter(
    "didsms_quick_arrivals_total",
    "Pushes on the fast path, by what became of them there.",
    label="outcome",
    values=("done", "not_ordinary", "conflict", "refused"),
)
