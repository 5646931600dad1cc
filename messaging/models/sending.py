"""Sending as a whole: when its circuit breaker was open, and the workers at work."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from messaging.reasons import Reason, ReasonCode


class CircuitBreakerTripQuerySet(models.QuerySet["CircuitBreakerTrip"]):
    """Queries over trips."""

    def open(self) -> CircuitBreakerTripQuerySet:
        """Keep the trip that holds the queue now, if any."""
        return self.filter(ended_at__isnull=True)


class CircuitBreakerTrip(models.Model):
    """A time in which the circuit breaker is open: nothing is sent but one probe now and then."""

    code = models.CharField(_("code"), max_length=40)
    facts = models.JSONField(null=True, blank=True, editable=False)
    message = models.ForeignKey(
        "messaging.Message",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("affected message"),
    )
    began_at = models.DateTimeField(_("began"))
    next_probe_at = models.DateTimeField(_("next attempt"))
    probes = models.PositiveIntegerField(_("attempts"), default=0)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resumed by"),
    )

    objects = CircuitBreakerTripQuerySet.as_manager()

    class Meta:
        verbose_name = _("queue pause")
        verbose_name_plural = _("queue pauses")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                models.Value(1),
                name="one_open_trip",
                condition=models.Q(ended_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        """Return the code and when it began."""
        began = date_format(timezone.localtime(self.began_at), "DATETIME_FORMAT")
        return f"{self.code} {began}"

    @property
    def reason(self) -> Reason:
        """Why nothing is sent, and who can fix it."""
        return Reason(self.code, self.facts or {})

    @property
    def waits_for_a_person(self) -> bool:
        """Whether no probe may close it: a machine that is gone may have sent what waits."""
        return self.code == ReasonCode.RESTORED


class WorkerSighting(models.Model):
    """When a worker process was last seen at work, and what it knows of the provider's clock."""

    name = models.CharField(_("worker"), max_length=64, unique=True)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last seen"))
    clock_offset_seconds = models.FloatField(
        _("NXCloud’s clock minus ours, seconds"), null=True, blank=True
    )
    clock_checked_at = models.DateTimeField(_("clock checked"), null=True, blank=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ("-seen_at",)

    def __str__(self) -> str:
        """Return the worker's name."""
        return self.name
