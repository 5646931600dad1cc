"""Alarms in words: what is wrong, and who can do what about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.models import HealthAlarm

from .round_trip_check import FIX, missing_words

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Kind = HealthAlarm.Kind

FIXES: Final[dict[str, StrPromise]] = {
    Kind.RECEIPTS_MISSING: gettext_lazy(
        "Look at a message without a receipt: its record can be shared with NXCloud support. If"
        " nothing comes from NXCloud at all, check the webhook URL on the number’s page."
    ),
    Kind.RECEIPTS_SLOW: gettext_lazy(
        "Nothing is lost. If it lasts, share a message’s record with NXCloud support."
    ),
    Kind.NUMBER_SILENT: gettext_lazy(
        "Text this number from a phone. If it doesn’t arrive, check the webhook URL at NXCloud; see"
        " the number’s page."
    ),
    Kind.SIGNATURES_REFUSED: gettext_lazy(
        "Server admin: compare NXCLOUD_ACCESS_KEY and NXCLOUD_ACCESS_SECRET with NXCloud’s console."
        " The reasons are under Rejected requests."
    ),
    Kind.QUARANTINE: gettext_lazy(
        "Administrator: read the reason, fix the cause, then replay them."
    ),
    Kind.SPOOL: gettext_lazy(
        "Server admin: look why the database doesn’t take pushes, and at the disk."
    ),
    Kind.DISK: gettext_lazy("Server admin: free space before it is full."),
    Kind.CLOCK: gettext_lazy("Server admin: set its clock (NTP)."),
    Kind.QUEUE_OLD: gettext_lazy(
        "Server admin: see in the worker’s log what holds it up, or raise the number’s messages per"
        " second."
    ),
    Kind.WORKER_GONE: gettext_lazy("Server admin: start manage.py run_outbox."),
    Kind.BACKUP: gettext_lazy(
        "Server admin: System health says why. Fix it, then run manage.py backup."
    ),
    Kind.ROUND_TRIP: FIX,
}


def alarm_words(alarm: HealthAlarm) -> str:
    """Return what is wrong in one sentence, in the reader's language."""
    facts, kind = alarm.facts, alarm.kind
    number = alarm.did_number.name if alarm.did_number else ""
    match kind:
        case Kind.RECEIPTS_MISSING:
            return _(
                "%(number)s: %(share)s%% of the last hour’s messages have no delivery receipt;"
                " usually %(usual)s%%."
            ) % {
                "number": number,
                "share": _percent(facts.get("share")),
                "usual": _percent(facts.get("usual")),
            }
        case Kind.RECEIPTS_SLOW:
            return _("%(number)s: delivery receipts take %(seconds)s s; usually %(usual)s s.") % {
                "number": number,
                "seconds": _amount(facts.get("seconds")),
                "usual": _amount(facts.get("usual")),
            }
        case Kind.NUMBER_SILENT:
            return _("%(number)s: silent for %(hours)d h; usually %(usual)d texts by now.") % {
                "number": number,
                "hours": facts.get("hours", 0),
                "usual": facts.get("usual", 0),
            }
        case Kind.ROUND_TRIP:
            return missing_words(
                sender=str(facts.get("from", "")),
                target=number,
                status=str(facts.get("status", "")),
            )
    return _of_line(alarm)


def _of_line(alarm: HealthAlarm) -> str:
    facts = alarm.facts
    count = int(facts.get("count") or 0)
    match alarm.kind:
        case Kind.SIGNATURES_REFUSED:
            return ngettext(
                "%(count)d push was refused today because its signature or sender wasn’t accepted.",
                "%(count)d pushes were refused today because their signature or sender wasn’t"
                " accepted.",
                count,
            ) % {"count": count}
        case Kind.QUARANTINE:
            return ngettext(
                "%(count)d push couldn’t be processed.",
                "%(count)d pushes couldn’t be processed.",
                count,
            ) % {"count": count}
        case Kind.SPOOL | Kind.DISK:
            return _("%(what)s on %(node)s.") % {
                "what": alarm.get_kind_display(),
                "node": facts.get("node", ""),
            }
        case Kind.CLOCK:
            return _("Our clock and NXCloud’s differ by %(seconds).1f s.") % {
                "seconds": abs(float(facts.get("offset_seconds") or 0))
            }
        case Kind.QUEUE_OLD:
            minutes = int(facts.get("seconds") or 0) // 60
            return _("A message has been waiting for %(minutes)d minutes to be sent.") % {
                "minutes": minutes
            }
        case Kind.BACKUP:
            return _of_backup(facts)
    return str(alarm)


def _of_backup(facts: dict[str, Any]) -> str:
    match facts.get("state"):
        case "failed":
            return _("The last backup failed.")
        case "unproven":
            return _("The last backup couldn’t be restored as a test.")
        case "old":
            hours = int(facts.get("age_seconds") or 0) // 3600
            return _("The last backup is %(hours)d hours old.") % {"hours": hours}
    return _("There is no backup yet.")


def alarm_fix(alarm: HealthAlarm) -> str:
    """Return who can do what about it, in the reader's language."""
    return str(FIXES[alarm.kind])


def _percent(share: float | None) -> str:
    return number_format((share or 0) * 100, decimal_pos=0)


def _amount(seconds: float | None) -> str:
    return number_format(seconds or 0, decimal_pos=1)
