"""Merge a contact with another one, after a look at what becomes of both; and separate them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from messaging.services.access.permissions import refusal
from messaging.services.audit.searches import record_search
from messaging.services.contacts.known_contacts import contacts_known_to
from messaging.services.contacts.merge import (
    may_edit_all,
    merge_contacts,
    parting_of,
    separate_contacts,
    values_after_merge,
)
from messaging.services.contacts.merged_people import (
    named_like_any_number,
    one_entry_each,
    other_numbers,
)
from messaging.services.contacts.shared_values import SharedValues
from messaging.services.content.field_values import FieldReader
from messaging.services.errors import MessagingError
from messaging.views.shared.responses import parse_positive_int, signed_in
from messaging.views.shared.toasts import complain, say

from .known import contact_for
from .lists import LONGEST_SEARCH

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

    from messaging.models import Contact

#: Contacts to choose from.
MOST_OFFERED: Final = 20
#: In a form: the name of which contact is kept.
THIS, OTHER = "this", "other"


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, shown: int) -> HttpResponse:
    """Choose the other contact, look at what becomes of both, and merge them."""
    user, row = signed_in(request), contact_for(request, shown)
    given = request.POST if request.method == "POST" else request.GET
    if not may_edit_all([[row.pk]], user=user):
        raise PermissionDenied(refusal())
    with_id = parse_positive_int(given.get("with"))
    if with_id is None:
        return _choose(request, row, user=user)
    other = contact_for(request, with_id)
    if not may_edit_all([[other.pk]], user=user):
        raise PermissionDenied(refusal())
    keeps_other = given.get("keep") == OTHER
    kept, joined = (other, row) if keeps_other else (row, other)
    error = ""
    if request.method == "POST":
        try:
            merge_contacts(kept=kept, joined=joined, by=user, at=timezone.now())
        except MessagingError as refused:
            error = refused.user_message
        else:
            say(request, _("Contacts merged."))
            return redirect("contact", shown)
    others = other_numbers([kept.pk, joined.pk], user=user)
    after = values_after_merge(kept=kept, joined=joined)
    context = {
        "contact": row,
        "other": other,
        "keep": OTHER if keeps_other else THIS,
        "kept": kept,
        "joined": joined,
        "kept_numbers": [kept, *others.get(kept.pk, [])],
        "joined_numbers": [joined, *others.get(joined.pk, [])],
        "after": after,
        "after_fields": FieldReader().shown_values(after.fields),
        "error": error,
    }
    return render(request, "contacts/merge.html", context, status=409 if error else 200)


def _choose(request: HttpRequest, row: Contact, *, user: User) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    own = [row.pk, *(other.pk for other in other_numbers([row.pk], user=user).get(row.pk, []))]
    found: Any = one_entry_each(contacts_known_to(user), user=user).exclude(pk__in=own)
    if text:
        record_search(user=user, text=text, at=timezone.now(), where="contacts")
        found = found.filter(named_like_any_number(text, user=user))
    elif row.name:
        found = found.filter(name=row.name)
    else:
        found = found.none()
    context = {
        "contact": row,
        "q": text,
        "found": list(found.order_by("-shown_id")[:MOST_OFFERED]),
    }
    return render(request, "contacts/merge_choose.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def separate(request: HttpRequest, shown: int) -> HttpResponse:
    """Show what each contact will be again, and separate them."""
    user, row = signed_in(request), contact_for(request, shown)
    if not may_edit_all([[row.pk]], user=user):
        raise PermissionDenied(refusal())
    parting = parting_of(row, user=user)
    if parting is None:
        raise Http404
    if not may_edit_all([parting.kept, parting.joined], user=user):
        raise PermissionDenied(refusal())
    if request.method == "POST":
        # Sent twice, or after somebody else's merge, it must not take back another one.
        looked_at = request.POST.get("merged", "")
        try:
            separate_contacts(contact=row, by=user, at=timezone.now(), merged_at=looked_at)
        except MessagingError as refused:
            complain(request, refused.user_message)
        else:
            say(request, _("Contacts separated."))
        return redirect("contact", shown)
    known = {each.pk: each for each in [row, *other_numbers([row.pk], user=user).get(row.pk, [])]}
    reader = FieldReader()
    sides = []
    for side in (parting.kept, parting.joined):
        # What was one person before has the same values for all numbers: they are shown once.
        alike: list[tuple[list[Contact], SharedValues, list[tuple[str, str]]]] = []
        for each in (known[pk] for pk in side if pk in known):
            values = _values_before(parting.before.get(each.pk), now=each)
            if alike and alike[-1][1] == values:
                alike[-1][0].append(each)
            else:
                alike.append(([each], values, reader.shown_values(values.fields)))
        sides.append(alike)
    context = {"contact": row, "sides": sides, "merged_at": parting.merged_at}
    return render(request, "contacts/separate.html", context)


def _values_before(before: dict[str, Any] | None, *, now: Contact) -> SharedValues:
    """Return what a contact will have again; what it has where nothing is restored."""
    if before is None:
        return SharedValues.of(now)
    return SharedValues(**{name: before[name] for name in SharedValues().as_json()})
