"""The company's own DID (virtual phone) numbers and who works with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import bidirectional

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from messaging.phone_numbers import format_for_reading
from messaging.policy import Action, Role

from .membership import Membership
from .visibility import rights_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

_FIRST_STRONG_ISOLATE: Final = "\u2068"
_POP_ISOLATE: Final = "\u2069"
#: Characters.
LONGEST_SIGNATURE: Final = 160


class DidNumberQuerySet(models.QuerySet["DidNumber"]):
    """Queries over DID numbers."""

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> DidNumberQuerySet:
        """Keep the numbers that the user may see."""
        return self.allowing(user, Action.READ)

    def allowing(self, user: AbstractBaseUser | AnonymousUser, action: Action) -> DidNumberQuerySet:
        """Keep the numbers on which the user may do something."""
        rights = rights_of(user)
        if rights.allows_everywhere(action):
            return self
        reached = self if rights.numbers is None else self.filter(pk__in=sorted(rights.numbers))
        if rights.allows_without_membership(action):
            return reached
        return reached._of_member(user, rights.roles_allowing(action))

    def supervised_by(self, user: AbstractBaseUser | AnonymousUser) -> DidNumberQuerySet:
        """Keep the numbers that the user is a supervisor of."""
        return self._of_member(user, {Role.SUPERVISOR})

    def answered_by(self, user: AbstractBaseUser | AnonymousUser) -> DidNumberQuerySet:
        """Keep the numbers that the user answers as a member: what comes there concerns them."""
        return self._of_member(user, rights_of(user).roles_allowing(Action.REPLY))

    def _of_member(
        self, user: AbstractBaseUser | AnonymousUser, roles: Collection[Role]
    ) -> DidNumberQuerySet:
        if not roles or user.pk is None:
            return self.none()
        memberships = Membership.objects.filter(user_id=user.pk)
        if set(roles) < set(Role):
            memberships = memberships.filter(role__in=sorted(roles))
        return self.filter(pk__in=memberships.values("didnumber_id"))

    def active(self) -> DidNumberQuerySet:
        """Keep the numbers that may send."""
        return self.filter(is_active=True)


class DidNumber(models.Model):
    """One DID number that we own at NXCloud; deactivated rather than deleted."""

    number = models.CharField(
        _("number"),
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^[0-9]{5,20}$", _("Digits only, with the country code."))],
        help_text=_("Digits with the country code, for example 8615088888888."),
    )
    label = models.CharField(
        pgettext_lazy("DID number", "name"),
        max_length=60,
        blank=True,
        help_text=_("What colleagues call this number."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("An inactive number still receives; it no longer sends."),
    )
    max_per_second = models.PositiveSmallIntegerField(
        _("messages per second"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through=Membership,
        verbose_name=_("members"),
        related_name="did_numbers",
        blank=True,
        help_text=_(
            "Colleagues who see and reply on this number. Administrators see every number."
        ),
    )
    help_reply = models.CharField(
        _("reply to HELP"),
        max_length=300,
        blank=True,
        help_text=_(
            "Sent to anyone who texts HELP, once a day per contact. Leave blank for the default."
        ),
    )
    signature = models.TextField(
        _("signature"),
        max_length=LONGEST_SIGNATURE,
        default="",
        db_default="",
        blank=True,
        help_text=_(
            "Added on its own line to every message that colleagues or programs send from"
            " this number, and counted with it. The reply to HELP goes without it."
        ),
    )
    opt_out_keywords = models.JSONField(
        _("opt-out keywords"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_(
            "A message that is exactly one of these opts out, in addition to STOP and the like."
            " One per line."
        ),
    )
    # Written by `services/reports/budgets.py` alone.
    stopped_until = models.DateTimeField(
        _("sending stopped until"), null=True, blank=True, editable=False
    )
    #: Percent of this month's budget that are used, the last mark that was reached.
    budget_mark = models.PositiveSmallIntegerField(
        _("used of the budget"), null=True, blank=True, editable=False
    )
    next_send_at = models.DateTimeField(
        _("next sending slot"), null=True, blank=True, editable=False
    )
    last_probe_at = models.DateTimeField(
        _("last attempt while paused"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = DidNumberQuerySet.as_manager()

    class Meta:
        ordering = ("label", "number")
        verbose_name = _("DID number")
        verbose_name_plural = _("DID numbers")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(max_per_second__gte=1), name="did_number_rate_positive"
            ),
        )

    def __str__(self) -> str:
        """Return the label with the number, as staff read it."""
        return f"{_isolated(self.label)} {self.formatted}" if self.label else self.formatted

    def is_stopped(self, *, at: datetime) -> bool:
        """Tell whether the number has cost what it may in this month, and sends no more."""
        return self.stopped_until is not None and self.stopped_until > at

    @property
    def formatted(self) -> str:
        """The number as people write it."""
        return format_for_reading(self.number)

    @property
    def name(self) -> str:
        """The label, else the formatted number."""
        return self.label or self.formatted


def _isolated(label: str) -> str:
    """Return a label beside which a number keeps its order, also when it runs right to left."""
    if any(bidirectional(char) in {"R", "AL"} for char in label):
        return f"{_FIRST_STRONG_ISOLATE}{label}{_POP_ISOLATE}"
    return label
