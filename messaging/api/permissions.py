"""Who may do what in the API beyond being signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission

from messaging.models import rights_of
from messaging.policy import Action

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


def caller(request: Request) -> User:
    """Return who calls; every view that asks has let nobody in without signing in.

    Raises:
        NotAuthenticated: nobody is signed in.
    """
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


class IsAdministrator(BasePermission):
    """Administrators only."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the caller is an administrator."""
        return rights_of(request.user).allows_everywhere(Action.ADMINISTER)


class IsAdministratorOrReads(BasePermission):
    """Everybody signed in reads; administrators write."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the caller only reads, or is an administrator."""
        may_write = rights_of(request.user).allows_everywhere(Action.ADMINISTER)
        return request.method in SAFE_METHODS or may_write
