"""The hub: one thread per process that hears of changes and hands them to the open streams.

A subscriber's queue is bounded. One that falls behind is told to fetch again rather than given a
gap.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakSet

from django.db import connection

from didsms_site.server import worker_process
from messaging.models import Change
from messaging.process_thread import ProcessThread

from .listeners import open_listener

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .listeners import ChangeListener, Hint

logger = logging.getLogger(__name__)

QUEUE_LENGTH: Final = 500
#: Of one person in each process: a stream for each browser, and those of pages just left.
MOST_STREAMS_OF_ONE: Final = 8
#: A lost NOTIFY costs at most this much freshness.
SAFETY_LOOK_SECONDS: Final = 5.0
#: How far back a look goes: on PostgreSQL a smaller id may become visible after a greater one.
OVERLAP: Final = 500
#: How long a turn waits, and so how soon a stopping process is noticed.
TURN_SECONDS: Final = 0.5
#: How long a first stream waits for the hub to begin.
FIRST_LOOK_SECONDS: Final = 2.0


@dataclass(eq=False)
class Subscription:
    """One open stream's slot in the hub.

    Attributes:
        person_id: whose it is.
        number: grows with each that is opened.
        changes: hints in the order they were heard; None means "the process is stopping".
        has_gap: whether hints were dropped because the stream did not keep up.
    """

    person_id: int
    number: int = field(default_factory=itertools.count().__next__)
    changes: queue.Queue[Hint | None] = field(default_factory=lambda: queue.Queue(QUEUE_LENGTH))
    has_gap: bool = False

    def put(self, hint: Hint | None) -> None:
        """Hand over a hint without ever waiting."""
        try:
            self.changes.put_nowait(hint)
        except queue.Full:
            self.has_gap = True

    def end(self) -> None:
        """Ask the stream to end; its browser may come again."""
        with contextlib.suppress(queue.Empty):
            if self.changes.full():
                self.changes.get_nowait()
        self.put(None)


class Hub:
    """Listens once for all streams of this process."""

    def __init__(self) -> None:
        # Weak: a stream that never began, and so never ends, takes its slot along when it goes.
        self._subscriptions: WeakSet[Subscription] = WeakSet()
        self._lock = threading.Lock()
        self._thread = ProcessThread(self._run, name="live-hub", before_start=self._forget_what_was)
        self._last_id = 0
        self._known: deque[int] = deque(maxlen=4 * OVERLAP)
        self._known_set: set[int] = set()
        self._has_begun = threading.Event()
        self._looked_at = 0.0

    @property
    def stream_count(self) -> int:
        """How many streams are open in this process."""
        return len(self._subscriptions)

    def subscribe(self, *, person_id: int) -> Subscription:
        """Open a slot; the listening thread is started in the process that needs it.

        A user who has too many loses the oldest: it may belong to a page that is gone.
        """
        subscription = Subscription(person_id)
        with self._lock:
            self._thread.start_if_needed()
            self._subscriptions.add(subscription)
            self._end_oldest_of(person_id)
        # What comes before the first look is not seen: better a fetch too many than a gap.
        subscription.has_gap = not self._has_begun.wait(FIRST_LOOK_SECONDS)
        return subscription

    def _forget_what_was(self) -> None:
        self._subscriptions.clear()
        self._has_begun.clear()

    def _end_oldest_of(self, person_id: int) -> None:
        own = [one for one in self._subscriptions if one.person_id == person_id]
        own.sort(key=lambda one: one.number)
        for subscription in own[:-MOST_STREAMS_OF_ONE]:
            subscription.end()
            self._subscriptions.discard(subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Close a slot."""
        with self._lock:
            self._subscriptions.discard(subscription)

    def _run(self) -> None:
        while True:
            listener: ChangeListener | None = None
            try:
                listener = open_listener()
                self._look(is_first=not self._has_begun.is_set())
                self._has_begun.set()
                while self._is_alive():
                    hints = listener.wait(timeout_seconds=TURN_SECONDS)
                    if hints:
                        self._hand_out(hints)
                    elif hints is not None or self._is_time_to_look():
                        self._look()
                return
            except Exception as error:  # noqa: BLE001  (the streams live on; the page says "catching up")
                logger.warning("the change feed is interrupted: %s", type(error).__name__)
                time.sleep(1)
            finally:
                if listener is not None:
                    with contextlib.suppress(Exception):
                        listener.close()
                with contextlib.suppress(Exception):
                    connection.close()

    def _is_alive(self) -> bool:
        if not worker_process.is_stopping():
            return True
        for subscription in self._open_ones():
            subscription.end()
        return False

    def _open_ones(self) -> list[Subscription]:
        with self._lock:
            return list(self._subscriptions)

    def _is_time_to_look(self) -> bool:
        return time.monotonic() - self._looked_at > SAFETY_LOOK_SECONDS

    def _look(self, *, is_first: bool = False) -> None:
        """Read from the table what was not heard."""
        self._looked_at = time.monotonic()
        rows = Change.objects.filter(pk__gt=self._last_id - OVERLAP).order_by("pk")
        if is_first:
            rows = Change.objects.order_by("-pk")[:OVERLAP]
        hints = list(rows.values_list("pk", "kind", "conversation_id", "did_number_id"))
        if connection.vendor == "postgresql":
            connection.close()  # back into the pool: this thread looks only now and then
        if is_first:
            self._remember(hints)
        else:
            self._hand_out(hints)

    def _hand_out(self, hints: Iterable[Hint]) -> None:
        fresh = [hint for hint in hints if hint[0] not in self._known_set]
        self._remember(fresh)
        open_ones = self._open_ones() if fresh else []
        for hint in fresh:
            for subscription in open_ones:
                subscription.put(hint)

    def _remember(self, hints: Iterable[Hint]) -> None:
        for hint in hints:
            if len(self._known) == self._known.maxlen:
                self._known_set.discard(self._known[0])
            self._known.append(hint[0])
            self._known_set.add(hint[0])
            self._last_id = max(self._last_id, hint[0])


hub = Hub()
