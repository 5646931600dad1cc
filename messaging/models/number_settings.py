"""What administrators decide for a number's reports: when it is answered, what it may cost."""

from __future__ import annotations

from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def _no_hours() -> list[Any]:
    return [[] for _day in range(7)]


class BusinessHours(models.Model):
    """When a number is answered; a number without a row is answered at any time.

    Attributes:
        week: for each day, Monday first, its spans as pairs of minutes since midnight.
        holidays_of: a country of ISO 3166 ("CN"), with its part where it has one ("DE-BY").
    """

    did_number = models.OneToOneField(
        "messaging.DidNumber",
        models.CASCADE,
        related_name="business_hours",
        verbose_name=_("DID number"),
    )
    zone = models.CharField(_("time zone"), max_length=64)
    week = models.JSONField(default=_no_hours)
    holidays_of = models.CharField(
        _("public holidays of"),
        max_length=8,
        blank=True,
        help_text=_("A country’s code, for example CN, or DE-BY for one of its regions."),
    )

    class Meta:
        verbose_name = _("business hours")
        verbose_name_plural = _("business hours")

    def __str__(self) -> str:
        """Return whose they are."""
        return str(self.did_number)


class Closure(models.Model):
    """Days on which nobody answers."""

    did_number = models.ForeignKey(
        "messaging.DidNumber",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="closures",
        verbose_name=_("DID number"),
        help_text=_("Leave empty for all numbers."),
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    name = models.CharField(_("reason"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ("-first", "-id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(first__lte=models.F("last")),
                name="closure_ends_after_its_beginning",
                violation_error_message=_("The first day must not be after the last."),
            ),
        )

    def __str__(self) -> str:
        """Return its days."""
        return f"{self.first} – {self.last}"


class Budget(models.Model):
    """What the messages of a number may cost in a month."""

    did_number = models.OneToOneField(
        "messaging.DidNumber",
        models.CASCADE,
        related_name="budget",
        verbose_name=_("DID number"),
    )
    amount = models.DecimalField(
        _("budget per month"),
        max_digits=14,
        decimal_places=2,
        validators=[MinValueValidator(0)],
        help_text=_(
            "In the currency of your NXCloud account. At 80 and at 100% administrators get an"
            " email, and the inbox and reports show a warning."
        ),
    )
    stops_sending = models.BooleanField(
        _("stop sending at 100%"),
        default=False,
        db_default=False,  # what an older version adds during an upgrade
        help_text=_(
            "New messages from the number are then refused, and those that wait or are scheduled"
            " are blocked when their time comes, until the next month or a higher budget. Costs"
            " become known with the receipts, so a little more than the budget can be spent."
        ),
    )

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")

    def __str__(self) -> str:
        """Return whose it is."""
        return str(self.did_number)
