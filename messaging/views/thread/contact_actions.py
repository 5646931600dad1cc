"""What staff do with a contact: edit, opt out and in, block; told in one conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.forms.contact import ContactForm
from messaging.models import Conversation, DidNumber
from messaging.policy import Action
from messaging.services.contacts.contacts import edit_contact, write_memo
from messaging.services.contacts.opt_outs import end_opt_outs
from messaging.services.content.field_values import FieldReader
from messaging.services.conversations.opt_out_suggestions import (
    dismiss_suggestion,
    opt_out_as_suggested,
)
from messaging.services.conversations.sender_blocks import block_sender, unblock_sender
from messaging.services.conversations.undo import undo
from messaging.services.conversations.undo_form import Undo
from messaging.services.errors import InvalidInput, MessagingError
from messaging.views.shared.contact_fields import typed_fields
from messaging.views.shared.responses import (
    conversation_for,
    done,
    parse_positive_int,
    refused,
    signed_in,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse


@login_required
@require_POST
def contact(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Change what we know of the contact."""
    conversation = conversation_for(request, conversation_id, action=Action.EDIT_CONTACTS)
    form = ContactForm(request.POST, instance=conversation.contact)
    given = [name for name in form.fields if name in request.POST]
    for name in set(form.fields) - set(given):
        del form.fields[name]
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else ""
        error = InvalidInput(f"{label}: {errors[0]}", field=name)
        return refused(request, conversation, error, field=name)
    values = {name: form.cleaned_data[name] for name in given}
    memo = values.pop("memo", None)
    person = conversation.contact
    try:
        fields = typed_fields(request, reader=FieldReader(), before=person.fields)
        if values or fields is not None:
            edit_contact(
                contact=person,
                conversation=conversation,
                by=signed_in(request),
                at=timezone.now(),
                fields=fields,
                **values,
            )
    except InvalidInput as error:
        return refused(request, conversation, error, field=error.field)
    if memo is not None:
        write_memo(conversation=conversation, text=memo)
    return done(request, conversation, text=_("Contact saved."))


@login_required
@require_POST
def opt_out(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Record that the contact wants no messages; from a suggestion, with its proof."""
    conversation = conversation_for(request, conversation_id, action=Action.OPT_OUT)
    opt_out_as_suggested(
        conversation=conversation,
        message_id=parse_positive_int(request.POST.get("message")),
        at=timezone.now(),
        by=signed_in(request),
        is_for_all_numbers=bool(request.POST.get("all_numbers")),
        seen_up_to=parse_positive_int(request.POST.get("seen")),
    )
    return done(request, conversation, text=_("Opt-out recorded. This contact won’t be messaged."))


@login_required
@require_POST
def opt_in(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """End the opt-out, with the reason."""
    conversation = conversation_for(request, conversation_id, action=Action.OPT_OUT)
    try:
        end_opt_outs(
            conversation=conversation,
            reason=request.POST.get("reason", ""),
            at=timezone.now(),
            by=signed_in(request),
        )
    except InvalidInput as error:
        return refused(request, conversation, error)
    return done(request, conversation, text=_("This contact can be messaged again."))


@login_required
@require_POST
def no_opt_out(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Say that a message that came near an opt-out was none."""
    conversation = conversation_for(request, conversation_id, action=Action.OPT_OUT)
    dismiss_suggestion(
        conversation=conversation,
        message_id=parse_positive_int(request.POST.get("message")),
        at=timezone.now(),
    )
    return done(request, conversation)


@login_required
@require_POST
def block(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Block the sender."""
    conversation = conversation_for(request, conversation_id, action=Action.OPT_OUT)
    tokens = block_sender(
        conversation=conversation,
        by=signed_in(request),
        at=timezone.now(),
        is_for_all_numbers=bool(request.POST.get("all_numbers")),
    )
    way_out = Undo(
        url=reverse("conversation-unblock", args=[conversation.pk]),
        fields=tuple(("revert", f"{pk}:{token}") for pk, token in tokens.items()),
    )
    return done(
        request,
        conversation,
        text=_("Sender blocked. New messages are saved, with no alerts."),
        undo=way_out,
    )


@login_required
@require_POST
def unblock(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Undo a block; soon after it, the conversations that it put away too are as they were."""
    conversation = conversation_for(request, conversation_id, action=Action.OPT_OUT)
    user = signed_in(request)
    try:
        unblock_sender(conversation=conversation, by=user, at=timezone.now())
        _put_back(request.POST.getlist("revert"), user=user)
    except MessagingError as error:
        return refused(request, conversation, error, status=409)
    return done(request, conversation, text=_("Sender unblocked."))


def _put_back(texts: list[str], *, user: User) -> None:
    """Open again what a block closed; where a colleague has changed something, that stays.

    Raises:
        MessagingError: the first refusal, after everything else was put back.
    """
    refusal: MessagingError | None = None
    tokens = {
        parse_positive_int(pk): token for pk, _colon, token in (t.partition(":") for t in texts)
    }
    numbers = DidNumber.objects.allowing(user, Action.OPT_OUT).order_by()
    threads = Conversation.objects.visible_to(user).filter(
        pk__in=[pk for pk in tokens if pk], did_number__in=numbers
    )
    for thread in threads.order_by("pk"):
        try:
            undo(conversation=thread, token=tokens[thread.pk], user=user, at=timezone.now())
        except MessagingError as error:
            refusal = refusal or error
    if refusal is not None:
        raise refusal
