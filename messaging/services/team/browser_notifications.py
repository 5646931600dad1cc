"""What a browser notifies about, and why: messages to reply to, mentions, assignments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import F, Max, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from messaging.models import Conversation, DidNumber, Message, Notification, rights_of
from messaging.models.conversation import preview_of
from messaging.services.access.visible_contacts import hide_unknown
from messaging.services.reading.unread import last_read_by

from .notifications import mentioned_or_theirs

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_AT_ONCE: Final = 5


@dataclass(frozen=True)
class Notice:
    """One announcement.

    Attributes:
        conversation_id: where a click leads.
        title: who.
        text: what, in one line.
        why: why this person is told.
    """

    conversation_id: int
    title: str
    text: str
    why: str


@dataclass(frozen=True)
class Notices:
    """What is new, and where to ask from next time."""

    notices: list[Notice]
    message_id: int
    notification_id: int


def notices_since(*, user: User, message_id: int | None, notification_id: int | None) -> Notices:
    """Return what came since a page last asked.

    Args:
        user: who is told.
        message_id: the last message the page knew; None on its first question, which has no news.
        notification_id: the same for mentions and hand-overs.
    """
    newest = max(_newest_id(user), message_id or 0)
    own = Notification.objects.filter(user=user).order_by("-id")
    newest_own = own.values_list("id", flat=True).first() or 0
    found: list[Notice] = []
    if message_id is not None and notification_id is not None:
        found += _mentions(user=user, after_id=notification_id)
        found += _texts(user=user, after_id=message_id)
    return Notices(notices=found[:MOST_AT_ONCE], message_id=newest, notification_id=newest_own)


def _newest_id(user: User) -> int:
    """Return the newest text on the numbers that a person sees; others are not theirs to count."""
    seen = Conversation.objects.all()
    if rights_of(user).sees_own_only:
        seen = seen.visible_to(user)
    threads = (
        seen.open()
        .filter(did_number_id=OuterRef("pk"), last_inbound_id__isnull=False)
        .order_by("-last_inbound_id")
    )
    numbers = DidNumber.objects.visible_to(user).order_by()
    newest = numbers.annotate(newest_id=Subquery(threads.values("last_inbound_id")[:1]))
    return newest.aggregate(found=Max("newest_id"))["found"] or 0


def _texts(*, user: User, after_id: int) -> list[Notice]:
    # The newest texts are among those of the conversations with the newest ones.
    threads = (
        Conversation.objects.visible_to(user)
        .open()
        .filter(last_inbound_id__gt=after_id)
        .filter(blocked_at__isnull=True, contact__blocked_at__isnull=True)
        .filter(
            Q(assignee=user)
            | Q(assignee__isnull=True, did_number__in=DidNumber.objects.answered_by(user))
        )
        .filter(last_inbound_id__gt=last_read_by(user.pk, conversation="pk"))
        .order_by("-last_inbound_id")
    )
    rows = (
        Message.objects.inbound()
        .without_reactions()
        .filter(pk__gt=after_id)
        .filter(conversation__in=list(threads.values_list("pk", flat=True)[:MOST_AT_ONCE]))
        .annotate(read_id=last_read_by(user.pk, conversation="conversation_id"))
        .filter(pk__gt=F("read_id"))
        .select_related("conversation__contact")
        .order_by("-id")[:MOST_AT_ONCE]
    )
    return [_notice(message, user=user) for message in rows]


def _notice(message: Message, *, user: User) -> Notice:
    conversation, reasons = message.conversation, Notification.Reason
    is_theirs = conversation.assignee_id == user.pk
    why = reasons.MESSAGE_ASSIGNEE if is_theirs else reasons.MESSAGE_MEMBER
    return Notice(
        conversation_id=conversation.pk,
        title=conversation.contact.display_name,
        text=preview_of(message.content) or _("No text"),
        why=str(why.label),
    )


def _mentions(*, user: User, after_id: int) -> list[Notice]:
    reasons = Notification.Reason
    rows = (
        Notification.objects.filter(
            user=user,
            pk__gt=after_id,
            seen_at__isnull=True,
        )
        .filter(mentioned_or_theirs(user))
        .filter(conversation__in=Conversation.objects.visible_to(user))
        .select_related("conversation__contact")
        .order_by("-id")[:MOST_AT_ONCE]
    )
    hide_unknown([row.conversation for row in rows], user=user)
    return [
        Notice(
            conversation_id=row.conversation_id,
            title=row.conversation.contact.display_name,
            text=_("An internal note") if row.reason == reasons.MENTION else _("Yours now"),
            why=str(reasons(row.reason).label),
        )
        for row in rows
    ]
