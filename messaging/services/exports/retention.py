"""How long files of exports are kept; which of them go when a person or a text is hidden."""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from messaging.models import ExportJob, ExportPart

if TYPE_CHECKING:
    from datetime import datetime

    from messaging.models import Contact

#: After this an export is deleted with its files.
KEPT_FOR: Final = timedelta(days=3)
#: Parts of one statement.
BATCH: Final = 50


def forget_exports(*, at: datetime) -> int:
    """Delete the exports that are kept no longer; return how many.

    Args:
        at: now, aware UTC.
    """
    old = ExportJob.objects.filter(created_at__lt=at - KEPT_FOR)
    count = 0
    for job in old:
        while keys := list(ExportPart.objects.filter(job=job).values_list("pk", flat=True)[:BATCH]):
            ExportPart.objects.filter(pk__in=keys).delete()
        job.delete()
        count += 1
    return count


def exports_holding(contact: Contact) -> list[int]:
    """Return the ids of exports in whose files a contact is: each row has its number.

    Those at work are among them: what they read before the contact is erased they may store, and
    be done, while the others are looked through.
    """
    mark = contact.written_out.encode()
    running = ExportJob.objects.filter(state=ExportJob.State.RUNNING)
    found = set(running.values_list("pk", flat=True))
    for part in ExportPart.objects.order_by("pk").iterator(chunk_size=4):
        if part.job_id not in found and mark in zlib.decompress(bytes(part.packed)):
            found.add(part.job_id)
    return sorted(found)


def erase_exports(jobs: list[int]) -> int:
    """Delete the files of some exports, and stop those at work; must run in a transaction.

    Those at work may have read what is to be hidden, and not stored it yet.

    Returns:
        How many exports there were.
    """
    running = ExportJob.objects.filter(state=ExportJob.State.RUNNING)
    stopped = ExportJob.objects.filter(pk__in=[*jobs, *running.values_list("pk", flat=True)])
    count = stopped.update(
        state=ExportJob.State.FAILED, error="contact_erased", finished_at=timezone.now()
    )
    ExportPart.objects.filter(job__state=ExportJob.State.FAILED).delete()
    return count
