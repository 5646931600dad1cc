"""The people (or services) on the other side of a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.phone_numbers import InvalidPhoneNumber, format_for_reading, parse_number

from .did_number import DidNumber, is_administrator

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


#: What a contact is found by.
SEARCHED: Final = frozenset({"name", "phone", "memo", "email"})


class ContactQuerySet(models.QuerySet["Contact"]):
    """Queries over contacts."""

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> ContactQuerySet:
        """Keep the contacts that have a conversation on one of the user's numbers."""
        if is_administrator(user):
            return self
        return self.filter(
            pk__in=DidNumber.objects.visible_to(user).values("conversations__contact_id")
        )


class Contact(models.Model):
    """A phone number, short code or sender name that we exchange messages with."""

    phone = models.CharField(
        _("phone number"),
        max_length=64,
        help_text=_("Digits with the country code; short codes and letters as they came."),
    )
    phone_key = models.CharField(_("comparing form"), max_length=64, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120, blank=True)
    memo = models.TextField(_("memo"), blank=True, max_length=2000)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=40, blank=True)
    blocked_at = models.DateTimeField(_("blocked since"), null=True, blank=True)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("blocked by"),
    )
    created_at = models.DateTimeField(_("first seen"), auto_now_add=True)
    # Words for the search index; NULL when what they were made of may have changed since.
    search_text = models.TextField(null=True, blank=True, editable=False)  # noqa: DJ001

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ("name", "phone")
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = (
            models.Index(
                fields=("id",),
                name="contact_unindexed",
                condition=models.Q(search_text__isnull=True),
            ),
        )

    def __str__(self) -> str:
        """Return the name, else the number as people write it."""
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and have the search index look at the words anew."""
        fields = kwargs.get("update_fields")
        if fields is None or SEARCHED & set(fields):
            self.search_text = None
            if fields is not None:
                kwargs["update_fields"] = {*fields, "search_text"}
        super().save(*args, **kwargs)

    @property
    def formatted(self) -> str:
        """The number as people write it."""
        return format_for_reading(self.phone)

    @property
    def display_name(self) -> str:
        """The name, else the formatted number."""
        return self.name or self.formatted

    @property
    def is_blocked(self) -> bool:
        """Whether staff marked this sender as unwanted."""
        return self.blocked_at is not None

    @property
    def can_be_answered(self) -> bool:
        """Whether what goes out, the comparing form, is a full phone number and the one we know."""
        try:
            return parse_number(self.phone) == self.phone_key
        except InvalidPhoneNumber:
            return False
