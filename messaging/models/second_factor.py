"""What somebody shows beside their password when they sign in, and until when they must have it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """A person's authenticator app, how many passkeys they have, and their time to set one up.

    It is read with every request, together with the session.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor"
    )
    #: Until then somebody who must have a factor may work without one.
    grace_ends_at = models.DateTimeField(null=True)
    #: Of the authenticator app, sealed; "" for none.
    secret = models.TextField(blank=True, default="", db_default="")
    #: The newest time step whose code was taken: no code is taken twice.
    last_step = models.BigIntegerField(default=0, db_default=0)
    confirmed_at = models.DateTimeField(null=True)
    passkey_count = models.PositiveIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        """Return whose it is; never the secret."""
        return f"second factor of {self.user_id}"

    @property
    def has_authenticator(self) -> bool:
        """Tell whether codes of an authenticator app are taken."""
        return bool(self.secret)

    @property
    def is_set_up(self) -> bool:
        """Tell whether a password alone no longer signs in."""
        return self.has_authenticator or self.passkey_count > 0


class RecoveryCode(models.Model):
    """A code for the day when the phone is lost; it works once."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes"
    )
    #: Keyed, so that a copy of the database helps nobody.
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "digest"), name="one_recovery_code"),
        )

    def __str__(self) -> str:
        """Return whose it is; never the code."""
        return f"recovery code of {self.user_id}"


class Passkey(models.Model):
    """A key that a device or a browser keeps, and of which we know the public half."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    #: As WebAuthn writes it, base64url.
    credential_id = models.CharField(max_length=1400, unique=True)
    public_key = models.BinaryField()
    #: Grows with each use where the authenticator counts; 0 where it does not.
    sign_count = models.BigIntegerField(default=0, db_default=0)
    transports = models.JSONField(default=list)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        """Return its name."""
        return self.name
