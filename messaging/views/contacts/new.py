"""The form for a new contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from messaging.forms.contact import NewContactForm
from messaging.models import Conversation
from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere, refusal
from messaging.services.contacts.new_contact import add_contact
from messaging.services.content.field_values import FieldReader
from messaging.services.errors import InvalidInput
from messaging.views.shared.contact_fields import typed_fields, typed_inputs
from messaging.views.shared.responses import signed_in
from messaging.views.shared.toasts import say

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Show the form, and add the contact."""
    user = signed_in(request)
    if not may_somewhere(Action.EDIT_CONTACTS, user=user):
        raise PermissionDenied(refusal())
    form = NewContactForm(request.POST or None, user=user)
    reader = FieldReader()
    error = ""
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            conversation = add_contact(
                did_number=values.pop("number"),
                by=user,
                at=timezone.now(),
                fields=typed_fields(request, reader=reader, before={}),
                **values,
            )
        except InvalidInput as refused:
            if refused.field in form.fields:
                form.add_error(refused.field, refused.user_message)
            else:
                error = refused.user_message
        else:
            say(request, _("Contact added."))
            is_theirs = Conversation.objects.visible_to(user).filter(pk=conversation.pk)
            if not is_theirs.exists():  # it is a colleague's
                return redirect("contacts")
            return redirect("conversation", "all", conversation.pk)
    status = 422 if form.errors or error else 200
    inputs = typed_inputs(request, reader.inputs_for(None))
    return render(
        request,
        "contacts/new.html",
        {"form": form, "inputs": inputs, "error": error},
        status=status,
    )
