"""Who may do what in the API beyond being signed in.

Every view says in `scopes` what a key needs for each of its methods: by the name of the action in a
view set, else by the method's name in small letters. `ANY` asks for no scope. A test walks all
views; at run time a key is refused where nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission

from messaging.models import ApiKey, rights_of
from messaging.policy import Action
from messaging.services.access.pending_sign_in import is_proved

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from messaging.services.access.scopes import Scope

#: Of a method that asks for no scope.
ANY: Final = ""
#: What each method of a view asks for.
Scopes = Mapping[str, str]


class ScopeMissing(exceptions.APIException):
    """The key is not for this."""

    status_code = status.HTTP_403_FORBIDDEN
    default_code = "scope_missing"

    def __init__(self, scope: str | None) -> None:
        """Name the scope that it takes."""
        words = _("This key doesn’t have the scope %(scope)s.") % {"scope": scope}
        super().__init__(words if scope else _("No key can do this."))
        if scope:
            # As RFC 6750 has it.
            self.auth_header = f'Bearer error="insufficient_scope", scope="{scope}"'


class NotProved(exceptions.APIException):
    """A session called that has not lately shown whose it is."""

    status_code = status.HTTP_403_FORBIDDEN
    default_code = "not_proved"

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(_("Confirm who you are on the site first, or use an API key."))


def check_proved(request: Request) -> None:
    """Refuse a session whose person has not lately shown who they are; keys and tokens pass.

    Raises:
        NotProved: they must do so on a page first.
    """
    if request.auth is None and not is_proved(request.session, at=timezone.now()):
        raise NotProved


def caller(request: Request) -> User:
    """Return who calls; every view that asks has let nobody in without signing in.

    Raises:
        NotAuthenticated: nobody is signed in.
    """
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def key_used(request: Request) -> ApiKey | None:
    """Return the key of a call; None for a session or a token."""
    return request.auth if isinstance(request.auth, ApiKey) else None


def reaches(request: Request, scope: Scope) -> bool:
    """Tell whether a call may do what a scope is for, as far as its key goes."""
    key = key_used(request)
    return key is None or scope in key.scope_words


def scope_of(view: Any, method: str) -> str | None:
    """Return what a key needs for a method; None where the view does not say it.

    Args:
        view: an instance or a class.
        method: the name of an action, or a method of HTTP in small letters.
    """
    scopes: Scopes = getattr(view, "scopes", {})
    return scopes.get(method)


class HasScope(BasePermission):
    """Everybody who is signed in, as far as their key is for it."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether somebody is signed in.

        Raises:
            ScopeMissing: with a key that is not for this.
        """
        if not request.user or not request.user.is_authenticated:
            return False
        key = key_used(request)
        if key is None:
            return True
        method = _method_of(request, view)
        if method is None:
            return True  # 405, or the description of what may be sent
        scope = scope_of(view, method)
        if scope == ANY:
            return True
        if scope is None or scope not in key.scope_words:
            raise ScopeMissing(scope)
        return True


def _method_of(request: Request, view: APIView) -> str | None:
    """Return the action or method that the view will call; None where that is nothing of ours."""
    name = (request.method or "").lower()
    if name == "options":
        return None
    if hasattr(view, "action_map"):
        action: str | None = getattr(view, "action", None)
        return action
    name = "get" if name == "head" else name
    return name if hasattr(view, name) else None


class IsAdministrator(BasePermission):
    """Administrators only."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the caller is an administrator."""
        return rights_of(request.user).allows_everywhere(Action.ADMINISTER)


class IsAdministratorOrReads(BasePermission):
    """Everybody signed in reads; administrators write, with a key for some numbers only those."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the caller only reads, or is an administrator."""
        if request.method in SAFE_METHODS:
            return True
        if rights_of(request.user).allows_everywhere(Action.ADMINISTER):
            return True
        # What its address names is one of the key's numbers, or not found.
        is_boss = request.user.is_staff or getattr(request.user, "is_superuser", False)
        return bool(is_boss and key_used(request) is not None and "pk" in view.kwargs)
