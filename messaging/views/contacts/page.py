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
from messaging.services.errors import MessagingError
from messaging.services.privacy.export import export_contact
from messaging.views.shared.responses import signed_in
from messaging.views.shared.toasts import complain, say

from .known import contact_for

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


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
    if request.method == "POST":
        if thread is None:
            raise PermissionDenied(refusal())
        if form.is_valid():
            try:
                edit_contact(
                    contact=row,
                    conversation=thread,
                    by=user,
                    at=timezone.now(),
                    **form.cleaned_data,
                )
            except MessagingError as error:
                complain(request, error.user_message)
            else:
                say(request, _("Contact saved."))
            return redirect("contact", shown)
    context = {
        "contact": row,
        "title": before["name"] or row.formatted,
        "before": before,
        "form": form if thread is not None else None,
        "conversations": Conversation.objects.visible_to(user)
        .filter(contact=row)
        .select_related("did_number")
        .order_by("-last_activity_at"),
        "may_export": may_somewhere(Action.EXPORT, user=user),
        "may_erase": is_administrator(user),
    }
    return render(request, "contacts/page.html", context, status=422 if form.errors else 200)


@login_required
@never_cache
@require_safe
def export(request: HttpRequest, shown: int) -> HttpResponse:
    """Download everything that is held about a contact and that the reader may see."""
    row = contact_for(request, shown)
    found = export_contact(contact=row, by=signed_in(request), at=timezone.now())
    if found is None:
        raise PermissionDenied(refusal())
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    name = f"contact-{shown}-{timezone.localdate():%Y-%m-%d}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
