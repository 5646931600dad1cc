"""Write a row of the audit log, in the transaction of what it records.

The row is only appended: nothing is read or locked, so an opt-out from a push waits for nobody. Its
place in the chain comes later (`chain.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.conf import settings
from django.utils import timezone

from messaging.models import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
    from django.db.models import Model

#: Characters of an object's name.
LONGEST_NAME: Final = 200
#: Longer values are cut: the log says what changed, it is no copy of it.
LONGEST_VALUE: Final = 300
#: Characters of a token that tell it from the others and let nobody in.
TOKEN_SHOWN: Final = 6
#: Kinds of objects whose names and changes may be a contact's.
ABOUT_CONTACTS: Final = frozenset({"contact", "conversation", "optout"})
#: What people look for, in a search or in the filters of a file, may be a contact.
MAY_NAME_ANYBODY: Final = frozenset({"search", "export"})
#: Among a row's changes: a random value (`_may_tell_of_contacts`).
SALT: Final = "salt"
#: What a row says, in the order in which it is written down.
SAID: Final = (
    "at",
    "actor_id",
    "actor_name",
    "via",
    "token",
    "remote_addr",
    "action",
    "object_type",
    "object_id",
    "object_name",
    "changes",
)


@dataclass(frozen=True)
class Origin:
    """Where a request comes from.

    Attributes:
        remote_addr: the caller's address, "" when nobody knows it.
        token: the beginning of the token that the call brought, "" for none.
    """

    remote_addr: str = ""
    token: str = ""


class Subject(NamedTuple):
    """What something was done to.

    Attributes:
        kind: a word for the kind of object.
        key: its id.
        name: what people call it.
    """

    kind: str = ""
    key: int | str = ""
    name: str = ""


_origin: ContextVar[Origin | None] = ContextVar("audit_origin", default=None)


@contextmanager
def origin_of_request(remote_addr: str) -> Iterator[None]:
    """Let what is recorded within say where it came from."""
    before = _origin.set(Origin(remote_addr))
    try:
        yield
    finally:
        _origin.reset(before)


def has_origin() -> bool:
    """Tell whether a request is under way, rather than a command or a loop."""
    return _origin.get() is not None


def called_with_token(key: str) -> None:
    """Note that the request under way brought a token."""
    origin = _origin.get() or Origin()
    _origin.set(Origin(origin.remote_addr, key[:TOKEN_SHOWN]))


def called_with_key(mark: str) -> None:
    """Note that the request under way brought an API key.

    Args:
        mark: what tells the key from the others and lets nobody in.
    """
    _origin.set(Origin((_origin.get() or Origin()).remote_addr, mark))


def record(
    action: str,
    *,
    actor: AbstractBaseUser | AnonymousUser | None,
    about: Model | Subject | None = None,
    changes: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    remote_addr: str = "",
    via: AuditEntry.Via | None = None,
) -> None:
    """Write a row; call it in the transaction of what it records.

    Args:
        action: a stable word, such as ``opt_out``.
        actor: who did it; None for a contact by a message, or for the command line.
        about: the object, or what there is to say of it.
        changes: by name, ``[from, to]`` or what else there is to say; never a secret or a text.
        at: when, aware UTC; now when not given.
        remote_addr: where they were, if the request does not say it.
        via: how they came, if neither the request nor the actor says it.
    """
    origin = _origin.get()
    subject = about if isinstance(about, Subject) else _subject_of(about)
    entry = AuditEntry(
        at=at or timezone.now(),
        actor_id=actor.pk if actor is not None else None,
        actor_name=actor.get_username() if actor is not None and actor.pk else "",
        via=via or _via(origin, actor),
        token=origin.token if origin else "",
        remote_addr=(remote_addr or (origin.remote_addr if origin else ""))[:45],
        action=action,
        object_type=subject.kind,
        object_id=str(subject.key),
        object_name=storable(subject.name)[:LONGEST_NAME],
        changes=_cut(dict(changes or {})),
    )
    if _may_tell_of_contacts(entry):
        entry.changes[SALT] = secrets.token_hex(16)
    entry.seal = seal_of(entry)
    entry.save(force_insert=True)


def _may_tell_of_contacts(entry: AuditEntry) -> bool:
    """Tell whether a row may hold what has to go when a contact is erased.

    It gets a random value, which then goes too: without it nobody can find out, from the hash that
    stays, what the row said.
    """
    is_about_one = entry.object_type in ABOUT_CONTACTS and bool(entry.object_name)
    has_words = bool(entry.changes.get("reason") or entry.changes.get("filters"))
    return entry.action == "search" or is_about_one or has_words


def _subject_of(row: Model | None) -> Subject:
    return Subject(str(row._meta.model_name), row.pk, str(row)) if row is not None else Subject()


def _via(origin: Origin | None, actor: AbstractBaseUser | AnonymousUser | None) -> str:
    if origin is not None:
        return AuditEntry.Via.TOKEN if origin.token else AuditEntry.Via.SESSION
    return AuditEntry.Via.COMMAND if actor is not None else AuditEntry.Via.CONTACT


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _cut(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [_cut(one) for one in value]
    if value is None or isinstance(value, bool | int):
        return value
    return storable(str(value))[:LONGEST_VALUE]


def storable(text: str) -> str:
    """Return a text without NUL, which PostgreSQL takes nowhere."""
    return text.replace("\0", "\ufffd")


def canonical(entry: AuditEntry) -> bytes:
    """Return what a row says as JSON that is the same for the same row, on both databases."""
    said = {name: getattr(entry, name) for name in SAID}
    if entry.erased_at is not None:
        # What the row said is gone, and with it the proof of its hash: the seal stands for both.
        said |= {"erased_at": _moment(entry.erased_at), "place": [entry.position, entry.hash]}
    said["at"] = _moment(entry.at)
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def seal_of(entry: AuditEntry, *, key: str | None = None) -> str:
    """Return the seal of a row: who can only write into the database cannot make one."""
    signing_key = hashlib.sha256(b"didsms.audit" + (key or settings.SECRET_KEY).encode()).digest()
    return hmac.new(signing_key, canonical(entry), hashlib.sha256).hexdigest()


def is_sealed(entry: AuditEntry) -> bool:
    """Tell whether a process of ours wrote the row as it is."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(entry.seal, seal_of(entry, key=key)) for key in keys)
