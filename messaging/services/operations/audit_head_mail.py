"""Mail the head of the audit log's chain once a day, to where no one who changes the log can reach.

With a head that was kept elsewhere, `verify_audit --head` notices a log whose end was cut off.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.utils.translation import override

from messaging.services.audit.chain import head_of_chain
from messaging.services.mail.once import mail_once

if TYPE_CHECKING:
    from datetime import datetime

EVERY: Final = timedelta(days=1)


def mail_audit_head(*, at: datetime) -> bool:
    """Mail it to AUDIT_HEAD_MAIL, if nobody has in the last day; return whether this call did.

    Args:
        at: now, aware UTC.
    """
    if not settings.AUDIT_HEAD_MAIL:
        return False
    return mail_once(key="audit-head", deliver=partial(_deliver, at), at=at, again_after=EVERY)


def _deliver(at: datetime) -> bool:
    head = head_of_chain()
    with override(settings.LANGUAGE_CODE):
        subject = _("Audit log on %(day)s: %(count)d rows") % {
            "day": f"{at:%Y-%m-%d}",
            "count": head.position,
        }
        body = _(
            "Keep this email. With it you can prove later that the audit log of %(site)s still"
            " holds these rows:\n\n    manage.py verify_audit --head %(head)s"
        ) % {"site": settings.PUBLIC_BASE_URL or "didsms", "head": head.hash or "–"}
    send_mail(f"{settings.EMAIL_SUBJECT_PREFIX}{subject}", body, None, settings.AUDIT_HEAD_MAIL)
    return True
