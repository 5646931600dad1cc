"""Who is signed in: the person that was read together with the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.utils.functional import SimpleLazyObject

from messaging.services.access.auth_backend import signed_in_user

if TYPE_CHECKING:
    from django.http import HttpRequest


class SignedInMiddleware(AuthenticationMiddleware):
    """Django's own, but the person is the one that was read together with the session."""

    def process_request(self, request: HttpRequest) -> None:
        """Put `request.user` there, looked up when somebody asks."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: signed_in_user(request))  # type: ignore[assignment]
