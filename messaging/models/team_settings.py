"""What administrators decide for the whole team: one row."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

#: The only row's key.
ONLY = 1


class TeamSettings(models.Model):
    """What everyone on the team may do; without a row, the defaults hold."""

    staff_create_labels = models.BooleanField(
        _("everyone can create labels"),
        default=True,
        help_text=_("Otherwise only administrators can."),
    )
    staff_create_replies = models.BooleanField(
        _("everyone can create saved replies"),
        default=True,
        help_text=_("Otherwise only administrators can create and edit them."),
    )

    class Meta:
        verbose_name = _("team settings")
        verbose_name_plural = _("team settings")
        constraints = (
            models.CheckConstraint(condition=models.Q(pk=ONLY), name="team_settings_are_one_row"),
        )

    def __str__(self) -> str:
        """Return what it is."""
        return str(_("Team settings"))
