"""When a session was last used: noted in memory, written by the housekeeping thread.

No request waits for it, and a session costs at most one write in EXACT_TO, however much its person
does. What an open page asks for by itself is no use: a forgotten tab must not keep a session alive.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db.models import Q

from messaging.models import StaffSession

from .session_limits import ends_at, is_over

if TYPE_CHECKING:
    from datetime import datetime

#: How exact the time of the last use is.
EXACT_TO: Final = timedelta(minutes=5)
#: Beginnings of the addresses that open pages ask for by themselves.
ASKED_BY_PAGES: Final = ("/live/", "/inbox/parts/", "/static/")
#: And ends: somebody is looking, or their page says so.
TOLD_BY_PAGES: Final = ("/presence/",)
#: What our scripts put into the header X-Asked-By where they ask by themselves at other addresses.
BY_PAGE: Final = "page"


class _Use(NamedTuple):
    at: datetime
    ends_at: datetime


class _LastUses:
    def __init__(self) -> None:
        self._pending: dict[str, _Use] = {}
        self._lock = threading.Lock()

    def note(self, session: Any, *, path: str, at: datetime, asked_by: str = "") -> None:
        """Note that somebody used a session, if its row does not say so yet.

        Args:
            session: a loaded store of ours.
            path: what they asked for.
            at: now.
            asked_by: the header X-Asked-By.
        """
        seen_at: datetime | None = session.last_seen_at
        if seen_at is not None and at - seen_at < EXACT_TO:
            return
        if path.startswith(ASKED_BY_PAGES) or path.endswith(TOLD_BY_PAGES) or asked_by == BY_PAGE:
            return
        key: str | None = session.session_key
        data: dict[str, Any] = session._session
        if key and not is_over(data, last_seen_at=seen_at, at=at):
            with self._lock:
                self._pending[key] = _Use(at, ends_at(data, seen_at=at))

    def write(self) -> int:
        """Write down what gathered; another process may have done so within EXACT_TO.

        Returns:
            How many rows were written.
        """
        with self._lock:
            pending, self._pending = self._pending, {}
        written = 0
        for key, use in sorted(pending.items()):
            is_older = Q(last_seen_at=None) | Q(last_seen_at__lte=use.at - EXACT_TO)
            rows = StaffSession.objects.filter(is_older, pk=key, expire_date__gt=use.at)
            written += rows.update(last_seen_at=use.at, expire_date=use.ends_at)
        return written


_uses = _LastUses()
note_seen = _uses.note
write_last_seen = _uses.write
