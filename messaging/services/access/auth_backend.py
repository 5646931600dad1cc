"""Who is signed in: session, person and settings, read together on every request."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from django.contrib.auth import get_user
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, User
from django.db import DEFAULT_DB_ALIAS, connection
from django.utils import timezone

from messaging.db.prepared import Statement, fetch, instant
from messaging.models import SecondFactor, StaffAccess, StaffSession, StaffSettings, access_of

from .last_seen import note_seen
from .local_sign_in import FACTOR_ELSEWHERE, is_suspended, may_go_on, may_sign_in_here
from .second_factor import is_overdue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.http import HttpRequest

Row = TypeVar("Row", User, StaffSettings, StaffAccess, SecondFactor)

#: What is open to somebody whose time to set up a second factor is over: to do so, or to sign out.
OPEN_WHEN_OVERDUE: Final = ("/settings/two-step/", "/accounts/logout/")

_USER_COLUMNS: Final = [field.attname for field in User._meta.concrete_fields]
_SETTINGS_COLUMNS: Final = [field.attname for field in StaffSettings._meta.concrete_fields]
_ACCESS_COLUMNS: Final = [field.attname for field in StaffAccess._meta.concrete_fields]
_FACTOR_COLUMNS: Final = [field.attname for field in SecondFactor._meta.concrete_fields]
_PERSON: Final = ", ".join(
    [f"u.{name}" for name in _USER_COLUMNS]
    + [f"s.{name}" for name in _SETTINGS_COLUMNS]
    + [f"a.{name}" for name in _ACCESS_COLUMNS]
    + [f"f.{name}" for name in _FACTOR_COLUMNS]
)
_WITH_WHAT_IS_THEIRS: Final = (
    " LEFT JOIN messaging_staffsettings s ON s.user_id = u.id"
    " LEFT JOIN messaging_staffaccess a ON a.user_id = u.id"
    " LEFT JOIN messaging_secondfactor f ON f.user_id = u.id"
)
_FIND_PERSON: Final = f"SELECT {_PERSON} FROM auth_user u{_WITH_WHAT_IS_THEIRS} WHERE u.id = %s"  # noqa: S608
_FIND_SESSION: Final = (
    f"SELECT b.session_data, b.last_seen_at, {_PERSON} FROM {StaffSession._meta.db_table} b"  # noqa: S608
    f" LEFT JOIN auth_user u ON u.id = b.user_id{_WITH_WHAT_IS_THEIRS}"
    " WHERE b.session_key = %s AND b.expire_date > %s"
)


class Session(Protocol):
    """A session store that keeps what it read of the person."""

    person: tuple[Any, ...] | None


class FoundSession(NamedTuple):
    """A session as it is stored.

    Attributes:
        data: what it holds, still encoded.
        last_seen_at: when somebody last used it; None where nobody knows.
        person: the row of the user who signed in with it, None for nobody.
    """

    data: str
    last_seen_at: datetime | None
    person: tuple[Any, ...] | None


_session: ContextVar[Session | None] = ContextVar("session", default=None)


def fetch_session(key: str | None) -> FoundSession | None:
    """Return a session with the person who signed in with it, in one statement.

    Returns:
        None when there is no such session, or it is over.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    found = fetch(Statement(_FIND_SESSION, (key, now)))
    if not found:
        return None
    data, seen_at, *person = found[0]
    return FoundSession(
        data,
        instant(seen_at) if seen_at is not None else None,
        tuple(person) if person[0] is not None else None,
    )


@contextmanager
def person_from(session: Session) -> Iterator[None]:
    """Let the backend take the person that came with a session, rather than ask again."""
    token = _session.set(session)
    try:
        yield
    finally:
        _session.reset(token)


def signed_in_user(request: HttpRequest) -> User | AnonymousUser:
    """Return whom a request's session belongs to.

    A person who must have a second factor, and whose time to set it up is over, is nobody except
    where they do that. This holds for every page, the API, the live stream and the admin alike.
    """
    user = session_owner(request)
    if user.is_authenticated:
        note_seen(
            request.session,
            path=request.path_info,
            at=timezone.now(),
            asked_by=request.headers.get("X-Asked-By", ""),
        )
    if request.session.get(FACTOR_ELSEWHERE):
        return user
    if is_overdue(user, at=timezone.now()) and not request.path_info.startswith(OPEN_WHEN_OVERDUE):
        return AnonymousUser()
    return user


def session_owner(request: HttpRequest) -> User | AnonymousUser:
    """Return who signed in with a session, whether they may go on or not."""
    with person_from(request.session):  # type: ignore[arg-type]
        user: Any = get_user(request)
    if user.is_authenticated and not may_go_on(user, request.session):
        return AnonymousUser()
    return user  # type: ignore[no-any-return]


class StaffBackend(ModelBackend):
    """Django's own way of signing in; later requests bring settings and rights along."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Let nobody in as a service account, which belongs to a program, or while suspended."""
        is_person = super().user_can_authenticate(user) and not access_of(user).is_service_account
        return is_person and not is_suspended(user)

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Return whose name and password these are, if they may sign in with a password."""
        user: Any = super().authenticate(request, username, password, **kwargs)
        return user if user is not None and may_sign_in_here(user) else None

    def get_user(self, user_id: int) -> User | None:
        """Return an active user whose settings and access are at hand, defaults without a row.

        Args:
            user_id: as the session holds it.
        """
        session = _session.get()
        row = session.person if session is not None else None
        if row is None or row[0] != user_id:
            found = fetch(Statement(_FIND_PERSON, (user_id,)))
            if not found:
                return None
            row = found[0]
        user = _user_of(row)
        return user if self.user_can_authenticate(user) else None


def _user_of(row: tuple[Any, ...]) -> User:
    border = len(_USER_COLUMNS)
    user = _made(User, _USER_COLUMNS, row[:border])
    end = border + len(_SETTINGS_COLUMNS)
    last = end + len(_ACCESS_COLUMNS)
    own, access, factor = row[border:end], row[end:last], row[last:]
    user.staff_settings = (
        _made(StaffSettings, _SETTINGS_COLUMNS, own)
        if own[0] is not None
        else StaffSettings(user=user)
    )
    user.staff_access = (
        _made(StaffAccess, _ACCESS_COLUMNS, access)
        if access[0] is not None
        else StaffAccess(user=user)
    )
    user.second_factor = (
        _made(SecondFactor, _FACTOR_COLUMNS, factor)
        if factor[0] is not None
        else SecondFactor(user=user)
    )
    return user


def _made(model: type[Row], columns: list[str], values: tuple[Any, ...]) -> Row:
    given = [instant(value) if hasattr(value, "tzinfo") else value for value in values]
    return model.from_db(DEFAULT_DB_ALIAS, columns, given)
