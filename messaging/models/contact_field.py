"""The fields that administrators define for contacts; a contact keeps its values by their keys."""

from __future__ import annotations

from typing import Final

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .contact import LONGEST_FIELD_NAME

#: Fields that can be defined; a contact holds as many values.
MOST_DEFINED: Final = 50
LONGEST_LABEL: Final = 60


class ContactFieldQuerySet(models.QuerySet["ContactField"]):
    """Queries over definitions."""

    def in_use(self) -> ContactFieldQuerySet:
        """Keep those that are shown and can be filled."""
        return self.filter(archived_at__isnull=True)


class ContactField(models.Model):
    """What a team keeps of its contacts beside name, email and language.

    A definition is never deleted: texts of saved replies may name it, and contacts keep values.
    """

    class Kind(models.TextChoices):
        """What a value is. It is stored as a text: 12.5, 2026-12-31, one of the choices."""

        TEXT = "text", _("Text")
        NUMBER = "number", pgettext_lazy("kind of field", "Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")

    key = models.CharField(
        _("key"),
        max_length=LONGEST_FIELD_NAME,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[a-z][a-z0-9_]*\Z",
                _("Use lower-case letters, digits and _, beginning with a letter."),
            )
        ],
        help_text=_(
            "For saved replies and the API, for example customer_number. It can’t be changed later."
        ),
    )
    name = models.CharField(_("name"), max_length=LONGEST_LABEL)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TEXT)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Fields are shown in this order, smallest first.")
    )
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    objects = ContactFieldQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact field")
        verbose_name_plural = _("contact fields")
        ordering = ("position", "id")

    def __str__(self) -> str:
        """Return what people call it."""
        return self.name
