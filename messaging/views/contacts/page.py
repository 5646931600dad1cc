"""The page of one contact: what is known, where, and all of it as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from messaging.forms.contact import ContactForm
from messaging.models import Conversation, is_administrator
from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere, refusal
from messaging.services.contacts.contacts import edit_contact
from messaging.services.contacts.known_contacts import conversation_to_edit
from messaging.services.contacts.legal_holds import hold_over
from messaging.services.contacts.merged_people import other_numbers
from messaging.services.content.field_values import FieldReader
from messaging.services.errors import InvalidInput, MessagingError
from messaging.services.privacy.export import export_contact, export_person
from messaging.views.shared.contact_fields import typed_fields, typed_inputs
from messaging.views.shared.responses import signed_in
from messaging.views.shared.toasts import complain, say

from .known import contact_for

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

    from messaging.models import Contact


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, shown: int) -> HttpResponse:
    """Show a contact, and change what is known of it."""
    user, row = signed_in(request), contact_for(request, shown)
    thread = conversation_to_edit(contact=row, user=user)
    before = {name: getattr(row, name) for name in ("name", "email", "language")}
    form = ContactForm(request.POST or None, instance=row)
    del form.fields["memo"]
    reader = FieldReader()
    inputs = reader.inputs_for(row)
    error = ""
    if request.method == "POST":
        if thread is None:
            raise PermissionDenied(refusal())
        inputs = typed_inputs(request, inputs)
        if form.is_valid():
            try:
                edit_contact(
                    contact=row,
                    conversation=thread,
                    by=user,
                    at=timezone.now(),
                    fields=typed_fields(request, reader=reader, before=row.fields),
                    **form.cleaned_data,
                )
            except InvalidInput as refused:
                error = refused.user_message
            except MessagingError as refused:
                complain(request, refused.user_message)
                return redirect("contact", shown)
            else:
                say(request, _("Contact saved."))
                return redirect("contact", shown)
    numbers = [row, *other_numbers([row.pk], user=user).get(row.pk, [])]
    context = {
        "contact": row,
        "title": before["name"] or row.formatted,
        "before": before,
        "form": form if thread is not None else None,
        "inputs": inputs,
        "error": error,
        "shown_fields": reader.further(row) if thread is not None else reader.shown(row),
        "numbers": _with_threads(numbers, user=user),
        "has_several": len(numbers) > 1,
        "may_merge": thread is not None,
        "may_export": may_somewhere(Action.EXPORT, user=user),
        "may_erase": is_administrator(user),
        "hold": hold_over(contact_id=row.pk) if is_administrator(user) else None,
    }
    return render(
        request, "contacts/page.html", context, status=422 if form.errors or error else 200
    )


def _with_threads(
    numbers: list[Contact], *, user: User
) -> list[tuple[Contact, list[Conversation]]]:
    """Return each number of a person with its conversations that a reader sees, newest first."""
    threads: dict[int, list[Conversation]] = {row.pk: [] for row in numbers}
    found = Conversation.objects.visible_to(user).filter(contact__in=threads)
    for thread in found.select_related("did_number").order_by("-last_activity_at"):
        threads[thread.contact_id].append(thread)
    return [(row, threads[row.pk]) for row in numbers]


@login_required
@never_cache
@require_safe
def export(request: HttpRequest, shown: int) -> HttpResponse:
    """Download everything that is held about a contact and that the reader may see."""
    row = contact_for(request, shown)
    one_number = request.GET.get("numbers") == "one"
    take = export_contact if one_number else export_person
    found = take(contact=row, by=signed_in(request), at=timezone.now())
    if found is None:
        raise PermissionDenied(refusal())
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    name = f"contact-{shown}-{timezone.localdate():%Y-%m-%d}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
