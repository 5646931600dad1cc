"""Tell the administrators by e-mail, through Django's settings."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db.models import Q


def administrators_addresses() -> list[str]:
    """Return the addresses of ADMINS and of every active administrator who has one."""
    users = get_user_model().objects.filter(Q(is_staff=True) | Q(is_superuser=True), is_active=True)
    # Pairs in Django 5, plain addresses from Django 6 on.
    addresses = {entry if isinstance(entry, str) else entry[1] for entry in settings.ADMINS}
    addresses |= set(users.exclude(email="").values_list("email", flat=True))
    return sorted(addresses)


def mail_administrators(*, subject: str, body: str) -> bool:
    """Send one mail to every administrator.

    Args:
        subject: one line; line breaks are removed.
        body: plain text.

    Returns:
        Whether there was somebody to tell.

    Raises:
        OSError: the mail server did not take it; `mail_once` tries it again.
    """
    addresses = administrators_addresses()
    if addresses:
        send_mail(f"[didsms] {' '.join(subject.split())}"[:200], body, None, addresses)
    return bool(addresses)
