"""Labels on a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from messaging.db.model_rows import Columns
from messaging.db.prepared import Statement, fetch
from messaging.models import Label
from messaging.services.access.team_policy import may_create_labels
from messaging.services.errors import InvalidInput
from messaging.services.history.conversation_events import Labeled, Unlabeled, note_event

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import Conversation


LONGEST_NAME: Final = 30
COLORS: Final = 8
_LABEL: Final = Columns(Label, "l")
_ALL: Final = Statement(f"SELECT {_LABEL.sql} FROM messaging_label l")  # noqa: S608


def all_labels() -> list[Label]:
    """Return every label, in no order."""
    return [_LABEL.read(line) for line in fetch(_ALL)]


def label_named(*, name: str, by: User) -> Label:
    """Return the label of a name, whatever its capitals; create it where there is none.

    Args:
        name: 1 to 30 characters; spaces around and between words are made one.
        by: who asks for it.

    Raises:
        InvalidInput: the name is empty or too long, or they may not create labels.
    """
    wanted = " ".join(name.replace("\0", "").split())
    if not wanted:
        raise InvalidInput(_("Enter a name."), field="new")
    if len(wanted) > LONGEST_NAME:
        raise InvalidInput(
            _("A label has at most %(most)d characters.") % {"most": LONGEST_NAME}, field="new"
        )
    found = _label_of(wanted)
    if found is not None:
        return found
    if not may_create_labels(by):
        raise InvalidInput(
            _("Only administrators can create labels."), field="new", code="not_allowed"
        )
    try:
        with transaction.atomic():
            return Label.objects.create(name=wanted, color=Label.objects.count() % COLORS)
    except IntegrityError:  # somebody was quicker
        found = _label_of(wanted)
        if found is None:
            raise
        return found


def _label_of(name: str) -> Label | None:
    # The database folds both, as its constraint does.
    return Label.objects.alias(folded=Lower("name")).filter(folded=Lower(Value(name))).first()


def add_label(*, conversation: Conversation, label: Label, by: User, at: datetime) -> bool:
    """Put a label on a conversation; return whether it was not there."""
    with transaction.atomic():
        if conversation.labels.filter(pk=label.pk).exists():
            return False
        conversation.labels.add(label)
        note_event(conversation=conversation, event=Labeled(label=label.name), actor=by, at=at)
    return True


def change_labels(
    *,
    conversation: Conversation,
    add: Iterable[Label],
    remove: Iterable[Label],
    by: User,
    at: datetime,
) -> bool:
    """Put labels on a conversation and take others off; return whether anything changed."""
    with transaction.atomic():
        added = [add_label(conversation=conversation, label=label, by=by, at=at) for label in add]
        removed = [
            remove_label(conversation=conversation, label=label, by=by, at=at) for label in remove
        ]
    return any((*added, *removed))


def remove_label(*, conversation: Conversation, label: Label, by: User, at: datetime) -> bool:
    """Take a label off a conversation; return whether it was there."""
    with transaction.atomic():
        if not conversation.labels.filter(pk=label.pk).exists():
            return False
        conversation.labels.remove(label)
        note_event(conversation=conversation, event=Unlabeled(label=label.name), actor=by, at=at)
    return True
