"""Turn what stood beside an event, an opt-out's end and a push's reason into facts by name.

Portions are committed one by one, and the whole may be run again: the texts are there until the end.
"""

import re
from datetime import datetime

from django.db import migrations

AT_ONCE = 500
#: What stood in an event's detail, by its kind.
NAMES = {
    "labeled": "label",
    "unlabeled": "label",
    "renamed": "name",
    "number_changed": "words",
}
OF_ALL_NUMBERS = {"opted_out", "blocked", "unblocked"}
#: The one sentence of ours; a person's own words stand there too.
THEY_WROTE = re.compile(r"They wrote (.{1,40})\.", re.DOTALL)


def in_portions(rows):
    """Yield the rows in portions by their primary key."""
    last = 0
    while portion := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield portion
        last = portion[-1].pk


def facts_of(*, kind, detail, actor_id):
    """Return the facts that an event's detail stood for."""
    if kind in NAMES:
        return {NAMES[kind]: detail}
    if kind in OF_ALL_NUMBERS and detail == "all":
        return {"is_for_all_numbers": True}
    if kind == "opted_in":
        keyword = THEY_WROTE.fullmatch(detail) if actor_id is None else None
        return {"keyword": keyword[1]} if keyword else {"reason": detail}
    if kind == "snoozed" and _is_time(detail):
        return {"until": detail}
    if kind == "dealt_with" and detail.isascii() and detail.isdigit():
        return {"message_id": int(detail)}
    return {"text": detail}


def _is_time(text):
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def fill(apps, schema_editor):
    events = apps.get_model("messaging", "ConversationEvent").objects
    rows = events.exclude(detail="").only("kind", "detail", "actor_id", "facts")
    for portion in in_portions(rows):
        for event in portion:
            event.facts = facts_of(kind=event.kind, detail=event.detail, actor_id=event.actor_id)
        events.bulk_update(portion, ["facts"])
    ended = apps.get_model("messaging", "OptOut").objects.filter(
        ended_at__isnull=False, ended_by__isnull=True
    )
    for portion in in_portions(ended):
        for opt_out in portion:
            if keyword := THEY_WROTE.fullmatch(opt_out.end_reason):
                opt_out.end_keyword, opt_out.end_reason = keyword[1], ""
                opt_out.save(update_fields=["end_keyword", "end_reason"])
    pushes = apps.get_model("messaging", "Push").objects.filter(
        outcome="quarantined", reason__startswith="exception "
    )
    for portion in in_portions(pushes.only("reason", "exception")):
        for push in portion:
            push.exception = push.reason.removeprefix("exception ")[:100]
            push.reason = "exception"
        apps.get_model("messaging", "Push").objects.bulk_update(portion, ["exception", "reason"])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messaging", "0083_event_facts")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveField("conversationevent", "detail"),
    ]
