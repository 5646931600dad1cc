"""Keys with which programs call the API; `services/access/api_keys.py` makes and finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from datetime import datetime

#: Characters of a key's name.
LONGEST_KEY_NAME: Final = 80
MOST_PER_MINUTE: Final = 1_000_000
#: Rather a word than nothing: what is lost by mistake must not open every number.
ALL_NUMBERS: Final = "all"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Queries over keys."""

    def usable(self, *, at: datetime) -> ApiKeyQuerySet:
        """Keep the keys that are neither revoked nor over."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), revoked_at=None)


class ApiKey(models.Model):
    """A key of a person or of a service account. It stays when it is revoked: the log names it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="api_keys",
        verbose_name=_("owner"),
    )
    name = models.CharField(pgettext_lazy("API key", "name"), max_length=LONGEST_KEY_NAME)
    #: The beginning of the key, by which people recognize it.
    prefix = models.CharField(_("key"), max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    #: Words and ids with commas between them: the statement that finds a key reads no JSON.
    scopes = models.TextField(_("scopes"))
    #: Of DID numbers; ALL_NUMBERS for all that its owner sees, those of tomorrow too.
    numbers = models.TextField(_("numbers"), default=ALL_NUMBERS)
    requests_per_minute = models.PositiveIntegerField(
        _("requests per minute"),
        null=True,
        blank=True,
        help_text=_("Leave it blank for the usual limit; 0 for no limit."),
    )
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        """Return the name and the beginning, which lets nobody in."""
        return f"{self.name} ({self.prefix}…)"

    @property
    def scope_words(self) -> list[str]:
        """Its scopes."""
        return [word for word in self.scopes.split(",") if word]

    @property
    def number_ids(self) -> frozenset[int] | None:
        """The ids of its DID numbers; None for all of its owner."""
        if self.numbers == ALL_NUMBERS:
            return None
        return frozenset(int(text) for text in self.numbers.split(",") if text)

    def is_expired(self, *, at: datetime) -> bool:
        """Tell whether its time is over."""
        return self.expires_at is not None and self.expires_at <= at
