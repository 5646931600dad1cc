"""Raw pushes: what NXCloud sent to our webhook, byte for byte, and what became of it."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

#: The text of a push ends within them, unless it is very long.
HEX_BYTES_SHOWN: Final = 1024
BYTES_A_LINE: Final = 16


class PushQuerySet(models.QuerySet["Push"]):
    """Queries over pushes."""

    def quarantined(self) -> PushQuerySet:
        """Keep what could not be used."""
        return self.filter(outcome=Push.Outcome.QUARANTINED)

    def orphans(self) -> PushQuerySet:
        """Keep the receipts whose message we do not know yet."""
        return self.filter(outcome=Push.Outcome.ORPHAN)


class Push(models.Model):
    """One authentic call to our webhook, stored before anything else happens to it."""

    class Kind(models.TextChoices):
        """What it was taken for."""

        INBOUND = "inbound", _("Inbound message")
        RECEIPT = "receipt", _("Delivery receipt")
        UNKNOWN = "unknown", _("Unknown")

    class Outcome(models.TextChoices):
        """What became of it."""

        APPLIED = "applied", _("Processed")
        DUPLICATE = "duplicate", _("Duplicate")
        ORPHAN = "orphan", _("Unmatched")
        QUARANTINED = "quarantined", _("Quarantined")

    received_at = models.DateTimeField(_("received"))
    raw_body = models.BinaryField(_("raw body"))
    content_type = models.CharField(_("content type"), max_length=200, blank=True)
    is_signed = models.BooleanField(_("signed"), default=False)
    action = models.CharField(_("action"), max_length=4, blank=True)
    remote_addr = models.CharField(_("from address"), max_length=45, blank=True)
    spool_name = models.CharField(
        _("spool file"), max_length=100, null=True, blank=True, unique=True, editable=False
    )

    kind = models.CharField(_("type"), max_length=8, choices=Kind.choices, default=Kind.UNKNOWN)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    # The type of our own exception, with the reason "exception"; NULL for nearly every push.
    exception = models.CharField(max_length=100, null=True, blank=True, editable=False)  # noqa: DJ001
    flags = models.JSONField(_("flags"), default=list, blank=True)

    provider_message_id = models.CharField(_("NXCloud’s ID"), max_length=128, blank=True)
    phone_key = models.CharField(_("contact"), max_length=64, blank=True)
    did_number = models.ForeignKey(
        "messaging.DidNumber",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pushes",
        verbose_name=_("DID number"),
        db_index=False,  # push_last_of_kind begins with it
    )
    message = models.ForeignKey(
        "messaging.Message",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pushes",
        verbose_name=_("message"),
    )
    replayed_at = models.DateTimeField(_("replayed"), null=True, blank=True)
    # The newest replays, oldest first: [{"at", "by" (a user's id), "outcome", "reason"}]; NULL for
    # nearly every push.
    replays = models.JSONField(null=True, blank=True, editable=False)
    # Stands for a text that was hidden and taken out of the body; NULL for nearly every push.
    text_digest = models.CharField(max_length=80, null=True, blank=True, editable=False)  # noqa: DJ001  (added without rewriting a large table)

    objects = PushQuerySet.as_manager()

    class Meta:
        verbose_name = _("push")
        verbose_name_plural = _("pushes")
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("provider_message_id",),
                name="push_orphan_id",
                condition=models.Q(outcome="orphan"),
            ),
            models.Index(
                fields=("did_number", "phone_key"),
                name="push_orphan_thread",
                condition=models.Q(outcome="orphan"),
            ),
            models.Index(
                fields=("-id",), name="push_quarantined", condition=models.Q(outcome="quarantined")
            ),
            models.Index(fields=("did_number", "kind", "-received_at"), name="push_last_of_kind"),
        )

    def __str__(self) -> str:
        """Return kind and outcome in words; never the text."""
        return gettext("Push %(id)s (%(kind)s, %(outcome)s)") % {
            "id": self.pk,
            "kind": self.get_kind_display(),
            "outcome": self.get_outcome_display(),
        }

    @property
    def body_text(self) -> str:
        """The body as readable text: UTF-8 with replacement, without NUL."""
        return bytes(self.raw_body).decode("utf-8", "replace").replace("\x00", "")

    @property
    def hex_lines(self) -> str:
        """The first bytes in hexadecimal, as a hex editor shows them."""
        data = bytes(self.raw_body)[:HEX_BYTES_SHOWN]
        return "\n".join(
            f"{start:04x}  {data[start : start + BYTES_A_LINE].hex(' ')}"
            for start in range(0, len(data), BYTES_A_LINE)
        )

    @property
    def is_replayable(self) -> bool:
        """Whether evaluating it again could change anything."""
        return self.outcome in {self.Outcome.QUARANTINED, self.Outcome.ORPHAN}


class RejectedRequestCount(models.Model):
    """How many requests were rejected on one day (UTC) for one reason.

    The requests themselves are not stored.

    Attributes:
        hours: how many of them in which hour, such as ``{"9": 4, "17": 1}``.
    """

    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=40)
    count = models.PositiveBigIntegerField(_("count"), default=0)
    hours = models.JSONField(default=dict, db_default={}, editable=False)
    last_at = models.DateTimeField(_("last"))

    class Meta:
        verbose_name = _("rejected requests")
        verbose_name_plural = _("rejected requests")
        ordering = ("-day", "reason")
        constraints = (
            models.UniqueConstraint(
                fields=("day", "reason"), name="rejected_count_per_day_and_reason"
            ),
        )

    def __str__(self) -> str:
        """Return day, reason and count."""
        return f"{date_format(self.day)} {self.reason}: {self.count}"
