"""What the views share: who asks, about what, and the answer to htmx, our script or a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import trigger_client_event

from messaging.models import Conversation, Message
from messaging.policy import Action
from messaging.services.access.permissions import actions_on, check_may
from messaging.services.access.visible_contacts import hide_unknown

from .htmx import is_htmx
from .toasts import complain, say

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

    from messaging.services.conversations.undo_form import Undo
    from messaging.services.errors import MessagingError


def conversation_for(
    request: HttpRequest, conversation_id: int, *, action: Action = Action.READ
) -> Conversation:
    """Return a conversation that the user may see, as they may; anything else is 404.

    Raises:
        PermissionDenied: they see it, and their role does not allow the action.
    """
    conversation = get_object_or_404(
        Conversation.objects.visible_to(request.user)
        .with_role_of(request.user)
        .select_related("contact", "did_number", "assignee", "memo_row"),
        pk=conversation_id,
    )
    check_may(action, conversation, user=request.user)
    hide_unknown([conversation], user=signed_in(request))
    return conversation


def message_for(request: HttpRequest, message_id: int, *, action: Action = Action.READ) -> Message:
    """Return a message that the user may see, as they may; anything else is 404.

    Raises:
        PermissionDenied: they see it, and their role does not allow the action.
    """
    message = get_object_or_404(
        Message.objects.visible_to(request.user)
        .with_role_of(request.user)
        .select_related("conversation__contact", "conversation__did_number", "sent_by"),
        pk=message_id,
    )
    check_may(action, message, user=request.user)
    hide_unknown([message.conversation], user=signed_in(request))
    return message


def allowed_on(row: Conversation | Message, *, user: User) -> dict[str, bool]:
    """Return for each action whether a person may do it on a row's number, for templates."""
    allowed = actions_on(row, user=user)
    return {action.value: action in allowed for action in Action}


def signed_in(request: HttpRequest) -> User:
    """Return who asks, in a view that only people who are signed in reach."""
    user: User = request.user  # type: ignore[assignment]
    return user


def wants_json(request: HttpRequest) -> bool:
    """Tell whether our own script asks, which reads JSON."""
    return request.headers.get("Accept", "").startswith("application/json")


def parse_positive_int(text: str | None) -> int | None:
    """Return a positive whole number of at most 18 digits, None for anything else."""
    if text and text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    return None


def next_page(request: HttpRequest, *, otherwise: str) -> str:
    """Return where a plain form goes after it: the page that it names, if that is ours."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else otherwise


def way_back(request: HttpRequest, conversation: Conversation) -> str:
    """Return where a plain form goes after it: the page it came from, else the conversation."""
    return next_page(request, otherwise=reverse("conversation", args=["open", conversation.pk]))


class SeeOther(HttpResponseRedirect):
    """303: whatever the request was, what follows is a GET."""

    status_code = 303


def done(
    request: HttpRequest,
    conversation: Conversation,
    *,
    text: str = "",
    undo: Undo | None = None,
    **facts: Any,
) -> HttpResponse:
    """Answer after something was done.

    Args:
        request: the request that did it.
        conversation: where.
        text: one sentence for the person, "" to stay silent.
        undo: how to take it back.
        **facts: what our script wants to know, as JSON.
    """
    if wants_json(request):
        return JsonResponse(
            {"ok": True, "text": text, "undo": undo.as_json() if undo else None, **facts}
        )
    if text:
        say(request, text, undo=undo)
    if is_htmx(request):
        return trigger_client_event(
            HttpResponse(status=204), "thread-changed", {"conversation": conversation.pk}
        )
    return SeeOther(way_back(request, conversation))


def refused(
    request: HttpRequest,
    conversation: Conversation,
    error: MessagingError,
    *,
    status: int = 422,
    **facts: Any,
) -> HttpResponse:
    """Answer when a service refused, with its sentence for the person."""
    if wants_json(request):
        return JsonResponse(
            {"ok": False, "code": error.code, "text": error.user_message, **facts}, status=status
        )
    complain(request, error.user_message)
    if is_htmx(request):
        return HttpResponse(status=status)
    return SeeOther(way_back(request, conversation))
