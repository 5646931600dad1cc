"""What staff do with one message, and all that is known about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from messaging.models import is_administrator
from messaging.phone_numbers import calling_code
from messaging.policy import Action
from messaging.services.content.variables import as_written
from messaging.services.conversations.drafts import draft_of, store_draft
from messaging.services.conversations.undo_form import Undo
from messaging.services.errors import MessagingError, WrongState
from messaging.services.outbox import schedule
from messaging.services.outbox.attention import bring_attention_back, clear_attention
from messaging.services.outbox.cancel import cancel_message
from messaging.services.outbox.resend import resend_message
from messaging.services.outbox.undo_window import undo_send
from messaging.services.privacy.redaction import hide_text, may_be_hidden
from messaging.services.reports.prices import price_in
from messaging.services.times.parser import parse_time, say_time
from messaging.statuses import Status
from messaging.views.shared.composer_data import price_text, sms_rules_json, values_json
from messaging.views.shared.htmx import htmx_of, is_htmx
from messaging.views.shared.main_pane import render_main_pane
from messaging.views.shared.preferences import zone_of
from messaging.views.shared.responses import (
    allowed_on,
    done,
    message_for,
    parse_positive_int,
    refused,
    signed_in,
    wants_json,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

    from messaging.models import Message


@login_required
@require_GET
def details(request: HttpRequest, message_id: int) -> HttpResponse:
    """Show every status, the provider's id, segments, cost; raw pushes to administrators."""
    message = message_for(request, message_id)
    may = allowed_on(message, user=signed_in(request))
    context = {
        "message": message,
        "conversation": message.conversation,
        "may": may,
        "history": list(message.status_changes.order_by("id")),
        "pushes": list(message.pushes.order_by("id")) if is_administrator(request.user) else [],
        "opt_out": message.opt_outs.order_by("id").first(),
        "repeat": message.resends.first(),
        "may_be_hidden": may_be_hidden(message),
        "view": "open",
        "zone": zone_of(request),
    }
    if message.status == Status.SCHEDULED and may[Action.REPLY]:
        context |= _what_counts(message, user=signed_in(request))
    if is_htmx(request) and htmx_of(request).target != "main-pane":
        return render(request, "thread/_message_details.html", context)
    return render_main_pane(
        request,
        template="thread/_message_page.html",
        title=_("Message"),
        context=context,
        open_id=message.conversation_id,
    )


def _what_counts(message: Message, *, user: User) -> dict[str, Any]:
    """Return what a browser needs to count the text while it is changed."""
    conversation = message.conversation
    return {
        "sms_rules": sms_rules_json(),
        "calling_code": calling_code(conversation.contact.phone_key),
        "segment_price": price_text(price_in(conversation, user=user, at=timezone.now())) or "",
        "values_json": values_json(conversation=conversation, user=user),
    }


@login_required
@require_POST
def cancel(request: HttpRequest, message_id: int) -> HttpResponse:
    """Take a message back that no worker has begun to send; open again what was closed with it."""
    message = message_for(request, message_id, action=Action.REPLY)
    user = signed_in(request)
    at = timezone.now()
    is_own = message.sent_by_id == user.pk
    may_return = message.status == Status.HELD or is_own
    try:
        if message.status == Status.HELD and is_own:
            token = request.POST.get("revert", "")
            undo_send(message=message, user=user, at=at, token=token)
        else:
            cancel_message(message=message, user=user, at=at)
    except WrongState as error:
        return refused(request, message.conversation, error, status=409)
    if may_return and not wants_json(request):
        _back_into_composer(message, message.sent_by or user)
    return done(
        request,
        message.conversation,
        text=_("Canceled; it wasn’t sent."),
        content=as_written(message.body),
    )


def _back_into_composer(message: Message, user: User) -> None:
    """Leave the text where it was written; our script does so by itself."""
    if not draft_of(conversation=message.conversation, user=user).reply:
        store_draft(conversation=message.conversation, user=user, reply=as_written(message.body))


@login_required
@require_POST
def send_now(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send a held or scheduled message at once."""
    message = message_for(request, message_id, action=Action.REPLY)
    try:
        schedule.send_now(message=message, at=timezone.now())
    except WrongState as error:
        return refused(request, message.conversation, error, status=409)
    text = "" if wants_json(request) or is_htmx(request) else _("Sent.")
    return done(request, message.conversation, text=text)


@login_required
@require_POST
def resend(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send a message again, as a new one that is linked to it."""
    message = message_for(request, message_id, action=Action.REPLY)
    try:
        resend_message(
            message=message,
            user=signed_in(request),
            at=timezone.now(),
            is_held=True,
            last_seen_id=parse_positive_int(request.POST.get("last_seen_id")),
            accepts_duplicate=request.POST.get("accept_duplicate") == "1",
        )
    except MessagingError as error:
        return refused(request, message.conversation, error)
    # Where there is a script, the bubble counts the seconds down.
    text = "" if is_htmx(request) else _("Sending in a few seconds.")
    return done(request, message.conversation, text=text)


@login_required
@require_POST
def change_schedule(request: HttpRequest, message_id: int) -> HttpResponse:
    """Change text and time of a scheduled message."""
    message = message_for(request, message_id, action=Action.REPLY)
    at, zone = timezone.now(), zone_of(request)
    try:
        send_at = parse_time(request.POST.get("when", ""), at=at, zone=zone)
        schedule.reschedule(
            message=message,
            content=request.POST.get("content", ""),
            send_at=send_at,
            cancel_if_they_write=bool(request.POST.get("cancel_if_they_write")),
            user=signed_in(request),
            at=at,
        )
    except MessagingError as error:
        return refused(request, message.conversation, error)
    return done(
        request,
        message.conversation,
        text=_("Scheduled for %(time)s.") % {"time": say_time(send_at, zone=zone)},
    )


@login_required
@require_POST
def redact(request: HttpRequest, message_id: int) -> HttpResponse:
    """Replace a stored text, for example to hide a card number."""
    message = message_for(request, message_id, action=Action.REDACT)
    try:
        hide_text(
            message=message,
            content=request.POST.get("content", ""),
            by=signed_in(request),
            at=timezone.now(),
        )
    except MessagingError as error:
        return refused(request, message.conversation, error)
    return done(request, message.conversation, text=_("Text hidden."))


@login_required
@require_POST
def dealt_with(request: HttpRequest, message_id: int) -> HttpResponse:
    """Say that a failed, undelivered or unconfirmed message needs no more attention."""
    message = message_for(request, message_id, action=Action.ORGANIZE)
    if request.POST.get("undo"):
        is_back = bring_attention_back(message=message)
        text = _("Undone.") if is_back else _("It’s too late to undo this.")
        return done(request, message.conversation, text=text)
    clear_attention(message=message, by=signed_in(request), at=timezone.now())
    undo_form = Undo(url=request.path, fields=(("undo", "1"),))
    return done(request, message.conversation, text=_("Marked as resolved."), undo=undo_form)
