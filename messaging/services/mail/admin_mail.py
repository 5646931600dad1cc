"""Tell the administrators by email, through Django's settings.

They are told when an alarm begins and ends (`services/operations/alarm_watch.py`), when pushes are
quarantined (`quarantine_alert.py` there), when sending pauses (`circuit_breaker.py` in
`services/sending/`) and when a budget is spent or nearly so (`services/reports/budgets.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.db.models import Q
from django.utils import translation

if TYPE_CHECKING:
    from collections.abc import Callable


def administrators_languages() -> dict[str, str]:
    """Return the language by address: of ADMINS and of every active administrator who has one."""
    users = get_user_model().objects.filter(Q(is_staff=True) | Q(is_superuser=True), is_active=True)
    # Pairs in Django 5, plain addresses from Django 6 on.
    addresses = [entry if isinstance(entry, str) else entry[1] for entry in settings.ADMINS]
    languages = dict.fromkeys(addresses, settings.LANGUAGE_CODE)
    rows = users.exclude(email="").values_list("email", "staff_settings__language")
    languages |= {address: own or settings.LANGUAGE_CODE for address, own in rows}
    return languages


@dataclass(frozen=True)
class MailText:
    """What a mail says; line breaks in the subject are removed."""

    subject: str
    body: str


def mail_administrators(*, write: Callable[[], MailText]) -> bool:
    """Send one mail to every administrator, each in the language of their settings.

    Args:
        write: writes it in the active language.

    Returns:
        Whether there was somebody to tell.

    Raises:
        OSError: the mail server did not take it; `mail_once` tries it again.
    """
    languages = administrators_languages()
    for language in sorted(set(languages.values())):
        with translation.override(language):
            text = write()
        to = sorted(address for address, own in languages.items() if own == language)
        subject = f"{settings.EMAIL_SUBJECT_PREFIX}{' '.join(text.subject.split())}"
        send_mail(subject[:200], text.body, None, to)
    return bool(languages)
