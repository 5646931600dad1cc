"""Who may sign in with what didsms itself knows of them, beside single sign-on.

The names are those of what single sign-on puts into a session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from messaging.models import access_of

from .session_limits import ENDS_BY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User


#: The identity that its person signed in with.
SIGNED_ON_WITH: Final = "sign_on_identity"
#: The provider has seen a second factor.
FACTOR_ELSEWHERE: Final = "factor_elsewhere"
#: All that another way of signing in takes away.
SIGN_ON_FACTS: Final = (SIGNED_ON_WITH, FACTOR_ELSEWHERE, ENDS_BY)


def may_sign_in_here(user: User) -> bool:
    """Tell whether somebody may use a password or a passkey of didsms.

    With OIDC_ONLY these are the accounts that OIDC_BREAK_GLASS names, for the day when the provider
    is away.
    """
    return not settings.OIDC_ONLY or is_break_glass(user)


def is_break_glass(user: User) -> bool:
    """Tell whether an account never depends on the provider."""
    return user.get_username() in settings.OIDC_BREAK_GLASS


def may_go_on(user: User, session: Mapping[str, Any]) -> bool:
    """Tell whether a session may go on: with OIDC_ONLY one of a password or a passkey ends at once.

    Args:
        user: whose it is.
        session: what it holds.
    """
    return SIGNED_ON_WITH in session or may_sign_in_here(user)


def is_suspended(user: User) -> bool:
    """Tell whether the provider no longer stands by somebody: nothing of theirs lets them in.

    Where there is no provider any more, nobody is.
    """
    if not settings.OIDC_ISSUER or access_of(user).suspended_at is None:
        return False
    return not is_break_glass(user)
