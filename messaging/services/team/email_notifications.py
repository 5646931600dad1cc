"""Email colleagues about messages that have waited too long; one email lists all of them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.models import Conversation, DidNumber, Notification, StaffSettings
from messaging.services.access.visible_contacts import hide_unknown
from messaging.services.background.row_guard import RowGuard
from messaging.services.mail.background import has_mail_server
from messaging.services.mail.once import claim_mail

from .notifications import mentioned_or_theirs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

Reason = Notification.Reason
#: Conversations that one mail names; the rest is a number.
NAMED_IN_MAIL: Final = 20
_guard = RowGuard("mailing person")


def email_what_waits(*, at: datetime) -> int:
    """Email everyone who asked for it about what has waited for their number of minutes.

    A message counts until it is answered, a mention or an assignment until the conversation is
    opened; nobody gets two mails about the same thing. Called by the worker about once a minute.

    Args:
        at: now, aware UTC.

    Returns:
        How many mails were sent.
    """
    if not has_mail_server():
        return 0  # printed into the log, it would show who writes to us
    people = list(
        StaffSettings.objects.filter(email_after_minutes__isnull=False, user__is_active=True)
        .exclude(user__email="")
        .select_related("user__staff_access")
    )
    count = 0
    for person in people:
        if person.pk not in _guard.set_aside():
            with _guard.row(person.pk, is_atomic=False):
                count += _email_one(own=person, at=at)
    return count


def _email_one(*, own: StaffSettings, at: datetime) -> bool:
    if not _what_waits(own=own, at=at):
        return False
    claim = claim_mail(key=f"waiting:{own.user_id}", at=at)
    if claim is None:
        return False
    # Another worker may have told them since we looked; what it did is seen now.
    told = _what_waits(own=own, at=at)
    if not told:
        claim.give_back(at=at)
        return False
    hide_unknown([notification.conversation for notification in told], user=own.user)
    if not claim.send(partial(_send, own=own, told=told), at=at):
        return False
    with transaction.atomic():
        known = [notification.pk for notification in told if notification.pk]
        Notification.objects.filter(pk__in=known).update(emailed_at=at)
        new = [notification for notification in told if not notification.pk]
        for notification in new:
            notification.emailed_at = at
        Notification.objects.bulk_create(new)
        claim.done(at=at, again_after=timedelta(0))
    return True


def _what_waits(*, own: StaffSettings, at: datetime) -> list[Notification]:
    """Return what a person is to be told of now; what is not a notification yet is not saved."""
    since = at - timedelta(minutes=own.email_after_minutes or 0)
    return _unseen(user=own.user, since=since) + [
        _about(conversation, user=own.user, at=at)
        for conversation in _waiting(user=own.user, since=since)
    ]


def _unseen(*, user: User, since: datetime) -> list[Notification]:
    """Return the mentions and assignments that this person has neither seen nor been mailed."""
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
    answered = DidNumber.objects.answered_by(user).order_by().values("pk")
    return list(
        Conversation.objects.visible_to(user)
        .open()
        .filter(needs_reply_since__lte=since)
        .filter(Q(assignee=user) | Q(assignee__isnull=True, did_number__in=answered))
        .filter(~Exists(mailed))
        .select_related("contact", "did_number")
        .order_by("needs_reply_since")[:200]
    )


def _send(*, own: StaffSettings, told: Sequence[Notification]) -> bool:
    """Send one mail; it names contacts and reasons, never a text.

    Raises:
        OSError: the mail server did not take it.
    """
    with translation.override(own.language or settings.LANGUAGE_CODE):
        # What concerns one conversation twice is one line.
        told = list({each.conversation_id: each for each in reversed(told)}.values())[::-1]
        count = len(told)
        subject = ngettext(
            "%(count)d conversation is waiting for you",
            "%(count)d conversations are waiting for you",
            count,
        ) % {"count": count}
        send_mail(
            f"{settings.EMAIL_SUBJECT_PREFIX}{subject}",
            "\n".join(_lines(own=own, told=told)),
            settings.DEFAULT_FROM_EMAIL,
            [own.user.email],
        )
    return True


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
    yield _("You’re getting this email because of your settings:")
    yield f"{settings.PUBLIC_BASE_URL}/settings/"
