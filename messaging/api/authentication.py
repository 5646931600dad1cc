"""Signing in with a token, on every call of a program."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed

from messaging.services.access.tokens import token_of
from messaging.services.audit.record import called_with_token


class TokenAuthentication(authentication.TokenAuthentication):
    """Django REST framework's, whose look-up is built once."""

    def authenticate_credentials(self, key: str) -> tuple[User, Token]:
        """Return the user of a token.

        Raises:
            AuthenticationFailed: there is no such token, or its user is inactive.
        """
        token = token_of(key)
        if token is None:
            raise AuthenticationFailed(_("Invalid token."))
        if not token.user.is_active:
            raise AuthenticationFailed(_("User inactive or deleted."))
        called_with_token(token.key)
        return token.user, token
