"""Who looks at a conversation, who types in it, and up to where they have read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.services.reading.read_marks import mark_read, mark_unread
from messaging.services.team.notifications import see_notifications
from messaging.services.team.presence import leave, note_presence
from messaging.views.shared.responses import (
    conversation_for,
    done,
    parse_positive_int,
    signed_in,
    wants_json,
)

if TYPE_CHECKING:
    from django.http import HttpRequest


@login_required
@require_POST
def presence(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Note that somebody looks at the conversation, types in it, or leaves it."""
    conversation = conversation_for(request, conversation_id)
    user = signed_in(request)
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
    user = signed_in(request)
    newest = conversation.last_message_id or 0
    up_to = min(parse_positive_int(request.POST.get("up_to")) or newest, newest)
    mark_read(conversation=conversation, user=user, up_to_id=up_to)
    see_notifications(conversation=conversation, user=user, at=timezone.now())
    if wants_json(request):
        return HttpResponse(status=204)
    return done(request, conversation, text=_("Marked as read."))


@login_required
@require_POST
def unread(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Make the last inbound message unread again, for this person."""
    conversation = conversation_for(request, conversation_id)
    mark_unread(conversation=conversation, user=signed_in(request))
    return done(request, conversation, text=_("Marked as unread."), stays_unread=True)
