"""Somebody with several numbers: contacts that were merged, and what each was before."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class MergedPerson(models.Model):
    """A person whose contacts have the same name, email, language and fields.

    A contact stays one number: opt-outs, conversations and what is received rest on it.
    """

    # What was merged with what, in which order, with what each contact was before:
    # `services/contacts/merge_tree.py` knows its shape.
    tree = models.JSONField(editable=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("person with several numbers")
        verbose_name_plural = _("people with several numbers")
        ordering = ("id",)

    def __str__(self) -> str:
        """Return which; never who."""
        return f"person {self.pk}"


class PersonNumber(models.Model):
    """That a contact is one of a person's; the first is the one whose name was kept."""

    contact = models.OneToOneField(
        "messaging.Contact", models.CASCADE, related_name="person_number"
    )
    person = models.ForeignKey(MergedPerson, models.CASCADE, related_name="numbers")

    class Meta:
        verbose_name = _("number of a person")
        verbose_name_plural = _("numbers of a person")
        ordering = ("id",)

    def __str__(self) -> str:
        """Return which; never who."""
        return f"contact {self.contact_id} of person {self.person_id}"
