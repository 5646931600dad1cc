"""Send texts to recipients whose conversations may not exist yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.db import connection, transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from didsms_site.db.sqlite.shared_commit import share_commit
from messaging.db.prepared import Statement, compiled, fetch
from messaging.models import DidNumber, rights_of, stand_in
from messaging.phone_numbers import lookup_keys
from messaging.policy import Action
from messaging.services.content.text import sendable_text
from messaging.services.errors import InvalidInput, MessagingError

from .queue import Entry, queue_entries
from .recipients import digits_to_dial
from .targets import NUMBER, Target, locked_targets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Message
    from messaging.policy import Rights

    from .new_message import NewMessage

#: Others who write wait for this many, a few dozen milliseconds.
COMMITTED_TOGETHER: Final = 50
#: A few dozen users and numbers, in a few spellings.
STATEMENTS_KEPT: Final = 1024


def own_number(*, sender: str, user: User) -> DidNumber:
    """Return the DID number that the user means.

    Args:
        sender: its digits in any spelling.
        user: must have a role on it that replies.

    Raises:
        InvalidInput: the user has no such number; the words do not tell whether it exists.
    """
    number = _number(lookup_keys(sender), user.pk, rights_of(user))
    if number is None:
        raise InvalidInput(
            _("You can’t send from this number."), field="sender", code="unknown_sender"
        )
    return number


def _number(keys: tuple[str, ...], user_id: int, rights: Rights) -> DidNumber | None:
    found = fetch(_find_number(keys, user_id, rights))
    return NUMBER.read(found[0]) if found else None


@lru_cache(maxsize=STATEMENTS_KEPT)
def _find_number(keys: tuple[str, ...], user_id: int, rights: Rights) -> Statement:
    user = stand_in(user_id, rights)
    rows = DidNumber.objects.allowing(user, Action.REPLY).filter(number__in=keys)
    return compiled(rows.values_list(*NUMBER.names)[:1])


@dataclass(frozen=True, kw_only=True)
class Addressed:
    """A message with its sender and its recipient as a program wrote them.

    Attributes:
        new: what is to be sent.
        sender: one of the user's DID numbers, in any spelling.
        phone: the recipient, in any spelling.
    """

    new: NewMessage
    sender: str
    phone: str


@dataclass(frozen=True)
class Submitted:
    """What became of a message.

    Attributes:
        message: what it is now; None when it was refused.
        is_new: False when its client_id came before.
        error: why it was refused.
    """

    message: Message | None = None
    is_new: bool = False
    error: MessagingError | None = None


def submit_message(asked: Addressed, *, user: User, at: datetime) -> tuple[Message, bool]:
    """Queue a message to a recipient; a refused one leaves no contact and no conversation behind.

    Args:
        asked: what is to be sent, and to whom.
        user: who sends it.
        at: now, aware UTC.

    Returns:
        The message, and whether it is new.

    Raises:
        InvalidInput: sender, recipient, text or time cannot be used.
        ClientIdConflict: the client_id was used before with other content.
    """
    (done,) = submit_messages([asked], user=user, at=at)
    if done.message is None:
        raise done.error or AssertionError
    return done.message, done.is_new


def submit_messages(asked: Sequence[Addressed], *, user: User, at: datetime) -> list[Submitted]:
    """Queue messages to recipients, each by itself, COMMITTED_TOGETHER in one transaction.

    After a crash in the middle some are queued and the others are not: with their client_ids the
    same call again queues the rest and nothing twice.

    Args:
        asked: what is to be sent, and to whom.
        user: who sends.
        at: now, aware UTC.

    Returns:
        What became of each, in their order.
    """
    numbers: dict[str, DidNumber | MessagingError] = {}
    done: list[Submitted] = []
    for start in range(0, len(asked), COMMITTED_TOGETHER):
        part = asked[start : start + COMMITTED_TOGETHER]
        done += _submit(part, numbers=numbers, user=user, at=at)
    return done


def _submit(
    asked: Sequence[Addressed],
    *,
    numbers: dict[str, DidNumber | MessagingError],
    user: User,
    at: datetime,
) -> list[Submitted]:
    read = [_read(one, numbers=numbers, user=user) for one in asked]
    if connection.vendor == "sqlite":
        language = get_language()

        def write() -> list[Entry | MessagingError]:
            with override(language):  # another caller's thread may do it
                return _write(read, user=user, at=at)

        entries = share_commit(write)
    else:
        with transaction.atomic():
            entries = _write(read, user=user, at=at)
    return [
        Submitted(one.message, one.is_new, one.error)
        if isinstance(one, Entry)
        else Submitted(error=one)
        for one in entries
    ]


def _write(
    read: Sequence[tuple[NewMessage, Target] | MessagingError], *, user: User, at: datetime
) -> list[Entry | MessagingError]:
    targets = locked_targets(one[1] for one in read if not isinstance(one, MessagingError))
    entries = [
        one if isinstance(one, MessagingError) else Entry(one[0], targets[one[1]]) for one in read
    ]
    queue_entries([one for one in entries if isinstance(one, Entry)], user=user, at=at)
    return entries


def _read(
    asked: Addressed, *, numbers: dict[str, DidNumber | MessagingError], user: User
) -> tuple[NewMessage, Target] | MessagingError:
    """Return a message with its normalized text, and where it goes; or why it cannot go."""
    number = numbers.get(asked.sender)
    try:
        if number is None:
            number = own_number(sender=asked.sender, user=user)
        if isinstance(number, MessagingError):
            return number
        numbers[asked.sender] = number
        digits = digits_to_dial(did_number=number, phone=asked.phone)
        content = sendable_text(asked.new.content)
    except MessagingError as error:
        if number is None:
            numbers[asked.sender] = error
        return error
    return replace(asked.new, content=content), Target(number, digits)
