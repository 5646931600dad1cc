"""Take back what was just done to a conversation: closed, assigned, snoozed, labeled, settled.

The state before the change travels in a signed text with the "Undo" button; nothing is stored. It
is restored only if nothing has changed since, so an undo never overwrites a colleague's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Change, Conversation, ConversationEvent, Label
from messaging.services.errors import WrongState
from messaging.services.feed.changes import announce
from messaging.services.history.summary import rebuild
from messaging.services.reading.watermarks import keep_unread

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SALT: Final = "messaging.reverting"
#: The button is there for seconds; a page that was printed with it may lie open longer.
LASTS_SECONDS: Final = 120

_FIELDS: Final = (
    "status",
    "snoozed_until",
    "assignee_id",
    "needs_reply_since",
    "settled_message_id",
)


@dataclass(frozen=True)
class State:
    """What an undo puts back.

    Attributes:
        conversation_id: whose state it is.
        fields: the columns.
        labels: ids of its labels, ascending.
    """

    conversation_id: int
    fields: dict[str, Any]
    labels: list[int]


def state_of(*, conversation_id: int) -> State:
    """Read the state of a conversation as it is now."""
    row = Conversation.objects.get(pk=conversation_id)
    return State(
        conversation_id=row.pk,
        fields={name: _plain(getattr(row, name)) for name in _FIELDS},
        labels=sorted(row.labels.values_list("pk", flat=True)),
    )


def undo_token(*, before: State, user: User) -> str:
    """Return the text that takes back what happened since a state was read.

    Args:
        before: the state as it was.
        user: who did it; nobody else can use the text.
    """
    after = state_of(conversation_id=before.conversation_id)
    changed = {
        name: [before.fields[name], after.fields[name]]
        for name in _FIELDS
        if before.fields[name] != after.fields[name]
    }
    return signing.dumps(
        {
            "conversation": before.conversation_id,
            "user": user.pk,
            "fields": changed,
            "added": sorted(set(after.labels) - set(before.labels)),
            "removed": sorted(set(before.labels) - set(after.labels)),
        },
        salt=SALT,
        compress=True,
    )


def undo(*, conversation: Conversation, token: str, user: User, at: datetime) -> None:
    """Put back the state that a token remembers.

    Raises:
        WrongState: the token is old or foreign, or somebody has changed the conversation since.
    """
    told = _read(token, conversation_id=conversation.pk, user=user)
    if told is None:
        raise WrongState(_("It’s too late to undo this."))
    with transaction.atomic():
        row = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)
        if any(_plain(getattr(row, name)) != new for name, (_old, new) in told["fields"].items()):
            raise _changed_since()
        labels = set(row.labels.values_list("pk", flat=True))
        if not labels.issuperset(told["added"]) or labels & set(told["removed"]):
            raise _changed_since()
        _put_back(row=row, fields={name: old for name, (old, _new) in told["fields"].items()})
        row.labels.remove(*told["added"])
        row.labels.add(*Label.objects.filter(pk__in=told["removed"]))
        _forget_events(row=row, user=user, at=at, told=told)
        announce(kind=Change.Kind.CONVERSATION, conversation=row)


def is_way_back(token: str, *, conversation_id: int, user: User) -> bool:
    """Tell whether a text takes back what this user did to this conversation a moment ago."""
    return _read(token, conversation_id=conversation_id, user=user) is not None


def _read(token: str, *, conversation_id: int, user: User) -> dict[str, Any] | None:
    """Return what a token remembers; None where it is old or foreign."""
    try:
        told: dict[str, Any] = signing.loads(token, salt=SALT, max_age=LASTS_SECONDS)
    except signing.BadSignature:
        return None
    is_theirs = (told["conversation"], told["user"]) == (conversation_id, user.pk)
    return told if is_theirs else None


def _changed_since() -> WrongState:
    return WrongState(_("Someone has changed this conversation since, so nothing was undone."))


def _put_back(*, row: Conversation, fields: dict[str, Any]) -> None:
    own = {name: value for name, value in fields.items() if name != "needs_reply_since"}
    for name, value in own.items():
        is_time = name == "snoozed_until"
        setattr(row, name, datetime.fromisoformat(value) if value and is_time else value)
    if own:
        row.save(
            update_fields=[
                name.removesuffix("_id") if name == "assignee_id" else name for name in own
            ]
        )
    if "settled_message_id" in own:
        rebuild(row.pk)
    if "status" in fields and row.is_open:
        keep_unread(row)


def _forget_events(*, row: Conversation, user: User, at: datetime, told: dict[str, Any]) -> None:
    """Remove the lines that the undone change left in the thread: it did not happen."""
    kinds = ConversationEvent.Kind
    gone: set[str] = set()
    if "status" in told["fields"]:
        gone |= {kinds.CLOSED, kinds.SNOOZED, kinds.REOPENED}
    if "assignee_id" in told["fields"]:
        gone |= {kinds.ASSIGNED, kinds.UNASSIGNED}
    if told["added"] or told["removed"]:
        gone |= {kinds.LABELED, kinds.UNLABELED}
    if "needs_reply_since" in told["fields"]:
        gone |= {kinds.NO_REPLY_NEEDED}
    for kind in gone:
        event = (
            ConversationEvent.objects.filter(conversation=row, actor=user, kind=kind)
            .order_by("-id")
            .first()
        )
        if event is not None and (at - event.at).total_seconds() <= LASTS_SECONDS:
            event.delete()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
