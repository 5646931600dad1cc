"""Saved replies that staff create and edit where they use them: shared, or private to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from messaging.models import CannedReply, DidNumber, is_administrator
from messaging.services.access.team_policy import may_create_replies
from messaging.services.errors import InvalidInput

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def replies_seen_by(user: User) -> QuerySet[CannedReply]:
    """Return a person's own private replies, and the shared ones of numbers that they may see."""
    numbers = DidNumber.objects.visible_to(user).values("pk")
    fits = Q(did_number__isnull=True) | Q(did_number__in=numbers)
    return CannedReply.objects.seen_by(user).filter(fits).select_related("did_number")


def replies_edited_by(user: User) -> QuerySet[CannedReply]:
    """Return the saved replies that a person may change."""
    rows = replies_seen_by(user)
    return rows if may_create_replies(user) else rows.none()


def may_delete(reply: CannedReply, *, user: User) -> bool:
    """Tell whether a person may delete a reply: their own, or any as administrator."""
    return reply.owner_id == user.pk or is_administrator(user)


def is_taken(*, shortcut: str, owner: User | None, but: int | None = None) -> bool:
    """Tell whether another reply has a shortcut already, in any case.

    What somebody keeps private takes no name from others, and does not show by a refusal.

    Args:
        shortcut: without the slash.
        owner: whose private reply it is to be; None for a shared one.
        but: the id of the reply that has it and may keep it.
    """
    same = CannedReply.objects.alias(folded=Lower("shortcut")).filter(folded=Lower(Value(shortcut)))
    shared_or_own = Q(owner__isnull=True) | Q(owner=owner) if owner else Q(owner__isnull=True)
    return same.filter(shared_or_own).exclude(pk=but or 0).exists()


def save_reply(*, reply: CannedReply, by: User) -> CannedReply:
    """Create a reply, or keep its changes; its fields are valid.

    Raises:
        InvalidInput: they may not, or the shortcut was taken meanwhile (field ``shortcut``).
    """
    if not may_create_replies(by):
        raise InvalidInput(
            _("Only administrators can create and edit saved replies."),
            field="shortcut",
            code="not_allowed",
        )
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError as error:
        raise InvalidInput(taken(reply.shortcut), field="shortcut") from error
    return reply


def taken(shortcut: str) -> str:
    """Say that a shortcut has a reply already."""
    return _("There is already a saved reply /%(shortcut)s.") % {"shortcut": shortcut}
