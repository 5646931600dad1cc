"""Give what went wrong before there were codes a code."""

from django.db import migrations
from django.db.models import F

#: Statuses of messages that can have an error.
STATUSES = ["queued", "failed", "unconfirmed", "undelivered", "blocked", "canceled"]
#: How a stored sentence begins, and its code.
SENTENCES = {
    "The contact opted out before it was sent.": "opted_out",
    "The number was switched off before it was sent.": "number_inactive",
    "It could not be sent in time, and was not sent late.": "too_old",
    "Canceled: they wrote first.": "they_wrote",
    "Canceled by ": "canceled",
    "The program stopped while it was being sent": "worker_lost",
    "Not delivered; the carrier gave no reason.": "not_delivered",
    "The provider could not be reached; nothing was sent.": "unreachable",
    "The program was stopped before it could send it": "worker_stopped",
    "The provider is busy; it will be tried again.": "busy",
    "The connection broke before the provider answered": "no_answer",
    "The provider's answer does not say whether it was sent.": "no_answer",
    "The provider's answer contradicts itself": "no_answer",
    "Something unforeseen happened while it was sent.": "no_answer",
    "The provider refused it (HTTP ": "refused",
}


def fill(apps, schema_editor):
    messages = apps.get_model("messaging", "Message").objects.filter(
        status__in=STATUSES, error_code__isnull=True
    ).exclude(error="")
    of_the_provider = messages.filter(status__in=["queued", "failed"])
    of_the_provider.exclude(provider_code__in=["", "0"]).update(error_code=F("provider_code"))
    for beginning, code in SENTENCES.items():
        messages.filter(error__startswith=beginning).update(error_code=code)
    messages.update(error_code="other")


class Migration(migrations.Migration):
    dependencies = [("messaging", "0031_message_error_code")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
