"""Replay pushes after the cause that kept them from being used was fixed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Push
from messaging.nxcloud.errors import UnusablePush
from messaging.phone_numbers import address_key
from messaging.services.audit.record import Subject, record
from messaging.services.background.row_guard import is_about_the_row
from messaging.services.errors import WrongState
from messaging.services.pushes.hidden_pushes import body_to_keep, outcome_to_keep
from messaging.services.pushes.stored_pushes import envelope_of, fields_of

from .record import evaluate

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from messaging.models import DidNumber

logger = logging.getLogger(__name__)

#: Remembered of one push.
REPLAYS_KEPT: Final = 20


def replay_push(*, push: Push, at: datetime, by: User | None = None) -> Push:
    """Evaluate a quarantined push or an orphan again.

    Args:
        push: the push.
        at: now, aware UTC.
        by: who asked for it; None for the program.

    Returns:
        The push with its new outcome.

    Raises:
        WrongState: it was applied already, or is a duplicate.
    """
    try:
        return _evaluated_again(push=push, at=at, by=by)
    except Exception as error:
        if isinstance(error, WrongState | Push.DoesNotExist) or not is_about_the_row(error):
            raise
        logger.exception("a push cannot be stored as it was judged; it stays what it was")
        reason = f"exception {type(error).__name__}"
    stays = Push.objects.get(pk=push.pk)
    stays.reason, stays.replayed_at = reason, at
    stays.replays = _noted(stays, at=at, by=by)
    stays.save(update_fields=["reason", "replayed_at", "replays"])
    return stays


def _noted(push: Push, *, at: datetime, by: User | None) -> list[dict[str, Any]]:
    """Return a push's replays with this one, whose result its columns have."""
    entry = {
        "at": at.isoformat(),
        "by": by.pk if by else None,
        "outcome": str(push.outcome),
        "reason": push.reason,
    }
    return [*(push.replays or []), entry][-REPLAYS_KEPT:]


def _evaluated_again(*, push: Push, at: datetime, by: User | None) -> Push:
    with transaction.atomic():
        locked = Push.objects.select_for_update(of=("self",)).get(pk=push.pk)
        if not locked.is_replayable:
            raise WrongState(_("This push was already processed."), code="already_applied")
        envelope = envelope_of(locked)
        push_outcome = evaluate(envelope=envelope)
        body = body_to_keep(envelope=envelope, push_outcome=push_outcome)
        push_outcome = outcome_to_keep(push_outcome, body=body)
        locked.raw_body, locked.text_digest = body.raw_body, body.text_digest
        flags = (*locked.flags, *body.flags)
        for column, value in push_outcome.columns(earlier_flags=flags).items():
            setattr(locked, column, value)
        locked.replayed_at = at
        locked.replays = _noted(locked, at=at, by=by)
        locked.save()
        if by is not None:
            changes = {"outcome": [push.outcome, locked.outcome]}
            record("push_replayed", actor=by, about=Subject("push", push.pk), changes=changes)
    return locked


def replayable_pushes_of(*, did_number: DidNumber) -> list[int]:
    """Return the ids of pushes that were quarantined because this DID number was not ours yet."""
    quarantined = Push.objects.quarantined().filter(reason="unknown_number").order_by("id")
    found = []
    for push in quarantined.iterator(chunk_size=200):
        try:
            fields = fields_of(envelope_of(push))
        except UnusablePush:
            continue
        if did_number.number in {address_key(fields.to_phone), address_key(fields.from_phone)}:
            found.append(push.pk)
    return found


def replay_pushes(*, pushes: list[int], at: datetime, by: User | None = None) -> dict[str, int]:
    """Evaluate several pushes again, each in its own transaction.

    Args:
        pushes: their ids.
        at: now, aware UTC.
        by: who asked for it; None for the program.

    Returns:
        How many ended with which outcome; those that were applied meanwhile are left out.
    """
    outcomes: dict[str, int] = {}
    for pk in pushes:
        try:
            push = replay_push(push=Push(pk=pk), at=at, by=by)
        except (WrongState, Push.DoesNotExist):
            continue
        outcomes[push.outcome] = outcomes.get(push.outcome, 0) + 1
    return outcomes
