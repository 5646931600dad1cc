"""What the thread says of a text that came late, damaged, or with nothing to read in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.services.times.relative_times import DAY, HOUR

from .thread_text import clock, on_time

if TYPE_CHECKING:
    from messaging.models import Message

register = template.Library()

#: From this age on a delay is counted in days.
MOST_HOURS = 48


@register.filter
def late_words(message: Message) -> str:
    """Return when a late message was sent and how much later it reached us; "" for others."""
    if message.lateness is None or message.provider_time is None:
        return ""
    sent, came = map(timezone.localtime, (message.provider_time, message.created_at))
    time = clock(sent) if sent.date() == came.date() else on_time(sent)
    seconds = message.lateness.total_seconds()
    if seconds < MOST_HOURS * HOUR:
        return _("Sent %(time)s, reached us %(count)d h later") % {
            "time": time,
            "count": seconds // HOUR,
        }
    return _("Sent %(time)s, reached us %(count)d days later") % {
        "time": time,
        "count": seconds // DAY,
    }
