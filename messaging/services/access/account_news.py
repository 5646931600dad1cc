"""Tell somebody by email what happened to their account: it may not have been them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from messaging.services.mail.background import Mail, has_mail_server, mail_in_background

from .browsers import browser_of
from .security_log import record_security_event

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: What happened, for the person; by event and kind.
SUBJECTS: Final = {
    ("second_factor_added", "authenticator"): gettext_noop(
        "An authenticator app was added to your account"
    ),
    ("second_factor_removed", "authenticator"): gettext_noop(
        "The authenticator app was removed from your account"
    ),
    ("second_factor_added", "passkey"): gettext_noop("A passkey was added to your account"),
    ("second_factor_removed", "passkey"): gettext_noop("A passkey was removed from your account"),
    ("recovery_codes_made", ""): gettext_noop("Your account has new recovery codes"),
    ("recovery_code_used", ""): gettext_noop("A recovery code was used to sign in"),
    ("second_factor_reset", ""): gettext_noop("Two-step verification was turned off"),
    ("sign_in", "new_device"): gettext_noop("New sign-in to your account"),
    ("password_changed", ""): gettext_noop("Your password was changed"),
    ("password_changed", "by_administrator"): gettext_noop(
        "An administrator changed your password"
    ),
    ("email_changed", ""): gettext_noop("The email address of your account was changed"),
}


def tell_of_change(event: str, *, user: User, address: str, kind: str = "") -> None:
    """Record what somebody changed of their factors, and mail them; within the transaction.

    Args:
        event: a word of the audit log; with its kind a key of SUBJECTS.
        user: whose account.
        address: the caller's.
        kind: of the factor, "" where there is none.
    """
    facts: dict[str, Any] = {"kind": kind} if kind else {}
    record_security_event(event, user=user, address=address, **facts)
    mail_news(event, user=user, address=address, kind=kind)


def mail_news(
    event: str,
    *,
    user: User,
    address: str,
    kind: str = "",
    agent: str | None = None,
    emails: tuple[str, ...] | None = None,
) -> None:
    """Mail somebody what happened, once the transaction is through.

    Args:
        event: with its kind a key of SUBJECTS.
        user: whose account.
        address: where it came from, "" when that says them nothing.
        kind: which event of its name.
        agent: the User-Agent header, where the mail should say it in words.
        emails: to which addresses; the account's when not given.
    """
    to = [each for each in ((user.email,) if emails is None else emails) if each]
    if not (to and has_mail_server()):
        return
    own = getattr(user, "staff_settings", None)
    language = (own.language if own else "") or settings.LANGUAGE_CODE
    facts = {"name": user.get_username(), "address": address, "at": timezone.now()}
    for each in to:
        compose = partial(_compose, SUBJECTS[event, kind], facts, agent, to=each, language=language)
        transaction.on_commit(partial(mail_in_background, compose))


def _compose(
    subject: str, facts: dict[str, Any], agent: str | None, *, to: str, language: str
) -> Mail:
    with translation.override(language):
        said = _(subject)
        device = browser_of(agent).in_words() if agent is not None else ""
        body = render_to_string(
            "account/security_email.txt", {**facts, "said": said, "device": device}
        )
    return Mail(subject=said, body=body, to=to)
