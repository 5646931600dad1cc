"""A conversation: everything exchanged between one DID number and one contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.lookups import In, IsNull
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.db.index_hints import NotByIndex
from messaging.db.literals import literal
from messaging.policy import Action
from messaging.sms_text import is_blank

from .did_number import DidNumber
from .membership import Membership
from .visibility import is_administrator, rights_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

PREVIEW_LENGTH = 160


def preview_of(content: str) -> str:
    """Return the one line that the list shows of a text, "" when nothing of it can be seen."""
    line = " ".join(content.split())
    return "" if is_blank(line[:PREVIEW_LENGTH]) else line[:PREVIEW_LENGTH]


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Queries over conversations."""

    def visible_to(
        self, user: AbstractBaseUser | AnonymousUser, *, is_ordered: bool = False
    ) -> ConversationQuerySet:
        """Keep the conversations that the user may see.

        Those of the numbers on which a role lets them read (`DidNumber.visible_to`, `policy.py`).
        Who sees only their own conversations sees of these the ones that are assigned to them or to
        nobody, and all where they supervise.

        Args:
            user: the user who looks.
            is_ordered: a page of them is wanted in an order that has an index.
        """
        rights = rights_of(user)
        rows = self
        if rights.sees_own_only:
            own = Q(assignee_id=user.pk) | Q(assignee__isnull=True)
            supervised = DidNumber.objects.supervised_by(user).order_by().values("pk")
            rows = rows.filter(own | Q(did_number__in=supervised))
        if rights.allows_everywhere(Action.READ):
            return rows
        mine = DidNumber.objects.visible_to(user).order_by().values("pk")
        if is_ordered:
            return rows.filter(In(NotByIndex(F("did_number_id")), mine))
        return rows.filter(did_number__in=mine)

    def with_role_of(self, user: AbstractBaseUser | AnonymousUser) -> ConversationQuerySet:
        """Add to each row the user's role on its number, for `services/access/permissions.py`."""
        person = user.pk or 0
        own = Membership.objects.filter(didnumber_id=OuterRef("did_number_id"), user_id=person)
        rows: ConversationQuerySet = self.annotate(reader_role=Subquery(own.values("role")[:1]))
        return rows

    def open(self) -> ConversationQuerySet:
        """Keep the conversations in progress."""
        return self.in_status(Conversation.Status.OPEN)

    def in_status(self, status: str) -> ConversationQuerySet:
        """Keep what is open, snoozed or closed; written so that the partial indexes serve."""
        return self.filter(status=literal(Conversation.Status(status).value))

    def exchanged(self) -> ConversationQuerySet:
        """Keep those in which something was received or really sent, or a contact was added."""
        from .message import Message

        # What was received is in the row itself; only the others are looked into, one by one:
        # for an EXISTS PostgreSQL may read all messages to build a table of the answers.
        messages = Message.objects.exchanged().filter(conversation_id=OuterRef("pk")).order_by()
        found = Subquery(messages.values("pk")[:1])
        is_there = Q(last_inbound_id__isnull=False) | Q(added_at__isnull=False)
        return self.filter(is_there | Q(IsNull(found, False)))

    @staticmethod
    def knows_contact(user: AbstractBaseUser | AnonymousUser) -> Q:
        """Return the condition that a row's contact is one that the user may know.

        Args:
            user: the user who looks; the rows are visible to them.
        """
        if is_administrator(user):
            return Q(pk__isnull=False)
        others = Conversation.objects.visible_to(user).exchanged()
        same = others.filter(contact_id=OuterRef("contact_id")).order_by()
        own = Q(last_inbound_id__isnull=False) | Q(added_at__isnull=False)
        return own | Q(IsNull(Subquery(same.values("pk")[:1]), False))

    def snooze_over(self, *, at: datetime) -> ConversationQuerySet:
        """Keep the snoozed conversations whose time has come."""
        return self.filter(status=Conversation.Status.SNOOZED, snoozed_until__lte=at)


class Conversation(models.Model):
    """One thread: exactly one for each DID number and contact."""

    class Status(models.TextChoices):
        """The state of the team's work on a conversation."""

        OPEN = "open", _("Open")
        SNOOZED = "snoozed", _("Snoozed")
        CLOSED = "closed", _("Closed")

    did_number = models.ForeignKey(
        DidNumber,
        models.PROTECT,
        related_name="conversations",
        verbose_name=_("DID number"),
        db_index=False,  # conversation_by_number begins with it
    )
    contact = models.ForeignKey(
        "messaging.Contact", models.PROTECT, related_name="conversations", verbose_name=_("contact")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_conversations",
        verbose_name=_("assignee"),
        db_index=False,  # conversation_mine begins with it
    )
    labels = models.ManyToManyField(
        "messaging.Label", blank=True, related_name="conversations", verbose_name=_("labels")
    )
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    last_activity_at = models.DateTimeField(_("last activity"))
    last_message_id = models.BigIntegerField(_("last message"), null=True, blank=True)
    last_direction = models.CharField(_("last direction"), max_length=8, blank=True)
    last_preview = models.CharField(_("preview"), max_length=PREVIEW_LENGTH, blank=True)
    last_inbound_id = models.BigIntegerField(_("last inbound message"), null=True, blank=True)
    settled_message_id = models.BigIntegerField(_("settled up to message"), default=0)
    needs_reply_since = models.DateTimeField(_("needs a reply since"), null=True, blank=True)
    blocked_at = models.DateTimeField(_("blocked since"), null=True, blank=True)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("blocked by"),
        db_index=False,
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # When its contact was added here by hand: its number's members know it though nothing was
    # exchanged. NULL again once people of another number write down something about it.
    added_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ("-last_activity_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("did_number", "contact"), name="one_conversation_per_did_and_contact"
            ),
        )
        indexes = (
            # With the last inbound message, what I have not read is found from the index alone.
            models.Index(
                fields=("-last_activity_at", "-id", "last_inbound_id"), name="conversation_newest"
            ),
            models.Index(
                fields=("-last_activity_at", "-id", "did_number"),
                name="conversation_open",
                condition=models.Q(status="open"),
            ),
            # What is unread on a number begins at its reader's watermark.
            models.Index(
                fields=("did_number", "last_inbound_id"),
                name="conversation_inbound",
                condition=models.Q(status="open"),
            ),
            models.Index(
                fields=("-last_activity_at", "-id", "did_number"),
                name="conversation_snoozed",
                condition=models.Q(status="snoozed"),
            ),
            models.Index(
                fields=("-last_activity_at", "-id"),
                name="conversation_closed",
                condition=models.Q(status="closed"),
            ),
            # These with the number as well: a member's few are picked out of everybody's.
            # With what reports count by, so that they read nothing else.
            models.Index(
                fields=("needs_reply_since", "id", "did_number", "assignee", "status"),
                name="conversation_waiting_longest",
                condition=models.Q(needs_reply_since__isnull=False),
            ),
            models.Index(
                fields=("-last_activity_at", "-id", "did_number"),
                name="conversation_waiting_newest",
                condition=models.Q(needs_reply_since__isnull=False),
            ),
            models.Index(
                fields=("assignee", "-last_activity_at", "-id", "did_number"),
                name="conversation_mine",
                condition=models.Q(status="open"),
            ),
            # The same with what is snoozed and closed.
            models.Index(
                fields=("assignee", "-last_activity_at", "-id"),
                name="conversation_assigned",
                condition=models.Q(assignee__isnull=False),
            ),
            models.Index(
                fields=("did_number", "-last_activity_at", "-id"), name="conversation_by_number"
            ),
        )

    def __str__(self) -> str:
        """Return who talks to which number."""
        return f"{self.contact} · {self.did_number.name}"

    @property
    def is_open(self) -> bool:
        """Whether the team still works on it."""
        return self.status == self.Status.OPEN

    @property
    def is_blocked(self) -> bool:
        """Whether the sender is unwanted, on this number or on all."""
        return self.blocked_at is not None or self.contact.is_blocked

    @property
    def memo(self) -> str:
        """What the number's members noted about the contact."""
        from .memo import Memo

        try:
            return self.memo_row.content
        except Memo.DoesNotExist:
            return ""
