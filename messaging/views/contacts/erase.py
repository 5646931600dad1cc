"""Erase a contact: first what would go, then the number typed as a confirmation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from messaging.models import is_administrator
from messaging.phone_numbers import lookup_keys
from messaging.services.access.permissions import refusal
from messaging.services.contacts.legal_holds import OnLegalHold, hold_over
from messaging.services.contacts.merged_people import other_numbers
from messaging.services.errors import WrongState
from messaging.services.privacy.erasure import count_personal_data, erase_contact, erase_person
from messaging.views.account.proof import ask_for_proof
from messaging.views.shared.responses import signed_in
from messaging.views.shared.toasts import say

from .known import contact_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from messaging.models import Contact

#: Characters; no number is longer.
LONGEST_TYPED = 64


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, shown: int) -> HttpResponse:
    """Show how much would go; erase it once the number was typed."""
    user = signed_in(request)
    if not is_administrator(user):
        raise PermissionDenied(refusal())
    row, error = contact_for(request, shown), ""
    others = other_numbers([row.pk], user=user).get(row.pk, [])
    takes_all = request.POST.get("numbers", "all") == "all"
    hold = hold_over(contact_id=row.pk)
    if hold is not None:
        return _on_hold(request, row, OnLegalHold(hold))
    if request.method == "POST" and (asked := ask_for_proof(request)):
        return asked
    if request.method == "POST":
        if not _is_number_of(row, request.POST.get("number", "")):
            error = _("This isn’t the number of this contact.")
        else:
            try:
                take_out = erase_person if takes_all else erase_contact
                take_out(contact=row, by=user, at=timezone.now())
            except WrongState as refused:
                error = refused.user_message
            else:
                say(request, _("This contact was erased."))
                return redirect("contacts")
    counts = Counter(count_personal_data(row))
    for other in others:
        counts.update(count_personal_data(other))
    context = {
        "contact": row,
        "others": others,
        "numbers": [row, *others],
        "takes_all": takes_all,
        "error": error,
        "counts": _in_words(dict(counts)),
    }
    return render(request, "contacts/erase.html", context, status=422 if error else 200)


def _on_hold(request: HttpRequest, contact: Contact, hold: OnLegalHold) -> HttpResponse:
    """Say before anybody proves or types anything that nothing can be erased."""
    context = {"contact": contact, "hold": hold}
    is_refused = request.method == "POST"
    return render(request, "contacts/erase.html", context, status=422 if is_refused else 200)


def _is_number_of(contact: Contact, typed: str) -> bool:
    text = typed.strip()
    if not text or len(text) > LONGEST_TYPED:
        return False
    return contact.phone_key in lookup_keys(text) or text == contact.phone


def _in_words(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return what goes by its name, in the reader's language."""
    names = {
        "messages": _("Messages"),
        "canceled": _("Waiting messages, canceled first"),
        "conversations": _("Conversations, emptied and closed"),
        "notes": _("Internal notes"),
        "contact_notes": _("Contact notes"),
        "drafts": _("Drafts"),
        "events": _("Lines of history"),
        "opt_outs": _("Opt-outs; they still hold"),
        "pushes": _("Raw pushes"),
        "audit_entries": _("Audit entries, without name and number"),
    }
    return [(name, counts[key]) for key, name in names.items()]
