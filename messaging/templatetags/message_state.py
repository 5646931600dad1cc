"""What is known of a message, in words: its state, why, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from messaging.reasons import OWNER_ADVICE
from messaging.sentences import join_sentences
from messaging.services.times.relative_times import upcoming
from messaging.status_words import StatusWords, status_words
from messaging.statuses import Status

if TYPE_CHECKING:
    from messaging.models import Message
    from messaging.services.threads.bubble import Bubble

register = template.Library()


@register.filter(name="status_words")
def words_of_status(status: str) -> StatusWords:
    """Return how a state is shown."""
    return status_words(status)


@register.simple_tag
def state_words(item: Bubble) -> SafeString:
    """Return what is below an outbound text: its state, why, and what can be done."""
    more = (_no_receipt(item), _advice(item.message))
    said = join_sentences((_state(item), *map(conditional_escape, more)))
    return mark_safe(said)  # noqa: S308  (every part was escaped)


def _state(item: Bubble) -> str:
    message = item.message
    shown = status_words(message.status)
    if item.has_no_receipt:
        return conditional_escape(_("%(status)s · No receipt yet") % {"status": shown.label})
    if not shown.reason or not message.error:
        return conditional_escape(shown.label)
    if shown.reason == "instead":
        return conditional_escape(message.error)
    label = _("%(status)s.") % {"status": shown.label}
    strong = format_html("<strong>{}</strong>", label)
    return join_sentences((strong, conditional_escape(message.error)))


def _no_receipt(item: Bubble) -> str:
    """Say what is known of the receipt that has not come."""
    if item.message.status != Status.UNCONFIRMED:
        return ""
    if item.may_be_sent_again_at is not None:
        time = upcoming(item.may_be_sent_again_at, at=timezone.now())
        return _("Waiting for a delivery receipt. You can resend from %(time)s.") % {"time": time}
    return "" if item.repeat else _("No delivery receipt arrived.")


def _advice(message: Message) -> str:
    """Say who can fix what NXCloud refused."""
    if message.status != Status.FAILED or message.error_reason is None:
        return ""
    return str(OWNER_ADVICE[message.error_reason.owner])
