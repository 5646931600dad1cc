"""Saved replies where staff use them: their list, and the form for one, page or dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from messaging.forms.saved_reply import SavedReplyForm
from messaging.models import CannedReply
from messaging.policy import Action
from messaging.sentences import join_sentences
from messaging.services.access.permissions import may_somewhere
from messaging.services.access.team_policy import may_create_replies
from messaging.services.conversations.saved_replies import (
    may_delete,
    replies_edited_by,
    replies_seen_by,
    save_reply,
)
from messaging.services.errors import InvalidInput
from messaging.views.shared.htmx import is_htmx
from messaging.views.shared.responses import signed_in, wants_json
from messaging.views.shared.toasts import say

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
@never_cache
@require_GET
def replies(request: HttpRequest) -> HttpResponse:
    """List the replies that the user sees."""
    user = signed_in(request)
    context = {
        "replies": replies_seen_by(user).order_by("shortcut"),
        "may_create": may_create_replies(user),
        "may_import": may_create_replies(user) and may_somewhere(Action.IMPORT, user=user),
    }
    return render(request, "replies/list.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reply_id: int | None = None) -> HttpResponse:
    """Show the form for a new reply or a present one, and save it."""
    user = signed_in(request)
    if not may_create_replies(user):
        raise PermissionDenied
    reply = get_object_or_404(replies_edited_by(user), pk=reply_id) if reply_id else CannedReply()
    form = SavedReplyForm(request.POST or None, instance=reply, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_reply(reply=form.save(commit=False), by=user)
        except InvalidInput as error:
            form.add_error(error.field, error.user_message)
        else:
            return _saved(request, saved)
    if request.method == "POST" and wants_json(request):
        errors = {name: join_sentences(map(str, texts)) for name, texts in form.errors.items()}
        return JsonResponse({"ok": False, "errors": errors}, status=422)
    context = {
        "form": form,
        "reply": reply,
        "may_delete": reply.pk and may_delete(reply, user=user),
    }
    template = "replies/_form.html" if is_htmx(request) else "replies/form.html"
    return render(request, template, context)


def _saved(request: HttpRequest, reply: CannedReply) -> HttpResponse:
    text = _("Saved as /%(shortcut)s.") % {"shortcut": reply.shortcut}
    if wants_json(request):
        facts = {
            "shortcut": reply.shortcut,
            "content": reply.content,
            "number": reply.did_number_id,
            "is_private": reply.owner_id is not None,
        }
        return JsonResponse({"ok": True, "text": text, "reply": facts})
    say(request, text)
    return redirect("replies")


@login_required
@require_POST
def delete(request: HttpRequest, reply_id: int) -> HttpResponse:
    """Delete a reply: one's own, or as administrator any that is shared."""
    user = signed_in(request)
    reply = get_object_or_404(replies_edited_by(user), pk=reply_id)
    if not may_delete(reply, user=user):
        raise PermissionDenied
    reply.delete()
    say(request, _("Deleted."))
    return redirect("replies")
