"""What belongs to one member of staff: settings, drafts, presence, notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class StaffSettings(models.Model):
    """A person's own settings of the inbox."""

    class SendKey(models.TextChoices):
        """Which key sends."""

        CTRL_ENTER = "ctrl-enter", _("Ctrl+Enter sends, Enter is a new line")
        ENTER = "enter", _("Enter sends, Shift+Enter is a new line")

    class Theme(models.TextChoices):
        """Which colors."""

        SYSTEM = "system", _("Match system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class DateOrder(models.TextChoices):
        """Which comes first, day or month."""

        BROWSER = "", _("Same as browser")
        DAY = "day", _("Day first: 3 Dec 2027, 3/12")
        MONTH = "month", _("Month first: Dec 3, 2027, 12/3")

    class Clock(models.TextChoices):
        """Which clock."""

        BROWSER = "", _("Same as browser")
        TWENTY_FOUR = "24", _("24 hours: 14:30")
        TWELVE = "12", _("12 hours: 2:30 PM")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="staff_settings",
        verbose_name=_("user"),
    )
    send_key = models.CharField(
        _("sending key"), max_length=12, choices=SendKey.choices, default=SendKey.CTRL_ENTER
    )
    theme = models.CharField(_("theme"), max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    date_order = models.CharField(
        _("date format"), max_length=5, blank=True, choices=DateOrder.choices, default=""
    )
    clock = models.CharField(
        _("clock"), max_length=2, blank=True, choices=Clock.choices, default=""
    )
    has_shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    has_notifications = models.BooleanField(_("browser notifications"), default=False)
    email_after_minutes = models.PositiveSmallIntegerField(
        _("email me about messages unanswered for this many minutes"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("personal settings")
        verbose_name_plural = _("personal settings")

    def __str__(self) -> str:
        """Return whose they are."""
        return f"settings of {self.user_id}"


class Draft(models.Model):
    """What a person has typed in one conversation and not sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    conversation = models.ForeignKey(
        "messaging.Conversation", models.CASCADE, related_name="drafts"
    )
    reply = models.TextField(blank=True, max_length=4000)
    note = models.TextField(blank=True, max_length=4000)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("conversation", "user"), name="one_draft"),)

    def __str__(self) -> str:
        """Return whose draft where; never the text."""
        return f"{self.user_id} in {self.conversation_id}"


class Presence(models.Model):
    """Who looks at a conversation or types a reply; it ends by itself when it is not renewed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    conversation = models.ForeignKey(
        "messaging.Conversation", models.CASCADE, related_name="presences"
    )
    seen_at = models.DateTimeField()
    replying_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("conversation", "user"), name="one_presence"),
        )

    def __str__(self) -> str:
        """Return who is where."""
        return f"{self.user_id} in {self.conversation_id}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Queries over notifications."""

    def unseen_mentions(self, user: User) -> NotificationQuerySet:
        """Keep a person's mentions in conversations that they have not opened since."""
        return self.filter(
            user_id=user.pk, seen_at__isnull=True, reason=Notification.Reason.MENTION
        )


class Notification(models.Model):
    """Something a person should hear about, with the reason why."""

    class Reason(models.TextChoices):
        """Why did I get this?"""

        MENTION = "mention", _("A colleague mentioned you")
        ASSIGNED = "assigned", _("A conversation was assigned to you")
        MESSAGE_ASSIGNEE = "message_assignee", _("The conversation is assigned to you")
        MESSAGE_MEMBER = (
            "message_member",
            _("You’re a member of this number, and the conversation is unassigned"),
        )

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    conversation = models.ForeignKey(
        "messaging.Conversation", models.CASCADE, related_name="notifications"
    )
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    message_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    emailed_at = models.DateTimeField(_("emailed"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("user", "-id"),
                name="notification_unseen",
                condition=models.Q(seen_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        """Return the reason and whom it is for."""
        return f"{self.reason} for {self.user_id}"
