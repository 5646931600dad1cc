"""Who somebody is at the provider of single sign-on."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models

#: Characters; OpenID Connect allows a subject 255.
LONGEST_SUBJECT: Final = 255
LONGEST_ISSUER: Final = 300


class SignOnIdentity(models.Model):
    """A person's account at a provider, and when the provider last stood by it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_on_identities"
    )
    issuer = models.CharField(max_length=LONGEST_ISSUER)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    #: With which the provider is asked again, sealed; "" where it gave none.
    refresh_token = models.TextField(blank=True, default="", db_default="")
    created_at = models.DateTimeField()
    #: When the provider was last asked, and when it last said yes.
    checked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("issuer", "subject"), name="one_sign_on_identity"),
        )

    def __str__(self) -> str:
        """Return whose it is; never the token."""
        return f"single sign-on of {self.user_id}"
