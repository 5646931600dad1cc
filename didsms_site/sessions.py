"""Sessions in the database, looked up with one short statement on every request of a person."""

from django.contrib.sessions.backends import db
from django.db import connection
from django.utils import timezone

from messaging.models.prepared import Statement, fetch

_COLUMNS = ("session_key", "session_data", "expire_date")
_FIND = (
    f"SELECT {', '.join(_COLUMNS)} FROM django_session"  # noqa: S608  (our own names)
    " WHERE session_key = %s AND expire_date > %s"
)


class SessionStore(db.SessionStore):
    """Django's own store but for the look-up, whose SQL is not built anew each time."""

    def _get_session_from_db(self):  # type: ignore[no-untyped-def]
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        found = fetch(Statement(_FIND, (self.session_key, now)))
        if not found:
            self._session_key = None
            return None
        return self.model(**dict(zip(_COLUMNS, found[0], strict=True)))
