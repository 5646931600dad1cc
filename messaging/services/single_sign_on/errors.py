"""Why somebody could not sign in with single sign-on, in words for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from messaging.services.errors import MessagingError

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

#: What is said, by the stable word.
WORDS: Final[dict[str, StrPromise]] = {
    "away": _("The sign-in service can’t be reached. Try again in a few minutes."),
    "wrong_answer": _(
        "The sign-in service answered something unexpected. Ask an administrator to look at the"
        " settings of single sign-on."
    ),
    "stale": _("This took too long, or was started in another window. Try again."),
    "denied": _("The sign-in service didn’t let you in, or you canceled."),
    "no_account": _("You don’t have an account here yet. Ask an administrator to add you."),
    "no_group": _("You’re in no group that uses didsms. Ask an administrator."),
    "unverified": _(
        "The sign-in service hasn’t verified your email address, so we can’t tell which account is"
        " yours. Ask an administrator."
    ),
    "ambiguous": _(
        "We can’t tell which account belongs to your email address. Ask an administrator."
    ),
    "deactivated": _("Your account here is deactivated. Ask an administrator."),
    "other_person": _("You signed in as somebody else. Nothing was changed."),
    "not_fresh": _("The sign-in service didn’t ask you to sign in again. Nothing was changed."),
    "no_time": _(
        "The sign-in service didn’t say when you signed in there, so this confirms nothing. Ask an"
        " administrator."
    ),
}


class SignOnFailed(MessagingError):
    """Somebody could not sign in.

    Args:
        code: a key of WORDS.
        why: for the log, never for the page; no secret.
    """

    code = "sign_on_failed"

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(str(WORDS[code]), code=code)
        self.why = why


class TokenRefused(Exception):
    """The provider no longer takes a token or a code.

    Attributes:
        error: its word, such as ``invalid_grant``.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error
