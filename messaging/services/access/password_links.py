"""Links for choosing a password: requested by email, or created by an administrator.

A link works once and for three days (Django's PASSWORD_RESET_TIMEOUT): it holds a digest of the
password and of the last time its owner signed in, so it lapses with either. It always leads to
PUBLIC_BASE_URL.
"""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from didsms_site.http.client_address import client_network
from messaging.services.mail.background import Mail, mail_in_background

from .attempt_limits import Counter, Limit, take
from .local_sign_in import may_sign_in_here
from .security_log import record_security_event

if TYPE_CHECKING:
    from datetime import datetime

#: How often one address may ask for links.
REQUESTS: Final = Limit(
    "reset_requests",
    most=10,
    within=timedelta(minutes=15),
    first_wait=timedelta(minutes=15),
)
#: One mail goes to one email address in this time, however often somebody asks.
MAIL_INTERVAL: Final = timedelta(minutes=5)
MAILS: Final = Limit("reset_mails", most=1, within=MAIL_INTERVAL, first_wait=MAIL_INTERVAL)


def request_link(*, email: str, address: str, at: datetime) -> int:
    """Mail a link to everybody with an email address, unless one has just been sent.

    What the caller sees, and how long it takes, is the same whether anybody has that address.

    Args:
        email: as it was typed.
        address: the caller's, as `client_address` returns it; "" when nobody knows it.
        at: now, aware UTC.

    Returns:
        Whole seconds to wait when this caller has asked too often; otherwise 0.
    """
    if address:
        seconds = take(Counter(REQUESTS, client_network(address)), at=at)
        if seconds:
            return seconds
    if not take(Counter(MAILS, _normal(email)), at=at):
        for user in _owners(email):
            own = getattr(user, "staff_settings", None)
            mail_link(user=user, is_invitation=False, language=own.language if own else "")
            record_security_event("password_link_mailed", user=user, address=address)
    return 0


def mail_link(*, user: User, is_invitation: bool, language: str = "") -> None:
    """Mail somebody a link to choose a password.

    Args:
        user: who has an email address.
        is_invitation: the account is new; otherwise they have forgotten their password.
        language: theirs; the active one when they have chosen none.
    """
    spoken = language or translation.get_language() or settings.LANGUAGE_CODE

    def compose() -> Mail:
        with translation.override(spoken):
            subject = (
                _("Your didsms account") if is_invitation else _("Choose a new didsms password")
            )
            template = "invitation" if is_invitation else "password_reset"
            body = render_to_string(
                f"account/{template}_email.txt", {"user": user, "link": password_link(user=user)}
            )
        return Mail(subject=subject, body=body, to=user.email)

    mail_in_background(compose)


def password_link(*, user: User, origin: str = "") -> str:
    """Return a link with which a person chooses their password, once.

    Args:
        user: who.
        origin: scheme and host for an installation without PUBLIC_BASE_URL. Only for a page that
            shows the link to the user who asks; a mail must not depend on what a caller says.
    """
    path = reverse(
        "password_reset_confirm",
        kwargs={
            "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
            "token": default_token_generator.make_token(user),
        },
    )
    return f"{settings.PUBLIC_BASE_URL or origin}{path}"


def _owners(email: str) -> list[User]:
    """Return the active people with an email address, whatever its capitals.

    The comparison here is stricter than a database's, which may take other letters for the same.
    """
    rows = User.objects.filter(email__iexact=email, is_active=True)
    rows = rows.exclude(staff_access__is_service_account=True)
    if settings.OIDC_ISSUER:
        # Who came from the provider and never had a password here has no use for one.
        rows = rows.exclude(
            sign_on_identities__isnull=False, password__startswith=UNUSABLE_PASSWORD_PREFIX
        )
    rows = rows.select_related("staff_settings")
    return [
        user for user in rows if _normal(user.email) == _normal(email) and may_sign_in_here(user)
    ]


def _normal(email: str) -> str:
    return unicodedata.normalize("NFKC", email).strip().casefold()
