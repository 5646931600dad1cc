"""Legal holds: nothing of a contact, or of a number of ours, may be deleted until one is lifted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from datetime import datetime

#: Characters.
LONGEST_REASON: Final = 500
#: A hold that was lifted by mistake can be placed again before anything is gone.
GRACE: Final = timedelta(days=1)


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    """Queries over holds."""

    def in_force(self) -> LegalHoldQuerySet:
        """Keep those that were not lifted."""
        return self.filter(lifted_at__isnull=True)

    def keeping(self, *, at: datetime) -> LegalHoldQuerySet:
        """Keep those by which nothing is deleted for its age: in force, or until a day ago."""
        return self.filter(Q(lifted_at__isnull=True) | Q(lifted_at__gt=at - GRACE))

    def contacts(self) -> LegalHoldQuerySet:
        """Return the ids of the contacts, for a subquery."""
        rows = self.filter(contact__isnull=False).order_by()
        return rows.values("contact")  # type: ignore[return-value]  # of ids

    def numbers(self) -> LegalHoldQuerySet:
        """Return the ids of the DID numbers, for a subquery."""
        rows = self.filter(did_number__isnull=False).order_by()
        return rows.values("did_number")  # type: ignore[return-value]  # of ids


class LegalHold(models.Model):
    """One hold on one contact or one DID number, with its reason; it stays when it was lifted."""

    contact = models.ForeignKey(
        "messaging.Contact",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="legal_holds",
        verbose_name=_("contact"),
    )
    did_number = models.ForeignKey(
        "messaging.DidNumber",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="legal_holds",
        verbose_name=_("DID number"),
    )
    reason = models.CharField(_("reason"), max_length=LONGEST_REASON)
    placed_at = models.DateTimeField(_("since"))
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("placed by"),
        db_index=False,
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
        db_index=False,
    )

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(contact__isnull=False, did_number__isnull=True)
                | models.Q(contact__isnull=True, did_number__isnull=False),
                name="legal_hold_is_on_one_thing",
            ),
            models.UniqueConstraint(
                fields=("contact",),
                name="one_legal_hold_per_contact",
                condition=models.Q(lifted_at__isnull=True, contact__isnull=False),
            ),
            models.UniqueConstraint(
                fields=("did_number",),
                name="one_legal_hold_per_number",
                condition=models.Q(lifted_at__isnull=True, did_number__isnull=False),
            ),
        )

    def __str__(self) -> str:
        """Return what it protects."""
        return gettext("Legal hold on %(what)s") % {"what": self.contact or self.did_number}
