"""What staff do with a conversation: one small POST each, with a way back where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.models import Label, Message
from messaging.services import conversations, opt_outs
from messaging.services.contacts import block_contact, edit_contact, unblock_contact
from messaging.services.errors import InvalidInput, MessagingError
from messaging.services.handing_over import hand_over
from messaging.services.labels import add_label, remove_label
from messaging.services.notifying import see_notifications
from messaging.services.people import name_of
from messaging.services.presence import leave, note_presence
from messaging.services.read_marks import mark_read, mark_unread
from messaging.services.reverting import State, state_of, undo, undo_token
from messaging.services.times import parse_time, say_time
from messaging.services.undo import Undo

from .answering import conversation_for, done, refused, wants_json, whole_number
from .personal import zone_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from messaging.models import Conversation


def _way_out(request: HttpRequest, conversation: Conversation, before: State) -> Undo:
    return Undo(
        url=reverse("conversation-undo", args=[conversation.pk]),
        fields=(("token", undo_token(before=before, user=request.user)),),  # type: ignore[arg-type]
    )


@login_required
@require_POST
def take_back(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Undo what was just done."""
    conversation = conversation_for(request, conversation_id)
    try:
        undo(
            conversation=conversation,
            token=request.POST.get("token", ""),
            user=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )
    except MessagingError as error:
        return refused(request, conversation, error, status=409)
    return done(request, conversation, text=_("Undone."))


@login_required
@require_POST
def presence(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Note that somebody looks at the conversation, types in it, or leaves it."""
    conversation = conversation_for(request, conversation_id)
    user: User = request.user  # type: ignore[assignment]
    if request.POST.get("leaves"):
        leave(conversation=conversation, user=user)
    else:
        note_presence(
            conversation=conversation,
            user=user,
            at=timezone.now(),
            is_replying=bool(request.POST.get("replying")),
        )
    return HttpResponse(status=204)


@login_required
@require_POST
def read(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Note up to which message a person has seen the conversation."""
    conversation = conversation_for(request, conversation_id)
    user: User = request.user  # type: ignore[assignment]
    newest = conversation.last_message_id or 0
    up_to = min(whole_number(request.POST.get("up_to")) or newest, newest)
    mark_read(conversation=conversation, user=user, up_to_id=up_to)
    see_notifications(conversation=conversation, user=user, at=timezone.now())
    if wants_json(request):
        return HttpResponse(status=204)
    return done(request, conversation)


@login_required
@require_POST
def unread(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Make the last inbound message unread again, for this person."""
    conversation = conversation_for(request, conversation_id)
    mark_unread(conversation=conversation, user=request.user)  # type: ignore[arg-type]
    return done(request, conversation, text=_("Marked as unread."), stays_unread=True)


@login_required
@require_POST
def assign(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take it, give it to a colleague (with a note), or to nobody."""
    conversation = conversation_for(request, conversation_id)
    user: User = request.user  # type: ignore[assignment]
    wanted = request.POST.get("assignee", "")
    if wanted in {"", "none"}:
        to = None
    elif wanted == "me":
        to = user
    else:
        to = User.objects.filter(pk=whole_number(wanted) or 0).first()
        if to is None:
            error = InvalidInput(_("This colleague does not exist."), field="assignee")
            return refused(request, conversation, error)
    before = state_of(conversation_id=conversation.pk)
    try:
        hand_over(
            conversation=conversation,
            to=to,
            by=user,
            at=timezone.now(),
            note=request.POST.get("note", ""),
        )
    except InvalidInput as error:
        return refused(request, conversation, error)
    if to is None:
        text = _("Nobody is assigned now.")
    elif to == user:
        text = _("Assigned to you.")
    else:
        text = _("Assigned to %(name)s.") % {"name": name_of(to)}
    return done(request, conversation, text=text, undo=_way_out(request, conversation, before))


@login_required
@require_POST
def close(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Close it."""
    conversation = conversation_for(request, conversation_id)
    before = state_of(conversation_id=conversation.pk)
    conversations.close(conversation=conversation, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return done(
        request, conversation, text=_("Closed."), undo=_way_out(request, conversation, before)
    )


@login_required
@require_POST
def reopen(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Open it again."""
    conversation = conversation_for(request, conversation_id)
    before = state_of(conversation_id=conversation.pk)
    conversations.reopen(conversation=conversation, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return done(
        request, conversation, text=_("Open again."), undo=_way_out(request, conversation, before)
    )


@login_required
@require_POST
def snooze(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put it away until a time, or until they write."""
    conversation = conversation_for(request, conversation_id)
    at, zone = timezone.now(), zone_of(request)
    before = state_of(conversation_id=conversation.pk)
    try:
        until = parse_time(request.POST.get("when", ""), at=at, zone=zone)
        conversations.snooze(
            conversation=conversation,
            until=until,
            by=request.user,  # type: ignore[arg-type]
            at=at,
        )
    except InvalidInput as error:
        return refused(request, conversation, error)
    return done(
        request,
        conversation,
        text=_("Snoozed until %(time)s.") % {"time": say_time(until, zone=zone)},
        undo=_way_out(request, conversation, before),
    )


@login_required
@require_POST
def settle(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Say that no reply is needed."""
    conversation = conversation_for(request, conversation_id)
    before = state_of(conversation_id=conversation.pk)
    conversations.need_no_reply(
        conversation=conversation,
        by=request.user,  # type: ignore[arg-type]
        at=timezone.now(),
    )
    return done(
        request,
        conversation,
        text=_("No reply needed."),
        undo=_way_out(request, conversation, before),
    )


@login_required
@require_POST
def labels(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put one label on or take it off, or set all of them."""
    conversation = conversation_for(request, conversation_id)
    user: User = request.user  # type: ignore[assignment]
    at = timezone.now()
    before = state_of(conversation_id=conversation.pk)
    if "add" in request.POST or "remove" in request.POST:
        adding = whole_number(request.POST.get("add"))
        removing = whole_number(request.POST.get("remove"))
        to_add = list(Label.objects.filter(pk=adding or 0))
        to_remove = list(Label.objects.filter(pk=removing or 0))
    else:
        ids = {number for text in request.POST.getlist("label") if (number := whole_number(text))}
        wanted, now = set(Label.objects.filter(pk__in=ids)), set(conversation.labels.all())
        to_add, to_remove = list(wanted - now), list(now - wanted)
    for label in to_add:
        add_label(conversation=conversation, label=label, by=user, at=at)
    for label in to_remove:
        remove_label(conversation=conversation, label=label, by=user, at=at)
    if not to_add and not to_remove:
        return done(request, conversation)
    return done(
        request,
        conversation,
        text=_("Labels changed."),
        undo=_way_out(request, conversation, before),
    )


@login_required
@require_POST
def contact(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Change what we know of the contact."""
    from messaging.forms.contact import ContactForm

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
        by=request.user,  # type: ignore[arg-type]
        at=timezone.now(),
        **{name: form.cleaned_data[name] for name in given},
    )
    return done(request, conversation, text=_("Contact saved."))


@login_required
@require_POST
def opt_out(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Record that the contact wants no messages; from a suggestion, with its proof."""
    conversation = conversation_for(request, conversation_id)
    user: User = request.user  # type: ignore[assignment]
    proof = None
    if number := whole_number(request.POST.get("message")):
        proof = Message.objects.inbound().filter(pk=number, conversation=conversation).first()
    opt_outs.record_opt_out(
        conversation=conversation,
        at=timezone.now(),
        message=proof,
        by=user,
        is_for_all_numbers=bool(request.POST.get("all_numbers")),
    )
    if proof is not None:
        Message.objects.filter(pk=proof.pk).update(attention_cleared_at=timezone.now())
    return done(
        request, conversation, text=_("Opted out: nothing is sent to this contact from here.")
    )


@login_required
@require_POST
def opt_in(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """End the opt-out, with the reason."""
    conversation = conversation_for(request, conversation_id)
    user: User = request.user  # type: ignore[assignment]
    try:
        opt_outs.end_opt_outs(
            conversation=conversation,
            reason=request.POST.get("reason", ""),
            at=timezone.now(),
            by=user,
        )
    except InvalidInput as error:
        return refused(request, conversation, error)
    return done(request, conversation, text=_("This contact may be written to again."))


@login_required
@require_POST
def dismiss_suggestion(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Say that a message that came near an opt-out was none."""
    conversation = conversation_for(request, conversation_id)
    Message.objects.inbound().filter(
        pk=whole_number(request.POST.get("message")) or 0, conversation=conversation
    ).update(attention_cleared_at=timezone.now())
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
        by=request.user,  # type: ignore[arg-type]
        at=timezone.now(),
    )
    token = undo_token(before=before, user=request.user)  # type: ignore[arg-type]
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
    user: User = request.user  # type: ignore[assignment]
    unblock_contact(
        contact=conversation.contact, conversation=conversation, by=user, at=timezone.now()
    )
    if token := request.POST.get("revert"):
        try:
            undo(conversation=conversation, token=token, user=user, at=timezone.now())
        except MessagingError as error:
            return refused(request, conversation, error, status=409)
    return done(request, conversation, text=_("No longer blocked."))
