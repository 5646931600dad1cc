"""Parts of pages are made one at a time in each process, in the order in which they were asked for.

After every change all open pages fetch their list and their sidebar at once. Python runs one thread
at a time, and threads that wait for it at every statement of theirs cost each other more than they
gain. 32 pages that ask at once have their lists 1.20 times later without turns on SQLite and 1.10
times on PostgreSQL, for 1.16 and 0.98 times the processor time. Eight that ask all the time lose a
tenth by turns on SQLite and gain as much on PostgreSQL (2026-11-30, `make ablation`). Where
each page waits at random for up to 300 ms instead, its list comes two and a half times as late and
costs a fifth more.
Pages, searches, pushes and the API never wait.
"""

import threading
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

PARTS_PREFIX = "/inbox/parts/"
#: A request that waited so long goes on: a slow database must not become a queue here.
LONGEST_WAIT_SECONDS = 0.5


class TurnsMiddleware:
    """Comes before whatever takes time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response
        self._turn = threading.Lock()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Wait for a turn, if the request is for a part of a page."""
        is_part = request.path_info.startswith(PARTS_PREFIX)
        if not is_part or "q=" in request.META.get("QUERY_STRING", ""):
            return self.get_response(request)
        has_turn = self._turn.acquire(timeout=LONGEST_WAIT_SECONDS)
        try:
            return self.get_response(request)
        finally:
            if has_turn:
                self._turn.release()
