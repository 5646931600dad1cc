"""What staff do with a note that they wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.models import Conversation, Note
from messaging.policy import Action
from messaging.services.access.permissions import check_may
from messaging.services.conversations.notes import delete_note, edit_note
from messaging.services.errors import MessagingError, WrongState
from messaging.views.shared.responses import done, refused, signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def _note_for(request: HttpRequest, note_id: int) -> Note:
    """Return a note of a conversation that the user may see; anything else is 404.

    Raises:
        PermissionDenied: they may only read there.
    """
    note: Note = get_object_or_404(
        Note.objects.filter(
            conversation__in=Conversation.objects.visible_to(request.user)
        ).select_related("conversation__did_number", "conversation__contact"),
        pk=note_id,
    )
    check_may(Action.ORGANIZE, note.conversation, user=request.user)
    return note


@login_required
@require_POST
def edit(request: HttpRequest, note_id: int) -> HttpResponse:
    """Change the text of one's own note."""
    note = _note_for(request, note_id)
    try:
        edit_note(
            note=note,
            by=signed_in(request),
            content=request.POST.get("content", ""),
            at=timezone.now(),
        )
    except MessagingError as error:
        status = 409 if isinstance(error, WrongState) else 422
        return refused(request, note.conversation, error, status=status)
    return done(request, note.conversation, text=_("Note saved."))


@login_required
@require_POST
def delete(request: HttpRequest, note_id: int) -> HttpResponse:
    """Delete one's own note."""
    note = _note_for(request, note_id)
    try:
        delete_note(note=note, by=signed_in(request), at=timezone.now())
    except WrongState as error:
        return refused(request, note.conversation, error, status=409)
    return done(request, note.conversation, text=_("Note deleted."))
