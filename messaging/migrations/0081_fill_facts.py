"""Turn the sentences that were stored into codes with facts.

What is none of the sentences of any earlier version stays as it is, as the fact "text". Portions are
committed one by one, and the whole may be run again: the sentences are still there.
"""

from django.db import migrations

from messaging.migrations._old_sentences import KNOWN_CODES, facts_of

AT_ONCE = 500


def in_portions(rows):
    """Yield the rows in portions by their primary key."""
    last = 0
    while portion := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield portion
        last = portion[-1].pk


def reason_of(text, *, code, provider_code):
    """Return the code and the facts of a stored sentence, whatever it says."""
    found = facts_of(text)
    if found is not None:
        return found
    own = code or provider_code
    if own and own == provider_code and own not in KNOWN_CODES | {"0"}:
        # NXCloud's own words for a code that its documentation does not name.
        return own, {"words": text}
    return code or "text", {"text": text}


def fill(apps, schema_editor):
    fill_changes(apps.get_model("messaging", "StatusChange"))
    fill_messages(apps.get_model("messaging", "Message"))
    fill_pauses(apps.get_model("messaging", "QueuePause"))


def fill_changes(model):
    rows = model.objects.exclude(detail="").select_related("message")
    rows = rows.only("detail", "code", "facts", "status", "message__error", "message__provider_code")
    for portion in in_portions(rows):
        for change in portion:
            is_of_message = change.detail == change.message.error
            code, facts = reason_of(
                change.detail,
                code=change.code,
                provider_code=change.message.provider_code if is_of_message else change.code,
            )
            if code == "early_receipt" and change.status == "undelivered":
                code = "not_delivered"
            change.code, change.facts = code[:40], facts or None
        model.objects.bulk_update(portion, ["code", "facts"])
    # It was said in the message only.
    undelivered = model.objects.filter(status="undelivered", detail="", code__isnull=True)
    for portion in in_portions(undelivered.only("pk")):
        rows = model.objects.filter(pk__in=[change.pk for change in portion])
        rows.update(code="not_delivered")


def fill_messages(model):
    rows = model.objects.exclude(error="")
    rows = rows.only("error", "error_code", "error_facts", "provider_code")
    for portion in in_portions(rows):
        for message in portion:
            code, facts = reason_of(
                message.error, code=message.error_code, provider_code=message.provider_code
            )
            message.error_code, message.error_facts = code[:40], facts or None
        model.objects.bulk_update(portion, ["error_code", "error_facts"])


def fill_pauses(model):
    for pause in model.objects.all():
        found = facts_of(pause.reason)
        if found is None:
            pause.facts = {"text": pause.reason}
        elif pause.code != "clock":
            pause.code, pause.facts = found[0][:40], found[1] or None
        pause.save(update_fields=["code", "facts"])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messaging", "0080_facts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
