"""What a typed recipient dials, while somebody types it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from messaging.models import DidNumber
from messaging.policy import Action
from messaging.services.dialing.dialed_number import understand
from messaging.services.dialing.number_errors import named, why
from messaging.services.reports.prices import price_for
from messaging.typed_numbers import MOST_CHARACTERS, Problem

from .composer_data import price_text
from .responses import parse_positive_int, signed_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

    from messaging.services.dialing.dialed_number import Dialed

#: What more typing does not put right, and is said at once.
_SAID_AT_ONCE: Final = {Problem.NOT_PART, Problem.SECOND_NUMBER, Problem.TOO_MUCH_TEXT}


@login_required
@never_cache
@require_GET
def dialed_number(request: HttpRequest) -> HttpResponse:
    """Show the number with its country, or which numbers may be meant."""
    numbers = DidNumber.objects.allowing(request.user, Action.REPLY)
    sender = numbers.filter(pk=parse_positive_int(request.GET.get("sender")) or 0).first()
    phone = request.GET.get("phone", "")[: 2 * MOST_CHARACTERS]
    dialed = understand(phone, sender=sender.number if sender else "")
    context = dialed_context(dialed, sender=sender, user=signed_in(request))
    return render(request, "thread/_dialed.html", context)


def dialed_context(
    dialed: Dialed | None, *, sender: DidNumber | None, user: User, is_asked: bool = False
) -> dict[str, Any]:
    """Return what the part under the field shows.

    Args:
        dialed: what the text dials; None when there is no text yet.
        sender: our number that sends.
        user: who writes.
        is_asked: whether the form was sent: then everything that is wrong is said.
    """
    error = dialed.error if dialed else None
    is_said = error is not None and (
        is_asked or error.problem in _SAID_AT_ONCE or bool(dialed and dialed.choices)
    )
    price = None
    if sender is not None and dialed is not None and dialed.number is not None:
        digits = dialed.number.digits
        price = price_for(digits, did_number_id=sender.pk, user=user, at=timezone.now())
    return {
        "dialed": dialed,
        "price": price_text(price) or "",
        "number_problem": why(error) if error and is_said else "",
        "home": named(sender.number) if sender else None,
        "is_asked": is_asked,
    }
