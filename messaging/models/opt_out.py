"""Opt-outs: who asked us to stop, on which number, with the proof."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class OptOutQuerySet(models.QuerySet["OptOut"]):
    """Queries over opt-outs."""

    def in_force(self) -> OptOutQuerySet:
        """Keep those that have not been undone."""
        return self.filter(ended_at__isnull=True)

    def covering(
        self, *, contact_id: int | models.OuterRef, did_number_id: int | models.OuterRef
    ) -> OptOutQuerySet:
        """Keep those in force that forbid writing from this number to this contact."""
        allowed = OptOut.allowed_numbers.through.objects.filter(
            optout_id=models.OuterRef("pk"),
            didnumber_id=models.OuterRef(did_number_id)
            if isinstance(did_number_id, models.OuterRef)
            else did_number_id,
        )
        return self.in_force().filter(
            models.Q(did_number_id=did_number_id)
            | (models.Q(did_number__isnull=True) & ~models.Exists(allowed)),
            contact_id=contact_id,
        )


class OptOut(models.Model):
    """A contact's wish not to be written to; without a DID number it covers all of them.

    A contact that returns with a keyword returns to the number it was sent to: that one is then
    allowed, and the others stay covered.
    """

    contact = models.ForeignKey(
        "messaging.Contact", models.PROTECT, related_name="opt_outs", verbose_name=_("contact")
    )
    did_number = models.ForeignKey(
        "messaging.DidNumber",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opt_outs",
        verbose_name=_("DID number"),
    )
    allowed_numbers = models.ManyToManyField(
        "messaging.DidNumber",
        related_name="+",
        blank=True,
        verbose_name=_("numbers it does not cover"),
    )
    message = models.ForeignKey(
        "messaging.Message",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opt_outs",
        verbose_name=_("message that asked"),
    )
    created_at = models.DateTimeField(_("since"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ended by"),
    )
    # What a person said, or the keyword that the contact sent.
    end_reason = models.CharField(_("why it ended"), max_length=300, blank=True)
    end_keyword = models.CharField(
        _("keyword that opted back in"), max_length=40, blank=True, db_default="", editable=False
    )

    objects = OptOutQuerySet.as_manager()

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("contact", "did_number"),
                name="one_opt_out_in_force_per_number",
                condition=models.Q(ended_at__isnull=True, did_number__isnull=False),
            ),
            models.UniqueConstraint(
                fields=("contact",),
                name="one_opt_out_in_force_for_all",
                condition=models.Q(ended_at__isnull=True, did_number__isnull=True),
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True)
                | ~models.Q(end_reason="")
                | ~models.Q(end_keyword=""),
                name="opt_out_end_has_reason",
            ),
        )

    def __str__(self) -> str:
        """Return whom it protects."""
        return gettext("Opt-out of %(contact)s") % {"contact": self.contact}

    @property
    def why_it_ended(self) -> str:
        """What a person said, or that the contact sent a keyword, in the reader's language."""
        if self.end_keyword:
            return gettext("They replied %(keyword)s.") % {"keyword": self.end_keyword}
        return self.end_reason
