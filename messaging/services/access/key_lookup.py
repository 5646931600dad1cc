"""Who calls the API with a key: one prepared statement reads key, owner and rights.

When a key was last used is noted in memory and written by the housekeeping thread, once a minute
for each key: a call waits for nothing.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import User
from django.db.models import Q

from messaging.db.model_rows import Columns
from messaging.db.prepared import Statement, fetch
from messaging.models import ApiKey, StaffAccess

from .api_keys import digest_of, is_key
from .scopes import limits_for

if TYPE_CHECKING:
    from datetime import datetime

#: How exact the time of the last use is.
USE_IS_EXACT_TO: Final = timedelta(minutes=1)

_KEY: Final = Columns(ApiKey, "k")
_USER: Final = Columns(User, "u")
_ACCESS: Final = Columns(StaffAccess, "a")
_FIND: Final = (
    f"SELECT {_KEY.sql}, {_USER.sql}, {_ACCESS.sql}"  # noqa: S608  (our own names)
    " FROM messaging_apikey k JOIN auth_user u ON u.id = k.user_id"
    " LEFT JOIN messaging_staffaccess a ON a.user_id = u.id WHERE k.digest = %s"
)


def key_of(text: str) -> ApiKey | None:
    """Return a key with its owner, who has its limits; usable or not. None when there is none."""
    if not is_key(text):
        return None
    found = fetch(Statement(_FIND, (digest_of(text),)))
    if not found:
        return None
    border = _KEY.count + _USER.count
    key = _KEY.read(found[0][: _KEY.count])
    user = _USER.read(found[0][_KEY.count : border])
    access = found[0][border:]
    user.staff_access = _ACCESS.read(access) if access[0] is not None else StaffAccess(user=user)
    user.key_limits = limits_for(  # type: ignore[attr-defined]  # what `rights_of` reads
        scopes=key.scope_words, numbers=key.number_ids
    )
    key.user = user
    return key


class _LastUses:
    def __init__(self) -> None:
        self._pending: dict[int, datetime] = {}
        self._lock = threading.Lock()

    def note(self, key: ApiKey, *, at: datetime) -> None:
        """Note that a key was used, if its row does not say so yet."""
        if key.last_used_at is None or at - key.last_used_at >= USE_IS_EXACT_TO:
            with self._lock:
                self._pending[key.pk] = at

    def write(self) -> int:
        """Write down what gathered; another process may have done so within the minute.

        Returns:
            How many rows were written.
        """
        with self._lock:
            pending, self._pending = self._pending, {}
        written = 0
        for pk, at in sorted(pending.items()):
            is_older = Q(last_used_at=None) | Q(last_used_at__lte=at - USE_IS_EXACT_TO)
            written += ApiKey.objects.filter(is_older, pk=pk).update(last_used_at=at)
        return written


_uses = _LastUses()
note_use = _uses.note
write_last_uses = _uses.write
