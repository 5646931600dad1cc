"""When NXCloud last reached us about a DID number: a wrong webhook address shows at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from django.db.models import DateTimeField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, NullIf

from messaging.models import Push

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.db.models.expressions import Combinable

    from messaging.models import DidNumber

_NEVER: Final = Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=DateTimeField())


def with_last_heard(numbers: QuerySet[DidNumber]) -> QuerySet[DidNumber]:
    """Add to each DID number when it was last heard of; None means never yet.

    ``last_inbound_at`` and ``last_receipt_at`` of these kinds of push, ``last_heard_at`` of any.
    """
    last = {kind: _last(kind) for kind in Push.Kind}
    latest = Greatest(*(Coalesce(found, _NEVER) for found in last.values()))
    return numbers.annotate(
        last_inbound_at=last[Push.Kind.INBOUND],
        last_receipt_at=last[Push.Kind.RECEIPT],
        last_heard_at=NullIf(latest, _NEVER),
    )


def _last(kind: Push.Kind) -> Combinable:
    rows = Push.objects.filter(did_number=OuterRef("pk"), kind=kind.value)
    return Subquery(
        rows.order_by("-received_at").values("received_at")[:1], output_field=DateTimeField()
    )
