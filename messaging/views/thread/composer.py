"""What the composer posts: replies, notes, drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.policy import Action
from messaging.services.conversations.drafts import save_draft, store_draft
from messaging.services.conversations.notes import add_note
from messaging.services.conversations.undo_form import Undo
from messaging.services.errors import (
    ClientIdConflict,
    InvalidInput,
    MessagingError,
    OptedOut,
    ThreadMovedOn,
    WrongState,
)
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.reply import Sent, send_and_close, send_reply
from messaging.services.reading.read_marks import mark_read, read_up_to
from messaging.services.times.parser import parse_time, say_time
from messaging.statuses import Status
from messaging.views.shared.composer_data import newer_message, sent_before_the_change
from messaging.views.shared.preferences import zone_of
from messaging.views.shared.responses import (
    conversation_for,
    done,
    parse_positive_int,
    refused,
    signed_in,
    wants_json,
)
from messaging.views.shared.unsent import keeps_text

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from messaging.models import Conversation


@keeps_text("reply")
@require_POST
def reply(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Send, schedule, or send and close."""
    conversation = conversation_for(request, conversation_id, action=Action.REPLY)
    at = timezone.now()
    try:
        sent = _send(request, conversation, at=at)
    except MessagingError as error:
        return _not_sent(request, conversation, error)
    if conversation.last_message_id is None or sent.message.pk > conversation.last_message_id:
        mark_read(conversation=conversation, user=signed_in(request), up_to_id=sent.message.pk)
    return done(
        request,
        conversation,
        text=_what_happened(sent, request),
        message=sent.message.pk,
        status=sent.message.status,
        revert=sent.undo,
        undo=_undo_of(sent, is_plain=not wants_json(request)),
    )


def _send(request: HttpRequest, conversation: Conversation, *, at: datetime) -> Sent:
    send = send_and_close if request.POST.get("then") == "close" else send_reply
    return send(
        _new_message(request, conversation, at=at),
        conversation=conversation,
        user=signed_in(request),
        at=at,
        draft_before=request.POST.get("reply_before"),
    )


def _new_message(request: HttpRequest, conversation: Conversation, *, at: datetime) -> NewMessage:
    send_at = None
    if request.POST.get("schedule"):
        send_at = parse_time(request.POST.get("when", ""), at=at, zone=zone_of(request))
    return NewMessage(
        content=request.POST.get("reply", ""),
        client_id=request.POST.get("client_id", "")[:100] or None,
        last_seen_id=_last_seen(request, conversation),
        send_at=send_at,
        cancel_if_they_write=bool(request.POST.get("cancel_if_they_write")),
        is_held=True,
    )


def _last_seen(request: HttpRequest, conversation: Conversation) -> int | None:
    """Return the newest message that the page says it has shown; None where it says nothing."""
    text = request.POST.get("last_seen_id")
    shown = parse_positive_int(text)
    if text is None or shown is not None:
        return shown
    # It cannot be read: then what this person has read stands for it.
    return read_up_to(conversation=conversation, user=signed_in(request))


def _what_happened(sent: Sent, request: HttpRequest) -> str:
    if sent.message.status == Status.SCHEDULED and sent.message.send_at:
        return _("Scheduled for %(time)s.") % {
            "time": say_time(sent.message.send_at, zone=zone_of(request))
        }
    if sent.undo:
        return _("Sent, and the conversation is closed.")
    # The script counts the seconds down in the thread.
    return "" if wants_json(request) else _("Sending in a few seconds.")


def _undo_of(sent: Sent, *, is_plain: bool) -> Undo | None:
    if sent.message.status == Status.SCHEDULED:
        return Undo(url=reverse("message-cancel", args=[sent.message.pk]))
    if sent.undo:
        return Undo(
            url=reverse("message-cancel", args=[sent.message.pk]), fields=(("revert", sent.undo),)
        )
    if is_plain and sent.message.status == Status.HELD:
        return Undo(url=reverse("message-cancel", args=[sent.message.pk]))
    return None


def _not_sent(
    request: HttpRequest, conversation: Conversation, error: MessagingError
) -> HttpResponse:
    """Keep the text as the draft, so that the composer of the page that follows shows it."""
    content = request.POST.get("reply", "")
    store_draft(conversation=conversation, user=signed_in(request), reply=content)
    facts: dict[str, Any] = {}
    status = 422
    if isinstance(error, ThreadMovedOn):
        status = 409
        facts["newer"] = [newer_message(message) for message in error.newer]
    elif isinstance(error, ClientIdConflict):
        status = 409
        error.user_message = sent_before_the_change()
    elif isinstance(error, OptedOut):
        error.user_message = _("Not sent: this contact has opted out of messages from this number.")
    return refused(request, conversation, error, status=status, **facts)


@keeps_text("note")
@require_POST
def note(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Write an internal note."""
    conversation = conversation_for(request, conversation_id, action=Action.ORGANIZE)
    content = request.POST.get("note", "")
    try:
        written, _is_new = add_note(
            conversation=conversation,
            author=signed_in(request),
            content=content,
            at=timezone.now(),
            client_id=request.POST.get("note_client_id", "")[:100] or None,
        )
    except (InvalidInput, WrongState) as error:
        store_draft(conversation=conversation, user=signed_in(request), note=content)
        return refused(request, conversation, error)
    store_draft(conversation=conversation, user=signed_in(request), note="")
    return done(
        request,
        conversation,
        text="" if wants_json(request) else _("Note added."),
        note=written.pk,
    )


@login_required
@require_POST
def draft(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Keep what is being typed."""
    conversation = conversation_for(request, conversation_id, action=Action.ORGANIZE)
    kept = save_draft(
        conversation=conversation,
        user=signed_in(request),
        texts=_of_boxes(request, "{}"),
        before=_of_boxes(request, "{}_before") if "reply_before" in request.POST else None,
        client_ids={
            "reply": request.POST.get("client_id", "")[:100],
            "note": request.POST.get("note_client_id", "")[:100],
        },
    )
    if wants_json(request):
        return JsonResponse({"ok": True, "taken": sorted(kept.taken), "merged": dict(kept.merged)})
    return done(request, conversation, text=_("Draft saved."))


def _of_boxes(request: HttpRequest, pattern: str) -> dict[str, str]:
    """Return what was posted for the two boxes of a composer."""
    names = {box: pattern.format(box) for box in ("reply", "note")}
    return {box: request.POST[name] for box, name in names.items() if name in request.POST}
