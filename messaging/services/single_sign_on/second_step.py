"""Whether the provider's sign-in was a second factor too (OIDC_SECOND_FACTOR)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Words of RFC 8176 for more than a password.
STRONG_METHODS: Final = frozenset({"mfa", "otp", "hwk", "swk", "sc"})


def has_second_factor(claims: Mapping[str, Any]) -> bool:
    """Tell whether the provider has seen more than a password, as far as the settings believe it.

    Args:
        claims: of the ID token: ``amr`` names the methods, ``acr`` the level of the sign-in.
    """
    if settings.OIDC_SECOND_FACTOR != "claim":
        return bool(settings.OIDC_SECOND_FACTOR == "always")
    methods = claims.get("amr")
    named = {str(each) for each in methods} if isinstance(methods, list) else set()
    return bool(named & STRONG_METHODS) or claims.get("acr") in settings.OIDC_FACTOR_ACR
