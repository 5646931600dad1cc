"""Keep the alarms: raise, bring up to date, clear, and mail about each kind once an hour.

Workers and web processes all watch, so that a worker that is gone is noticed too; each minute one
of them does so.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from messaging.models import HealthAlarm
from messaging.services.mail.admin_mail import MailText, mail_administrators
from messaging.services.mail.once import claim_mail, mail_once

from .alarm_words import alarm_fix, alarm_words
from .alarms import OF_ONE_NODE, node_name, what_is_wrong
from .number_hours import measure_hours

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .alarms import Found

WATCH_EVERY: Final = timedelta(minutes=1)
#: One mail of a kind in that time, however many alarms there are.
QUIET: Final = timedelta(hours=1)
#: An alarm of another node's disk that nobody renews: the node is gone.
FORGOTTEN_AFTER: Final = timedelta(hours=6)
#: Kinds with a mail of their own (`quarantine_alert`).
WITHOUT_MAIL: Final = frozenset({HealthAlarm.Kind.QUARANTINE.value})


def watch_health(*, at: datetime) -> bool:
    """Look at everything, if no process has in the last minute; return whether this one did.

    Args:
        at: now, aware UTC.
    """
    turn = claim_mail(key="watch-health", at=at)
    if turn is None:
        return False
    measure_hours(at=at)
    note_alarms(what_is_wrong(at=at), at=at)
    mail_about_alarms(at=at)
    turn.done(at=at, again_after=WATCH_EVERY)
    return True


def note_alarms(found: Found, *, at: datetime) -> None:
    """Raise what is new, bring what lasts up to date, clear what is over.

    Args:
        found: everything that is wrong now.
        at: now, aware UTC.
    """
    open_now = {(alarm.kind, alarm.did_number_id): alarm for alarm in HealthAlarm.objects.open()}
    for key, facts in found.items():
        alarm = open_now.get(key)
        if alarm is None:
            _raise(key, facts, at=at)
        elif alarm.facts != facts and _is_ours(alarm):
            HealthAlarm.objects.filter(pk=alarm.pk).update(facts=facts)
    for key, alarm in open_now.items():
        if key not in found and (_is_ours(alarm) or at - alarm.began_at > FORGOTTEN_AFTER):
            HealthAlarm.objects.open().filter(pk=alarm.pk).update(ended_at=at)


def _raise(key: tuple[str, int | None], facts: dict[str, Any], *, at: datetime) -> None:
    kind, number_id = key
    try:
        with transaction.atomic():
            HealthAlarm.objects.create(kind=kind, did_number_id=number_id, facts=facts, began_at=at)
    except IntegrityError:
        return  # Another process was quicker.


def _is_ours(alarm: HealthAlarm) -> bool:
    """Tell whether this node can say how it is: it does not see another one's disk."""
    return alarm.kind not in OF_ONE_NODE or alarm.facts.get("node") == node_name()


def mail_about_alarms(*, at: datetime) -> None:
    """Tell the administrators of alarms that they do not know yet, and of those that are over."""
    with_mail = HealthAlarm.objects.exclude(kind__in=WITHOUT_MAIL).select_related("did_number")
    for kind, alarms in _by_kind(with_mail.open().filter(mailed_at__isnull=True)).items():
        deliver = partial(mail_administrators, write=partial(_alarm_text, alarms))
        if mail_once(key=f"alarm:{kind}", deliver=deliver, at=at, again_after=QUIET):
            _note(alarms, mailed_at=at)
    over = with_mail.filter(
        ended_at__isnull=False, mailed_at__isnull=False, cleared_at__isnull=True
    )
    for kind, alarms in _by_kind(over).items():
        deliver = partial(mail_administrators, write=partial(_clear_text, alarms))
        if mail_once(key=f"clear:{kind}", deliver=deliver, at=at, again_after=QUIET):
            _note(alarms, cleared_at=at)


def _by_kind(alarms: Any) -> dict[str, list[HealthAlarm]]:
    found: dict[str, list[HealthAlarm]] = defaultdict(list)
    for alarm in alarms:
        found[alarm.kind].append(alarm)
    return found


def _note(alarms: Sequence[HealthAlarm], **columns: datetime) -> None:
    HealthAlarm.objects.filter(pk__in=[alarm.pk for alarm in alarms]).update(**columns)


def _alarm_text(alarms: Sequence[HealthAlarm]) -> MailText:
    """Write the mail about new alarms of one kind in the active language."""
    first = alarms[0]
    lines = [alarm_words(alarm) for alarm in alarms]
    return MailText(subject=str(first), body="\n".join([*lines, "", alarm_fix(first)]))


def _clear_text(alarms: Sequence[HealthAlarm]) -> MailText:
    """Write the mail about alarms of one kind that are over."""
    names = [alarm.did_number.name for alarm in alarms if alarm.did_number]
    return MailText(
        subject=_("All clear: %(what)s") % {"what": alarms[0]},
        body="\n".join([_("This is over:"), str(alarms[0]), *names]),
    )
