"""The people (or services) on the other side of a conversation.

A contact is shared by all DID numbers. What belongs to one number, its contact note and whether
the sender is blocked there, is kept with the conversation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import models
from django.db.models.lookups import IsNull
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.phone_numbers import format_for_reading, parse_number
from messaging.typed_numbers import InvalidPhoneNumber

from .memo import Memo
from .visibility import is_administrator

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


#: What a contact is found by.
SEARCHED: Final = frozenset({"name", "phone", "email", "fields"})
#: What only those may see who have exchanged something with it.
SHARED: Final = ("name", "email", "language")
#: More of what is known, by a name that people choose: how many, and characters.
MOST_FIELDS: Final = 50
LONGEST_FIELD_NAME: Final = 40
LONGEST_FIELD: Final = 300


class ContactQuerySet(models.QuerySet["Contact"]):
    """Queries over contacts."""

    def known_to(self, user: AbstractBaseUser | AnonymousUser) -> ContactQuerySet:
        """Keep the contacts whose name, email and language the user may see.

        Something was received from them or really sent to them in a conversation that the user
        sees, or they were added there by hand. To an administrator every contact is known.
        """
        from .conversation import Conversation

        if is_administrator(user):
            return self
        threads = Conversation.objects.visible_to(user).exchanged()
        theirs = threads.filter(contact_id=models.OuterRef("pk")).order_by()
        return self.filter(IsNull(models.Subquery(theirs.values("pk")[:1]), False))


class Contact(models.Model):
    """A phone number, short code or sender name that we exchange messages with."""

    phone = models.CharField(
        _("phone number"),
        max_length=64,
        help_text=_("Digits with the country code; short codes and letters as received."),
    )
    phone_key = models.CharField(_("normalized number"), max_length=64, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("email"), blank=True)
    language = models.CharField(_("language"), max_length=40, blank=True)
    # What else programs and people keep of a contact, texts by name.
    fields = models.JSONField(_("fields"), default=dict, db_default={}, editable=False)
    # For all numbers, those that come to know it later too; an administrator's.
    blocked_at = models.DateTimeField(_("blocked for all numbers since"), null=True, blank=True)
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("blocked for all numbers by"),
    )
    created_at = models.DateTimeField(_("first seen"), auto_now_add=True)
    # Everything that told of the person is gone; the row holds messages and opt-outs together.
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)
    # Words for the search index; NULL when what they were made of may have changed since.
    search_text = models.TextField(null=True, blank=True, editable=False)  # noqa: DJ001

    objects = ContactQuerySet.as_manager()

    #: Whether what is shared was taken out of this object, which then cannot be saved.
    is_hidden = False

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
        """Save, and have the search index look at the words again.

        Raises:
            ValueError: its name was hidden, and would be lost.
        """
        if self.is_hidden:
            raise ValueError("a contact whose name is hidden cannot be saved")
        fields = kwargs.get("update_fields")
        is_new, is_searched = self._state.adding, fields is None or SEARCHED & set(fields)
        if is_searched:
            self.search_text = None
            if fields is not None:
                kwargs["update_fields"] = {*fields, "search_text"}
        super().save(*args, **kwargs)
        if is_searched and not is_new:
            # Memos are found by the words of their contact too.
            Memo.objects.filter(conversation__contact=self).update(search_text=None)

    def hide_shared(self) -> None:
        """Leave nothing in this object but the number, for a reader who may see no more."""
        for name in SHARED:
            setattr(self, name, "")
        self.fields = {}
        self.is_hidden = True

    @property
    def formatted(self) -> str:
        """The number as people write it; of somebody who was erased, that they were."""
        return gettext("Erased contact") if self.erased_at else format_for_reading(self.phone)

    @property
    def display_name(self) -> str:
        """The name, else the formatted number."""
        return self.name or self.formatted

    @property
    def is_blocked(self) -> bool:
        """Whether an administrator marked this sender as unwanted on every number."""
        return self.blocked_at is not None

    @property
    def written_out(self) -> str:
        """The number as it means the same wherever it is typed; anything else as it came."""
        return f"+{self.phone_key}" if self.can_be_answered else self.phone

    @property
    def can_be_answered(self) -> bool:
        """Whether what goes out, the normalized number, is a full one and the one we know."""
        try:
            return parse_number(self.phone) == self.phone_key
        except InvalidPhoneNumber:
            return False
