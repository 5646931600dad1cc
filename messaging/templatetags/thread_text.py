"""Texts and sentences of a thread: safe links, mentions, what an event says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from django import template
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from messaging.services.content import variables
from messaging.services.conversations.notes import MENTION
from messaging.services.times.date_styles import write_date, write_exactly
from messaging.services.times.relative_times import upcoming as upcoming_words

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from messaging.models import Note

register = template.Library()

LINK: Final = re.compile(
    r"(?<![A-Za-z0-9])https?://[^\s<>\"'`\u3000-\u303f\uff00-\uffef]+", re.IGNORECASE
)
#: Signs that end a sentence rather than an address.
TRAILING: Final = ".,;:!?…'\"»”’"
#: A closing bracket that the address does not open ends the sentence too.
_OPENING: Final = {")": "(", "]": "[", "}": "{"}
#: Characters that nobody sees, those that turn the direction of writing among them: an address
#: must not look like another one. (Two joiners are letters' business, and stay.)
_UNSEEN: Final = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

_LONG_NUMBER: Final = re.compile(r"\d(?:[ -]?\d){5,}")
_DIGIT: Final = re.compile(r"\d")

Kind = "ConversationEvent.Kind"


@register.filter
def sms_text(text: str) -> SafeString:
    """Return a text escaped, its web addresses as plain anchors; nothing is fetched."""
    parts: list[str] = []
    end = 0
    for match in LINK.finditer(text):
        address = _without_trailing(match[0])
        seen = _UNSEEN.sub(lambda sign: quote(sign[0]), address)
        parts.append(escape(text[end : match.start()]))
        parts.append(
            format_html(
                '<a href="{}" target="_blank" rel="noopener nofollow noreferrer">{}</a>', seen, seen
            )
        )
        end = match.start() + len(address)
    parts.append(escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308  (every part was escaped)


def _without_trailing(address: str) -> str:
    """Leave out what belongs to the sentence: a full stop, a bracket not opened inside."""
    end = len(address)
    unopened = {
        closing: address.count(closing) - address.count(opening)
        for closing, opening in _OPENING.items()
    }
    while end:
        last = address[end - 1]
        if unopened.get(last, 0) > 0:
            unopened[last] -= 1
        elif last not in TRAILING and not _UNSEEN.match(last):
            break
        end -= 1
    return address[:end]


@register.filter
def as_written(text: str) -> str:
    """Return a text as its writer would type it, with the braces of no variable doubled."""
    return variables.as_written(text)


@register.filter
def note_text(note: Note) -> SafeString:
    """Return a note's text escaped, with the people it mentions marked."""
    names = {person.get_username().casefold() for person in note.mentions.all()}
    parts: list[str] = []
    end = 0
    for match in MENTION.finditer(note.content):
        name = match[1] if match[1].casefold() in names else match[1].rstrip(".+-@")
        if name.casefold() not in names:
            continue
        parts.append(sms_text(note.content[end : match.start()]))
        parts.append(format_html('<span class="at">@{}</span>', name))
        end = match.start() + 1 + len(name)
    parts.append(sms_text(note.content[end:]))
    return mark_safe("".join(parts))  # noqa: S308  (every part was escaped)


@register.filter
def day_words(day: date) -> str:
    """Return "Today", "Yesterday", or the day with its weekday."""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if (today - day).days == 1:
        return _("Yesterday")
    if day.year == today.year:
        return write_date(day, pgettext("date format: weekday, day, month", "l j F"))
    return whole_day(day)


@register.filter
def whole_day(day: date) -> str:
    """Return weekday, day, month and year."""
    return write_date(day, pgettext("date format: weekday, day, month, year", "l j F Y"))


@register.filter
def on_day(moment: datetime) -> str:
    """Return the date in the active zone."""
    return write_date(
        timezone.localtime(moment), pgettext("date format: day, month, year", "j M Y")
    )


@register.filter
def on_time(moment: datetime) -> str:
    """Return date and hour in the active zone."""
    return write_date(
        timezone.localtime(moment), pgettext("date format: day, month, year, time", "j M Y, H:i")
    )


@register.filter
def on_second(moment: datetime) -> str:
    """Return date and time to the second in the active zone."""
    return write_exactly(moment)


@register.filter
def clock(moment: datetime) -> str:
    """Return the hour on the clock of the active zone."""
    return write_date(timezone.localtime(moment), "H:i")


@register.filter
def clock_second(moment: datetime) -> str:
    """Return the time to the second on the clock of the active zone."""
    return write_date(timezone.localtime(moment), "H:i:s")


@register.filter
def upcoming(moment: datetime) -> str:
    """Return a coming time in short: "14:30", "Tue 09:00"."""
    return upcoming_words(moment, at=timezone.now())


@register.filter
def millis(moment: datetime) -> int:
    """Return milliseconds since 1970, as scripts count."""
    return int(moment.timestamp() * 1000)


@register.filter
def plain_amount(amount: Decimal | None) -> str:
    """Return an amount without zeros that say nothing; "–" where it is not known."""
    return "–" if amount is None else f"{amount.normalize():f}"


@register.filter
def hidden_suggestion(text: str) -> str:
    """Suggest a text that hides a card number or the like: long runs of digits are dotted."""
    return _LONG_NUMBER.sub(lambda match: _DIGIT.sub("•", match[0]), text)
