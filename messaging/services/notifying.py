"""Tell people what concerns them: a mention, a hand-over, a message that waits too long."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Conversation, Notification, StaffSettings

from .known_contacts import hide_unknown
from .mail import has_mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

Reason = Notification.Reason
#: Conversations that one mail names; the rest is a number.
NAMED_IN_MAIL: Final = 20


def notify(
    *,
    user: User,
    conversation: Conversation,
    reason: Notification.Reason,
    at: datetime,
    message_id: int | None = None,
) -> Notification:
    """Note that a person should hear of something, with the reason why."""
    return Notification.objects.create(
        user=user, conversation=conversation, reason=reason, created_at=at, message_id=message_id
    )


def see_notifications(*, conversation: Conversation, user: User, at: datetime) -> int:
    """Mark what concerns a conversation as seen by whoever opened it; return how many."""
    return Notification.objects.filter(
        user=user, conversation=conversation, seen_at__isnull=True
    ).update(seen_at=at)


def email_what_waits(*, at: datetime) -> int:
    """E-mail everyone who asked for it about what has waited for their number of minutes.

    A message counts until it is answered, a mention or a hand-over until the conversation is
    opened; nobody gets two mails about the same thing. Called by the worker about once a minute.

    Args:
        at: now, aware UTC.

    Returns:
        How many mails were sent.
    """
    if not has_mail_server():
        return 0  # printed into the log, it would show who writes to us
    people = list(
        StaffSettings.objects.filter(
            email_after_minutes__isnull=False, user__is_active=True
        ).exclude(user__email="")
    )
    return sum(_email_one(settings_id=person.pk, at=at) for person in people)


def _email_one(*, settings_id: int, at: datetime) -> int:
    with transaction.atomic():
        # The lock keeps two workers from mailing the same; what they did is seen after it.
        own = (
            StaffSettings.objects.select_for_update(of=("self",))
            .select_related("user")
            .get(pk=settings_id)
        )
        if own.email_after_minutes is None:
            return 0
        since = at - timedelta(minutes=own.email_after_minutes)
        told = _unseen(user=own.user, since=since) + [
            _about(conversation, user=own.user, at=at)
            for conversation in _waiting(user=own.user, since=since)
        ]
        if not told:
            return 0
        hide_unknown([notification.conversation for notification in told], user=own.user)
        for notification in told:
            notification.emailed_at = at
            notification.save()
        transaction.on_commit(lambda: _send(own=own, told=told))
    return 1


def _unseen(*, user: User, since: datetime) -> list[Notification]:
    """Return the mentions and hand-overs that this person has neither seen nor been mailed."""
    return list(
        Notification.objects.filter(
            user=user,
            seen_at__isnull=True,
            emailed_at__isnull=True,
            created_at__lte=since,
            conversation__in=Conversation.objects.visible_to(user),
        )
        .filter(mentioned_or_theirs(user))
        .select_related("conversation__contact", "conversation__did_number")
    )


def mentioned_or_theirs(user: User) -> Q:
    """Keep mentions, and of the hand-overs those that still hold: not undone, not handed on."""
    return Q(reason=Reason.MENTION) | Q(reason=Reason.ASSIGNED, conversation__assignee=user)


def _about(conversation: Conversation, *, user: User, at: datetime) -> Notification:
    """Return the notification, not saved yet, of a message that waits for this person."""
    is_theirs = conversation.assignee_id == user.pk
    return Notification(
        user=user,
        conversation=conversation,
        reason=Reason.MESSAGE_ASSIGNEE if is_theirs else Reason.MESSAGE_MEMBER,
        message_id=conversation.last_inbound_id,
        created_at=at,
    )


def _waiting(*, user: User, since: datetime) -> Sequence[Conversation]:
    """Return the open conversations that wait for this person and that no mail has named yet."""
    mailed = Notification.objects.filter(
        user=user,
        conversation=OuterRef("pk"),
        message_id=OuterRef("last_inbound_id"),
        emailed_at__isnull=False,
    )
    return list(
        Conversation.objects.visible_to(user)
        .open()
        .filter(needs_reply_since__lte=since)
        .filter(Q(assignee=user) | Q(assignee__isnull=True, did_number__members=user))
        .filter(~Exists(mailed))
        .select_related("contact", "did_number")
        .order_by("needs_reply_since")[:200]
    )


def _send(*, own: StaffSettings, told: Sequence[Notification]) -> None:
    """Send one mail; it names contacts and reasons, never a text."""
    with translation.override(own.language or settings.LANGUAGE_CODE):
        # What concerns one conversation twice is one line.
        told = list({each.conversation_id: each for each in reversed(told)}.values())[::-1]
        count = len(told)
        subject = ngettext(
            "%(count)d conversation waits for you", "%(count)d conversations wait for you", count
        ) % {"count": count}
        try:
            send_mail(
                f"{settings.EMAIL_SUBJECT_PREFIX}{subject}",
                "\n".join(_lines(own=own, told=told)),
                settings.DEFAULT_FROM_EMAIL,
                [own.user.email],
            )
        except OSError:
            logger.exception("The mail about waiting conversations could not be sent.")


def _lines(*, own: StaffSettings, told: Sequence[Notification]) -> Iterator[str]:
    minutes = own.email_after_minutes or 0
    yield _("These have waited %(minutes)d minutes or longer:") % {"minutes": minutes}
    yield ""
    for notification in told[:NAMED_IN_MAIL]:
        conversation = notification.conversation
        yield f"{conversation.contact.display_name} · {conversation.did_number.name}"
        yield f"  {Reason(notification.reason).label}"
        yield f"  {settings.PUBLIC_BASE_URL}/inbox/open/{conversation.pk}/"
    if len(told) > NAMED_IN_MAIL:
        yield _("and %(count)d more") % {"count": len(told) - NAMED_IN_MAIL}
    yield ""
    yield _("You get this because your settings ask for it:")
    yield f"{settings.PUBLIC_BASE_URL}/settings/"
