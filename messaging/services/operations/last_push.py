"""When NXCloud last reached us about a DID number: a wrong webhook address shows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import OuterRef, Subquery

from messaging.models import Push

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from messaging.models import DidNumber


def with_last_heard(numbers: QuerySet[DidNumber]) -> QuerySet[DidNumber]:
    """Add ``last_heard_at`` to each DID number; None means never yet."""
    last = Push.objects.filter(did_number=OuterRef("pk")).order_by("-received_at")
    return numbers.annotate(last_heard_at=Subquery(last.values("received_at")[:1]))
