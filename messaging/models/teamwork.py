"""What colleagues add to a conversation: labels, notes, events, saved replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class Label(models.Model):
    """A short colored word on conversations."""

    name = models.CharField(pgettext_lazy("label", "name"), max_length=30, unique=True)
    color = models.PositiveSmallIntegerField(
        _("color"), db_column="colour", default=0, validators=[MaxValueValidator(7)]
    )

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                # A filter by label ignores case too, and would find only one of them.
                Lower("name"),
                name="label_name_once_in_any_case",
                violation_error_message=_(
                    "A label with this name already exists (case doesn’t matter)."
                ),
            ),
        )

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Note(models.Model):
    """An internal note: colleagues read it, the contact never does."""

    conversation = models.ForeignKey(
        "messaging.Conversation",
        models.PROTECT,
        related_name="notes",
        verbose_name=_("conversation"),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="notes", verbose_name=_("author")
    )
    content = models.TextField(_("message text"), max_length=4000)
    mentions = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="mentioned_in",
        blank=True,
        verbose_name=_("mentions"),
    )
    client_id = models.CharField(_("client ID"), max_length=100, null=True, blank=True)  # noqa: DJ001  (NULL is outside the unique constraint)
    created_at = models.DateTimeField(_("created"))
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    # A deleted note keeps its place in the thread, without its text.
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    # Words for the search index; NULL until they are made, and again when the text has changed.
    search_text = models.TextField(null=True, blank=True, editable=False)  # noqa: DJ001

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ("id",)
        indexes = (
            models.Index(fields=("conversation", "-created_at"), name="note_thread"),
            models.Index(
                fields=("id",),
                name="note_unindexed",
                condition=models.Q(search_text__isnull=True),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("author", "client_id"),
                name="note_client_id_once_per_author",
                condition=models.Q(client_id__isnull=False),
            ),
        )

    def __str__(self) -> str:
        """Return the author; never the text."""
        return f"note {self.pk} by {self.author_id}"

    @property
    def is_deleted(self) -> bool:
        """Whether its author deleted it."""
        return self.deleted_at is not None


class ConversationEvent(models.Model):
    """A small line in the thread: assigned, closed, opted out, number changed."""

    class Kind(models.TextChoices):
        """What happened."""

        STARTED = "started", _("Started")
        ASSIGNED = "assigned", _("Assigned")
        UNASSIGNED = "unassigned", _("Unassigned")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Reopened")
        SNOOZED = "snoozed", _("Snoozed")
        SNOOZE_ENDED = "snooze_ended", _("Snooze ended")
        LABELED = "labeled", _("Label added")
        UNLABELED = "unlabeled", _("Label removed")
        OPTED_OUT = "opted_out", _("Opted out")
        OPTED_IN = "opted_in", _("Opted back in")
        NO_REPLY_NEEDED = "no_reply_needed", _("No reply needed")
        NUMBER_CHANGED = "number_changed", _("Number changed")
        RENAMED = "renamed", _("Contact renamed")
        BLOCKED = "blocked", _("Sender blocked")
        UNBLOCKED = "unblocked", _("Sender unblocked")
        REDACTED = "redacted", _("Text hidden")
        DEALT_WITH = "dealt_with", _("Issue resolved")

    conversation = models.ForeignKey(
        "messaging.Conversation",
        models.PROTECT,
        related_name="events",
        verbose_name=_("conversation"),
    )
    kind = models.CharField(_("type"), max_length=20, choices=Kind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("to whom"),
    )
    # What there is to say beside the kind, by the names of services.history's event classes.
    facts = models.JSONField(null=True, blank=True, editable=False)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("id",)
        indexes = (models.Index(fields=("conversation", "-at"), name="event_thread"),)

    def __str__(self) -> str:
        """Return kind and conversation."""
        return f"{self.kind} in {self.conversation_id}"


class CannedReplyQuerySet(models.QuerySet["CannedReply"]):
    """Queries over saved replies."""

    def seen_by(self, user: AbstractBaseUser | AnonymousUser) -> CannedReplyQuerySet:
        """Keep the shared ones and the user's own; a private one is nobody else's."""
        return self.filter(models.Q(owner__isnull=True) | models.Q(owner_id=user.pk))


class CannedReply(models.Model):
    """A saved reply with variables such as {contact_name}; with an owner it is theirs alone."""

    shortcut = models.CharField(
        _("shortcut"),
        max_length=30,
        validators=[RegexValidator(r"^[\w-]+$", _("Letters, digits, - and _ only."))],
    )
    content = models.TextField(_("message text"), max_length=1000)
    did_number = models.ForeignKey(
        "messaging.DidNumber",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="canned_replies",
        verbose_name=_("only on"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="private_replies",
        verbose_name=_("private to"),
    )

    objects = CannedReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved reply")
        verbose_name_plural = _("saved replies")
        ordering = ("shortcut",)
        constraints = (
            # A private one takes no name from others: a refusal would tell that it exists.
            models.UniqueConstraint(
                Lower("shortcut"),
                name="shared_reply_once_in_any_case",
                condition=models.Q(owner__isnull=True),
            ),
            models.UniqueConstraint(
                Lower("shortcut"),
                "owner",
                name="private_reply_once_in_any_case",
                condition=models.Q(owner__isnull=False),
            ),
        )

    def __str__(self) -> str:
        """Return the shortcut."""
        return f"/{self.shortcut}"
