"""The list of contacts: those that its reader knows, newest first, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere
from messaging.services.audit.searches import record_search
from messaging.services.contacts.known_contacts import contacts_known_to
from messaging.services.contacts.merged_people import (
    named_like_any_number,
    one_entry_each,
    other_numbers,
)
from messaging.views.shared.responses import parse_positive_int, signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGE: Final = 50
#: Of a person with several; the others are counted (templates/contacts/list.html).
NUMBERS_SHOWN: Final = 2
#: Characters of a search; nobody types more.
LONGEST_SEARCH: Final = 200


@login_required
@never_cache
@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    """Show one page of the contacts that fit."""
    user = signed_in(request)
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    before = parse_positive_int(request.GET.get("before"))
    rows: Any = one_entry_each(
        contacts_known_to(user), user=user
    )  # with annotations, which the types do not know
    if text:
        record_search(user=user, text=text, at=timezone.now(), where="contacts")
        rows = rows.filter(named_like_any_number(text, user=user))
    if before:
        rows = rows.filter(shown_id__lt=before)
    found = list(rows.order_by("-shown_id")[: PAGE + 1])
    others: Any = other_numbers((row.pk for row in found), user=user)
    for row in found:
        row.numbers = [row, *others.get(row.pk, [])]
        row.further_numbers = max(len(row.numbers) - NUMBERS_SHOWN, 0)
        row.is_any_blocked = any(each.is_blocked_somewhere for each in row.numbers)
        row.is_any_opted_out = any(each.has_opted_out for each in row.numbers)
    more = ""
    if len(found) > PAGE:
        query = {"q": text} if text else {}
        more = urlencode({**query, "before": found[PAGE - 1].shown_id})
    context = {
        "contacts": found[:PAGE],
        "q": text,
        "is_first": not before,
        "more": more,
        "may_import": may_somewhere(Action.IMPORT, user=user),
        "may_add": may_somewhere(Action.EDIT_CONTACTS, user=user),
    }
    return render(request, "contacts/list.html", context)
