"""What staff do with a contact: edit, opt out and in, block; told in one conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.forms.contact import ContactForm
from messaging.services.contacts import block_contact, edit_contact, unblock_contact
from messaging.services.errors import InvalidInput, MessagingError
from messaging.services.opt_outs import end_opt_outs
from messaging.services.reverting import state_of, undo, undo_token
from messaging.services.suggestions import dismiss_suggestion, opt_out_as_suggested
from messaging.services.undo import Undo

from .answering import conversation_for, done, refused, signed_in, whole_number

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@require_POST
def contact(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Change what we know of the contact."""
    conversation = conversation_for(request, conversation_id)
    form = ContactForm(request.POST, instance=conversation.contact)
    given = [name for name in form.fields if name in request.POST]
    for name in set(form.fields) - set(given):
        del form.fields[name]
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else ""
        error = InvalidInput(f"{label}: {errors[0]}", field=name)
        return refused(request, conversation, error, field=name)
    conversation.contact.refresh_from_db()
    edit_contact(
        contact=conversation.contact,
        conversation=conversation,
        by=signed_in(request),
        at=timezone.now(),
        **{name: form.cleaned_data[name] for name in given},
    )
    return done(request, conversation, text=_("Contact saved."))


@login_required
@require_POST
def opt_out(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Record that the contact wants no messages; from a suggestion, with its proof."""
    conversation = conversation_for(request, conversation_id)
    opt_out_as_suggested(
        conversation=conversation,
        message_id=whole_number(request.POST.get("message")),
        at=timezone.now(),
        by=signed_in(request),
        is_for_all_numbers=bool(request.POST.get("all_numbers")),
    )
    return done(
        request, conversation, text=_("Opted out: nothing is sent to this contact from here.")
    )


@login_required
@require_POST
def opt_in(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """End the opt-out, with the reason."""
    conversation = conversation_for(request, conversation_id)
    try:
        end_opt_outs(
            conversation=conversation,
            reason=request.POST.get("reason", ""),
            at=timezone.now(),
            by=signed_in(request),
        )
    except InvalidInput as error:
        return refused(request, conversation, error)
    return done(request, conversation, text=_("This contact may be written to again."))


@login_required
@require_POST
def no_opt_out(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Say that a message that came near an opt-out was none."""
    conversation = conversation_for(request, conversation_id)
    dismiss_suggestion(
        conversation=conversation,
        message_id=whole_number(request.POST.get("message")),
        at=timezone.now(),
    )
    return done(request, conversation)


@login_required
@require_POST
def block(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Block the sender."""
    conversation = conversation_for(request, conversation_id)
    before = state_of(conversation_id=conversation.pk)
    block_contact(
        contact=conversation.contact,
        conversation=conversation,
        by=signed_in(request),
        at=timezone.now(),
    )
    token = undo_token(before=before, user=signed_in(request))
    way_out = Undo(
        url=reverse("conversation-unblock", args=[conversation.pk]), fields=(("revert", token),)
    )
    return done(
        request,
        conversation,
        text=_("Blocked: their messages are kept and no longer ask for attention."),
        undo=way_out,
    )


@login_required
@require_POST
def unblock(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Undo a block; soon after it, the conversation too is as it was."""
    conversation = conversation_for(request, conversation_id)
    user = signed_in(request)
    unblock_contact(
        contact=conversation.contact, conversation=conversation, by=user, at=timezone.now()
    )
    if token := request.POST.get("revert"):
        try:
            undo(conversation=conversation, token=token, user=user, at=timezone.now())
        except MessagingError as error:
            return refused(request, conversation, error, status=409)
    return done(request, conversation, text=_("No longer blocked."))
