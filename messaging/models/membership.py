"""Who works with which number, as what; and what a person may do beyond single numbers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.policy import Role


class GivenRole(models.TextChoices):
    """The roles that somebody can be given on a number."""

    SUPERVISOR = Role.SUPERVISOR.value, _("Supervisor")
    AGENT = Role.AGENT.value, _("Agent")
    VIEWER = Role.VIEWER.value, _("Viewer")


class Membership(models.Model):
    """A colleague on a number, with a role."""

    didnumber = models.ForeignKey("messaging.DidNumber", models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(
        _("role"),
        max_length=12,
        choices=GivenRole.choices,
        default=GivenRole.AGENT,
        db_default=GivenRole.AGENT,
    )

    class Meta:
        # Django made the table for the plain relation, before there were roles.
        db_table = "messaging_didnumber_members"
        unique_together = (("didnumber", "user"),)

    def __str__(self) -> str:
        """Return who is what where."""
        return f"{self.user_id} {self.role} of {self.didnumber_id}"


class StaffAccess(models.Model):
    """A person's role on all numbers and their switches; without a row the defaults hold.

    A service account belongs to a program: it calls the API and signs in nowhere.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_access"
    )
    everywhere = models.CharField(
        _("role on all numbers"),
        max_length=12,
        choices=GivenRole.choices,
        blank=True,
        default="",
        db_default="",
    )
    only_own = models.BooleanField(
        _("only own and unassigned conversations"), default=False, db_default=False
    )
    may_export = models.BooleanField(_("may export"), default=True, db_default=True)
    is_service_account = models.BooleanField(_("service account"), default=False, db_default=False)

    #: Since when the provider of single sign-on no longer stands by them; until they sign in again.
    suspended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("access")

    def __str__(self) -> str:
        """Return whose it is."""
        return f"access of {self.user_id}"
