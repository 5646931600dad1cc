"""Signing in with a key or a token, on every call of a program."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication, exceptions, status
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed

from messaging.services.access.api_keys import BEGINNING
from messaging.services.access.key_lookup import key_of, note_use
from messaging.services.access.local_sign_in import is_suspended
from messaging.services.access.request_rate import take_request
from messaging.services.access.tokens import token_of
from messaging.services.audit.record import called_with_key, called_with_token

if TYPE_CHECKING:
    from rest_framework.request import Request

    from messaging.models import ApiKey

_SCHEME: Final = "bearer "


class RateLimited(exceptions.APIException):
    """The key has made more requests than it may in a minute."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "rate_limited"
    default_detail = _("Too many requests with this key.")

    def __init__(self, *, wait: int) -> None:
        """Say how many seconds to wait."""
        super().__init__()
        self.wait = wait


class KeyAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer didsms_…``."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """Return the owner of a key with the limits of that key; None for another scheme.

        Raises:
            AuthenticationFailed: there is no such key, it is over, or its owner is inactive.
            RateLimited: it was used too often in this minute.
        """
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if header[: len(_SCHEME)].lower() != _SCHEME:
            return None
        key, at = key_of(header[len(_SCHEME) :].strip()), timezone.now()
        if key is None:
            raise AuthenticationFailed(_("Invalid key."), code="invalid_key")
        if key.revoked_at is not None:
            raise AuthenticationFailed(_("This key was revoked."), code="key_revoked")
        if key.is_expired(at=at):
            raise AuthenticationFailed(_("This key has expired."), code="key_expired")
        if not key.user.is_active or is_suspended(key.user):
            raise AuthenticationFailed(_("User inactive or deleted."), code="user_inactive")
        quota = take_request(key, now=time.time())
        request._request.quota = quota  # type: ignore[attr-defined]  # for RateLimitMiddleware
        if quota is not None and quota.is_over:
            raise RateLimited(wait=quota.seconds)
        note_use(key, at=at)
        called_with_key(key.prefix.removeprefix(BEGINNING))
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Name both schemes to who is refused."""
        return 'Bearer realm="api", Token'


class TokenAuthentication(authentication.TokenAuthentication):
    """Django REST framework's, whose look-up is built once: a token has every right of its user."""

    def authenticate_credentials(self, key: str) -> tuple[User, Token]:
        """Return the user of a token.

        Raises:
            AuthenticationFailed: there is no such token, or its user is inactive.
        """
        token = token_of(key)
        if token is None:
            raise AuthenticationFailed(_("Invalid token."))
        if not token.user.is_active or is_suspended(token.user):
            raise AuthenticationFailed(_("User inactive or deleted."))
        called_with_token(token.key)
        return token.user, token
