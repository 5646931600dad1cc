"""Record that a factor changed, and tell its owner by email: it may not have been them."""

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

from .security_log import record_security_event

if TYPE_CHECKING:
    from datetime import datetime

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
    mail_change(SUBJECTS[event, kind], user=user, address=address)


def mail_change(subject: str, *, user: User, address: str) -> None:
    """Mail somebody what changed, once the transaction is through."""
    if not (user.email and has_mail_server()):
        return
    own = getattr(user, "staff_settings", None)
    language = (own.language if own else "") or settings.LANGUAGE_CODE
    compose = partial(
        _compose,
        subject,
        name=user.get_username(),
        to=user.email,
        language=language,
        address=address,
        at=timezone.now(),
    )
    transaction.on_commit(partial(mail_in_background, compose))


def _compose(
    subject: str, *, name: str, to: str, language: str, address: str, at: datetime
) -> Mail:
    with translation.override(language):
        said = _(subject)
        facts = {"name": name, "said": said, "address": address, "at": at}
        body = render_to_string("account/factor_email.txt", facts)
    return Mail(subject=said, body=body, to=to)
