"""What happened to a conversation, as a sentence in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import template
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from messaging.services.history.conversation_events import (
    Assigned,
    Labeled,
    NumberChanged,
    OptedIn,
    Renamed,
    Snoozed,
    Unlabeled,
    event_of,
)
from messaging.services.team.display_names import name_of
from messaging.services.times.relative_times import upcoming as upcoming_words

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.utils.functional import _StrPromise

    from messaging.models import ConversationEvent

register = template.Library()

_SENTENCES: Final[dict[str, _StrPromise]] = {
    "started": gettext_lazy("%(who)s started this conversation"),
    "unassigned": gettext_lazy("%(who)s unassigned this conversation"),
    "closed": gettext_lazy("%(who)s closed this conversation"),
    "snoozed": gettext_lazy("%(who)s snoozed this conversation until %(time)s"),
    "reopened": gettext_lazy("%(who)s reopened this conversation"),
    "labeled": gettext_lazy("%(who)s added the label %(detail)s"),
    "unlabeled": gettext_lazy("%(who)s removed the label %(detail)s"),
    "opted_out": gettext_lazy("%(who)s recorded an opt-out"),
    "opted_in": gettext_lazy("%(who)s opted the contact back in: %(detail)s"),
    "no_reply_needed": gettext_lazy("%(who)s marked this as no reply needed"),
    "number_changed": gettext_lazy("%(who)s changed the number: %(detail)s"),
    "renamed": gettext_lazy("%(who)s renamed the contact to %(detail)s"),
    "blocked": gettext_lazy("%(who)s blocked this sender"),
    "unblocked": gettext_lazy("%(who)s unblocked this sender"),
    "redacted": gettext_lazy("%(who)s hid the text of a message"),
    "dealt_with": gettext_lazy("%(who)s marked a failed message as resolved"),
}
#: The same where it holds for all numbers.
_SENTENCES_OF_ALL_NUMBERS: Final[dict[str, _StrPromise]] = {
    "opted_out": gettext_lazy("%(who)s recorded an opt-out for all numbers"),
    "blocked": gettext_lazy("%(who)s blocked this sender on all numbers"),
    "unblocked": gettext_lazy("%(who)s unblocked this sender on all numbers"),
}
#: What happened by itself, or by the contact's own message.
_SENTENCES_OF_NOBODY: Final[dict[str, _StrPromise]] = {
    "started": gettext_lazy("The conversation started"),
    "unassigned": gettext_lazy("The conversation was unassigned"),
    "closed": gettext_lazy("The conversation was closed"),
    "reopened": gettext_lazy("A new message reopened this conversation"),
    "snooze_ended": gettext_lazy("The snooze ended"),
    "opted_out": gettext_lazy("The contact opted out"),
    "opted_in": gettext_lazy("The contact opted back in"),
    "number_changed": gettext_lazy("The number changed: %(detail)s"),
}
ICONS: Final = {
    "started": "message-circle",
    "assigned": "user-round-check",
    "unassigned": "user-round-minus",
    "closed": "check",
    "reopened": "rotate-ccw",
    "snoozed": "alarm-clock",
    "snooze_ended": "alarm-clock-off",
    "labeled": "tag",
    "unlabeled": "tag",
    "opted_out": "ban",
    "opted_in": "circle-check",
    "no_reply_needed": "check-check",
    "number_changed": "phone",
    "renamed": "pencil",
    "blocked": "shield-ban",
    "unblocked": "shield-check",
    "redacted": "eye-off",
    "dealt_with": "circle-check",
}


@register.filter
def event_icon(event: ConversationEvent) -> str:
    """Return the name of the icon that is before an event."""
    return ICONS.get(event.kind, "info")


@register.simple_tag
def event_words(row: ConversationEvent, reader: User | None) -> SafeString:
    """Return an event as a sentence, with the names in bold; on paper there is no "you"."""
    event, who = event_of(row), _who(row.actor, reader)
    facts: dict[str, str] = {}
    match event:
        case Assigned():
            return _assigned(row, reader)
        case Snoozed(until=until):
            facts = {"time": upcoming_words(until, at=row.at) if until else ""}
        case Labeled(label=label) | Unlabeled(label=label):
            facts = {"detail": label}
        case OptedIn(reason=reason):
            facts = {"detail": reason}
        case Renamed(name=name):
            facts = {"detail": name}
        case NumberChanged(words=words):
            facts = {"detail": words}
    table = _SENTENCES_OF_NOBODY if row.actor is None else _SENTENCES
    if getattr(event, "is_for_all_numbers", False):
        table = table | _SENTENCES_OF_ALL_NUMBERS
    sentence = str(table.get(row.kind) or row.get_kind_display())
    bold = {name: _bold(value) for name, value in facts.items()}
    return _filled(sentence, who=_bold(who), **bold)


def _assigned(row: ConversationEvent, reader: User | None) -> SafeString:
    who = _bold(_who(row.actor, reader))
    to = _bold(_("you") if _is(row.subject, reader) else _who(row.subject, reader))
    if row.actor_id == row.subject_id:
        return _filled(_("%(who)s took this conversation"), who=who)
    if row.actor is None:
        return _filled(_("This conversation was assigned to %(to)s"), to=to)
    return _filled(_("%(who)s assigned this conversation to %(to)s"), who=who, to=to)


def _who(user: User | None, reader: User | None) -> str:
    if user is None:
        return ""
    return _("You") if _is(user, reader) else name_of(user)


def _is(user: User | None, reader: User | None) -> bool:
    return user is not None and reader is not None and user.pk == reader.pk


def _bold(text: str) -> SafeString:
    return format_html('<b dir="auto">{}</b>', text)


def _filled(sentence: str, **values: Any) -> SafeString:
    """Fill a translated sentence; it is escaped too, a translator writes no markup."""
    safe = {name: conditional_escape(value) for name, value in values.items()}
    text = escape(sentence) % safe
    if (get_language() or "").startswith("zh"):
        # A space stands between Chinese and a name in Latin letters, none beside "you".
        you = _bold(_("You"))
        text = text.replace(f"{you} ", you).replace(f" {you}", you)
    return mark_safe(text)  # noqa: S308  (both were escaped)
