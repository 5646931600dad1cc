"""Messages, which are their own outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging import statuses
from messaging.db.literals import literals
from messaging.policy import Action
from messaging.reasons import Reason, reason_of
from messaging.sms_text import is_blank, unsigned
from messaging.status_words import STATUS_CHOICES
from messaging.statuses import Status

from .did_number import DidNumber
from .membership import Membership
from .message_indexes import CONSTRAINTS, INDEXES, UNCOMMON
from .queue_order import QueueQuerySet
from .visibility import rights_of

if TYPE_CHECKING:
    from decimal import Decimal

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


#: Behind the provider's time; it repeats a push that was not taken for an hour.
LATE_AFTER: Final = timedelta(hours=1)


class MessageQuerySet(QueueQuerySet):
    """Queries over messages."""

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> MessageQuerySet:
        """Keep the messages that the user may see."""
        rights = rights_of(user)
        rows = self
        if rights.sees_own_only:
            # As the conversations' own `visible_to` has it.
            own = Q(conversation__assignee_id=user.pk) | Q(conversation__assignee__isnull=True)
            supervised = DidNumber.objects.supervised_by(user).order_by().values("pk")
            rows = rows.filter(own | Q(did_number__in=supervised))
        if rights.allows_everywhere(Action.READ):
            return rows
        return rows.filter(did_number__in=DidNumber.objects.visible_to(user))

    def with_role_of(self, user: AbstractBaseUser | AnonymousUser) -> MessageQuerySet:
        """Add to each row the user's role on its number, for `services/access/permissions.py`."""
        person = user.pk or 0
        own = Membership.objects.filter(didnumber_id=OuterRef("did_number_id"), user_id=person)
        rows: MessageQuerySet = self.annotate(reader_role=Subquery(own.values("role")[:1]))
        return rows

    def inbound(self) -> MessageQuerySet:
        """Keep what people wrote to us."""
        return self.filter(direction=Message.Direction.INBOUND)

    def outbound(self) -> MessageQuerySet:
        """Keep what we wrote."""
        return self.filter(direction=Message.Direction.OUTBOUND)

    def without_reactions(self) -> MessageQuerySet:
        """Leave out the texts that are shown as a reaction to another one."""
        return self.filter(reaction__isnull=True)

    def exchanged(self) -> MessageQuerySet:
        """Keep what was received or really sent."""
        return self.filter(status__in=sorted(statuses.EXCHANGED))

    def in_status(self, *wanted: str) -> MessageQuerySet:
        """Keep what is in one of some states, found by an index where these are not common."""
        rows = self.filter(status__in=literals(UNCOMMON)) if set(wanted) <= set(UNCOMMON) else self
        return rows.filter(status__in=wanted)

    def not_undone(self) -> MessageQuerySet:
        """Leave out what its writer took back in the undo window (`Message.was_undone`)."""
        return self.exclude(
            status=Status.CANCELED,
            send_at__isnull=True,
            queued_at__isnull=True,
            error_code__isnull=True,
        )

    def needing_attention(self) -> MessageQuerySet:
        """Keep failed, undelivered and unconfirmed messages that nobody has dealt with."""
        return self.filter(
            status__in=literals([Status.FAILED, Status.UNCONFIRMED, Status.UNDELIVERED]),
            attention_cleared_at__isnull=True,
        )


class Message(models.Model):
    """One SMS in either direction. An outbound row is its own outbox entry."""

    class Direction(models.TextChoices):
        """Who wrote it."""

        INBOUND = "inbound", _("Inbound")
        OUTBOUND = "outbound", _("Outbound")

    conversation = models.ForeignKey(
        "messaging.Conversation",
        models.PROTECT,
        related_name="messages",
        verbose_name=_("conversation"),
        db_index=False,  # message_thread begins with it
    )
    did_number = models.ForeignKey(
        DidNumber,
        models.PROTECT,
        related_name="messages",
        verbose_name=_("DID number"),
        db_index=False,  # the queue has a partial index of its own
    )
    direction = models.CharField(_("direction"), max_length=8, choices=Direction.choices)
    status = models.CharField(_("status"), max_length=12, choices=STATUS_CHOICES)
    content = models.TextField(_("message text"))
    # The end of the text, after a line break: the number's signature when it was written; NULL for
    # none (added without rewriting a large table).
    signature = models.TextField(null=True, blank=True, editable=False)  # noqa: DJ001
    created_at = models.DateTimeField(_("created"))
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sent_messages",
        verbose_name=_("sent by"),
        db_index=False,
    )
    client_id = models.CharField(_("client ID"), max_length=100, null=True, blank=True)  # noqa: DJ001  (NULL is outside the unique constraint)
    resend_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="resends",
        verbose_name=_("resend of"),
        db_index=False,  # sent_again_once begins with it
    )
    cancel_if_they_write = models.BooleanField(_("cancel if they reply first"), default=False)
    is_automatic = models.BooleanField(_("auto-reply"), default=False)

    encoding = models.CharField(_("encoding"), max_length=8, blank=True)
    segments = models.PositiveSmallIntegerField(_("segments"), default=0)
    billed_segments = models.PositiveIntegerField(_("billed segments"), null=True, blank=True)
    price = models.DecimalField(
        _("unit price"), max_digits=14, decimal_places=6, null=True, blank=True
    )

    provider_message_id = models.CharField(  # noqa: DJ001  (NULL is outside the unique constraint)
        _("NXCloud’s ID"), max_length=128, null=True, blank=True
    )
    provider_code = models.CharField(_("NXCloud’s code"), max_length=20, blank=True)
    provider_time = models.DateTimeField(_("NXCloud’s time"), null=True, blank=True)
    # What went wrong: a code of messaging.reasons with its facts; NULL where nothing did.
    error_code = models.CharField(max_length=40, null=True, blank=True, editable=False)  # noqa: DJ001
    error_facts = models.JSONField(null=True, blank=True, editable=False)
    dedup_key = models.CharField(  # noqa: DJ001  (NULL is outside the unique constraint)
        _("deduplication key"), max_length=140, null=True, blank=True, editable=False
    )

    send_at = models.DateTimeField(_("send at"), null=True, blank=True)
    queued_at = models.DateTimeField(_("queued"), null=True, blank=True)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    asked_to_wait_until = models.DateTimeField(
        _("NXCloud asked to wait until"), null=True, blank=True
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    unsent_tries = models.PositiveSmallIntegerField(
        _("consecutive attempts that did not leave"), default=0
    )
    attempt_started_at = models.DateTimeField(_("attempt began"), null=True, blank=True)
    claimed_by = models.CharField(_("worker"), max_length=64, blank=True)
    sent_at = models.DateTimeField(_("accepted by NXCloud"), null=True, blank=True)
    has_receipt = models.BooleanField(_("has a delivery receipt"), default=False)

    # Words for the search index, made a moment after the message came; NULL until then.
    search_text = models.TextField(null=True, blank=True, editable=False)  # noqa: DJ001

    suggests_opt_out = models.BooleanField(_("looks like an opt-out request"), default=False)
    attention_cleared_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    redacted_at = models.DateTimeField(_("hidden"), null=True, blank=True)
    redacted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("hidden by"),
        db_index=False,
    )
    # NULL for nearly every message, which has no damage (added without rewriting a large table).
    is_damaged = models.BooleanField(
        _("parts of the text couldn’t be read"), null=True, blank=True, editable=False
    )
    # Stands for the hidden text where texts are compared; NULL when it is not known.
    text_digest = models.CharField(max_length=80, null=True, blank=True, editable=False)  # noqa: DJ001

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-id",)
        constraints = CONSTRAINTS
        indexes = INDEXES

    def __str__(self) -> str:
        """Return direction, number and status in words; never the text."""
        if self.is_inbound:
            return gettext("Received message %(id)s") % {"id": self.pk}
        return gettext("Outgoing message %(id)s (%(status)s)") % {
            "id": self.pk,
            "status": self.get_status_display(),
        }

    @property
    def is_inbound(self) -> bool:
        """Whether a contact wrote it."""
        return self.direction == self.Direction.INBOUND

    @property
    def body(self) -> str:
        """The text as its writer wrote it, without the signature."""
        return unsigned(self.content, self.signature)

    @property
    def is_blank(self) -> bool:
        """Whether nothing of the text can be seen."""
        return is_blank(self.content)

    @property
    def lateness(self) -> timedelta | None:
        """How long after the provider's time an inbound message reached us; None if not late.

        The provider's clock and zone are its own: whatever is less than LATE_AFTER means nothing.
        """
        if not self.is_inbound or self.provider_time is None:
            return None
        lateness = self.created_at - self.provider_time
        return lateness if lateness >= LATE_AFTER else None

    @property
    def flags(self) -> list[str]:
        """Stable words for what a reader should know of the text and its arrival."""
        facts = {"content_damaged": self.is_damaged, "late": self.lateness is not None}
        return [word for word, is_so in facts.items() if is_so]

    @property
    def cost(self) -> Decimal | None:
        """Unit price times billed segments, in the account's currency, where both are known."""
        if self.price is None or self.billed_segments is None:
            return None
        return self.price * self.billed_segments

    @property
    def estimated_cost(self) -> Decimal | None:
        """Unit price times the segments of our own count, where the price is known."""
        return None if self.price is None else self.price * self.segments

    @property
    def error_reason(self) -> Reason | None:
        """What went wrong; None when nothing did."""
        return reason_of(self.error_code, self.error_facts)

    @property
    def error(self) -> str:
        """What went wrong in the reader's language, "" when nothing did."""
        return self.error_reason.words() if self.error_reason else ""

    @property
    def is_cancelable(self) -> bool:
        """Whether it can still be kept from being sent."""
        return self.status in statuses.WAITING

    @property
    def was_undone(self) -> bool:
        """Whether its writer took it back in the undo window: as if it had never been written."""
        never_waited = self.send_at is None and self.queued_at is None
        return self.status == Status.CANCELED and never_waited and self.error_code is None

    @property
    def is_resendable(self) -> bool:
        """Whether a person may send it again as a new message."""
        return not self.is_inbound and self.status in statuses.RESENDABLE

    def can_become(self, status: str) -> bool:
        """Tell whether the transition table allows the move to ``status``."""
        return statuses.can_become(self.status, status)
