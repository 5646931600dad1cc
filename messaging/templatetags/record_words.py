"""The flight recorder in words: each entry's headline, what comes next, where the time went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import template
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from messaging.models import Push
from messaging.nxcloud.trace import MARKS
from messaging.push_labels import flag_label, reason_label
from messaging.reasons import OWNER_LABELS, Owner, Reason
from messaging.services.recorder.outlook import Next
from messaging.services.team.display_names import name_of
from messaging.status_words import status_words
from messaging.statuses import Status

from .thread_text import on_time

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from messaging.services.recorder.outlook import Outlook
    from messaging.services.recorder.timeline import Entry

register = template.Library()

ICONS: Final = {
    "created": "pencil",
    "queued": "clock",
    "claimed": "hand",
    "attempt": "arrow-up-right",
    "answer": "corner-down-left",
    "push": "arrow-down-left",
    "replay": "rotate-ccw",
    "redaction": "eye-off",
    "paused": "circle-pause",
    "resumed": "circle-play",
    "resent": "refresh-cw",
    "resolved": "circle-check",
}
_BY_SOMEBODY: Final[dict[str, StrPromise]] = {
    "created": gettext_lazy("%(who)s wrote this message"),
    "redaction": gettext_lazy("%(who)s hid the text"),
    "replay": gettext_lazy("%(who)s replayed push %(push)s: %(outcome)s"),
    "resumed": gettext_lazy("%(who)s resumed sending"),
    "resent": gettext_lazy("%(who)s resent it as a new message"),
    "resolved": gettext_lazy("%(who)s marked it as resolved"),
}
_BY_ITSELF: Final[dict[str, StrPromise]] = {
    "created": gettext_lazy("The message was created"),
    "queued": gettext_lazy("Queued for sending"),
    "claimed": gettext_lazy("Worker %(worker)s took it for attempt %(attempt)s"),
    "attempt": gettext_lazy("Attempt %(attempt)s: the request to NXCloud"),
    "answer": gettext_lazy("NXCloud answered (%(answer)s)"),
    "push": gettext_lazy("NXCloud sent a push: %(type)s, %(outcome)s"),
    "replay": gettext_lazy("Push %(push)s was replayed: %(outcome)s"),
    "redaction": gettext_lazy("The text was hidden"),
    "paused": gettext_lazy("Sending was paused"),
    "resumed": gettext_lazy("Sending resumed by itself"),
    "resent": gettext_lazy("It was resent as a new message"),
    "resolved": gettext_lazy("It was marked as resolved"),
}
_STEPS: Final[dict[Next, StrPromise]] = {
    Next.WAITS_FOR_ITS_TIME: gettext_lazy("It will be sent at its time, %(time)s."),
    Next.WAITS_FOR_UNDO: gettext_lazy("It goes out in a few seconds unless it’s undone."),
    Next.WAITS_WHILE_PAUSED: gettext_lazy(
        "It stays queued while sending is paused. The next attempt is at %(time)s."
    ),
    Next.WAITS_FOR_A_WORKER: gettext_lazy(
        "It stays queued: no worker is running, so nothing is being sent."
    ),
    Next.IS_TRIED_AGAIN: gettext_lazy("It’s tried again at %(time)s."),
    Next.IS_NEXT: gettext_lazy("It goes out as soon as its turn comes."),
    Next.IS_BEING_SENT: gettext_lazy(
        "It’s being sent. Without news by %(time)s it becomes unconfirmed."
    ),
    Next.WAITS_FOR_A_RECEIPT: gettext_lazy(
        "NXCloud has it. A delivery receipt is due by %(time)s."
    ),
    Next.HAS_NO_RECEIPT: gettext_lazy(
        "NXCloud has it, but no delivery receipt came by %(time)s. One may still come."
    ),
    Next.MAY_HAVE_BEEN_SENT: gettext_lazy(
        "A delivery receipt may still say that it was sent. You can resend it from %(time)s."
    ),
    Next.NOTHING: gettext_lazy("Nothing more happens unless somebody resends it."),
    Next.IS_COMPLETE: gettext_lazy("It’s complete; nothing more happens."),
}
_MARK_LABELS: Final[dict[str, StrPromise]] = {
    "looked_up": gettext_lazy("name lookup"),
    "connected": gettext_lazy("connected"),
    "secured": gettext_lazy("encrypted"),
    "begun": gettext_lazy("first byte out"),
    "answered": gettext_lazy("first byte in"),
    "ended": pgettext_lazy("request", "ended"),
}


@register.filter
def told(timeline: list[Entry]) -> list[Entry]:
    """Leave out the statuses that an entry beside them tells with more facts."""
    doubled = {Status.QUEUED.value, Status.SENDING.value}
    return [one for one in timeline if one.kind != "status" or one.facts["status"] not in doubled]


@register.filter
def entry_icon(entry: Entry) -> str:
    """Return the name of the icon that is before an entry."""
    if entry.kind == "status":
        return status_words(entry.facts["status"]).icon
    return ICONS.get(entry.kind, "info")


@register.filter
def entry_tone(entry: Entry) -> str:
    """Return "ok", "warn", "bad" or "" for an entry's sign."""
    if entry.kind == "status":
        return status_words(entry.facts["status"]).tone
    return "bad" if entry.kind == "paused" or entry.facts.get("outcome") == "quarantined" else ""


@register.filter
def entry_title(entry: Entry) -> SafeString:
    """Return what happened in one line."""
    if entry.kind == "status":
        words = status_words(entry.facts["status"]).label
        return format_html(escape(_("Status: %(status)s")) % {"status": "<b>{}</b>"}, words)
    if entry.kind == "created" and entry.facts.get("direction") == "inbound":
        return conditional_escape(_("The contact’s message arrived"))
    if entry.kind == "queued" and entry.facts.get("attempts"):
        return conditional_escape(_("Back in the queue"))
    if entry.kind == "created" and entry.facts.get("is_automatic"):
        return conditional_escape(_("An auto-reply was written"))
    table = _BY_SOMEBODY if entry.actor and entry.kind in _BY_SOMEBODY else _BY_ITSELF
    values = {name: conditional_escape(value) for name, value in _values(entry).items()}
    who = format_html('<b dir="auto">{}</b>', name_of(entry.actor))
    sentence = escape(str(table.get(entry.kind, entry.kind)))
    return mark_safe(sentence % {"who": who, **values})  # noqa: S308  (all of it is escaped)


def _values(entry: Entry) -> dict[str, str]:
    facts = entry.facts
    values = {name: str(facts.get(name, "")) for name in ("worker", "attempt", "push")}
    if "outcome" in facts:
        values["outcome"] = str(Push.Outcome(facts["outcome"]).label)
    if "type" in facts:
        values["type"] = str(Push.Kind(facts["type"]).label)
    if entry.kind == "answer":
        parts = [f"HTTP {facts['http_status']}"] if "http_status" in facts else []
        if facts.get("code"):
            parts.append(_("code %(code)s") % {"code": facts["code"]})
        values["answer"] = ", ".join(parts)
    return values


@register.filter
def entry_reason(entry: Entry) -> str:
    """Return why, in the reader's language; "" where there is nothing to say."""
    code = entry.facts.get("code")
    if entry.kind == "answer" or not code:
        return ""
    return Reason(code, entry.facts.get("reason_facts", {})).words()


@register.filter
def rule_words(entry: Entry) -> str:
    """Return the rule that classified a push."""
    return reason_label(str(entry.facts.get("rule", "")))


@register.filter
def flag_words(flag: str) -> str:
    """Return what was noted with a push."""
    return flag_label(flag) or flag


@register.filter
def mark_list(entry: Entry) -> list[tuple[str, str]]:
    """Return how far a request came, each with the milliseconds since its start."""
    marks: dict[str, Any] = entry.facts.get("milliseconds", {})
    return [(str(_MARK_LABELS[name]), f"{marks[name]:g}") for name in MARKS if name in marks]


@register.filter
def next_words(outlook: Outlook) -> str:
    """Return what happens to a message if nobody does anything."""
    time = on_time(outlook.at) if outlook.at else ""
    return str(_STEPS[outlook.next]) % {"time": time}


@register.filter
def owner_words(owner: Owner) -> str:
    """Return who can fix something."""
    return str(OWNER_LABELS[owner])
