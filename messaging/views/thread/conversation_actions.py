"""What staff do with a conversation: one small POST each, every one with a way back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.models import Conversation, DidNumber, Label
from messaging.policy import Action
from messaging.services.conversations import lifecycle
from messaging.services.conversations.handover import hand_over
from messaging.services.conversations.labels import change_labels, label_named
from messaging.services.conversations.undo import is_way_back, state_of, undo, undo_token
from messaging.services.conversations.undo_form import Undo
from messaging.services.errors import InvalidInput, MessagingError, TheyWrote
from messaging.services.team.display_names import name_of
from messaging.services.times.parser import parse_time, say_time
from messaging.views.shared.preferences import zone_of
from messaging.views.shared.responses import (
    conversation_for,
    done,
    parse_positive_int,
    refused,
    signed_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


def _change(
    request: HttpRequest, conversation: Conversation, *, change: Callable[..., object], text: str
) -> HttpResponse:
    """Change a conversation and answer with the way back.

    Args:
        request: the request that asks for it.
        conversation: what changes.
        change: a service that takes ``conversation``, ``by`` and ``at``.
        text: one sentence that says what was done.
    """
    user = signed_in(request)
    before = state_of(conversation_id=conversation.pk)
    try:
        change(conversation=conversation, by=user, at=timezone.now())
    except InvalidInput as error:
        return refused(request, conversation, error)
    except TheyWrote as error:
        return refused(request, conversation, error, status=409)
    way_out = Undo(
        url=reverse("conversation-undo", args=[conversation.pk]),
        fields=(("token", undo_token(before=before, user=user)),),
    )
    return done(request, conversation, text=text, undo=way_out)


@login_required
@require_POST
def take_back(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Undo what was just done.

    Who sees only their own conversations no longer sees the one that they gave away. They may take
    it back unseen; whether it is theirs to see is asked when it is as it was.
    """
    user, token = signed_in(request), request.POST.get("token", "")
    if is_way_back(token, conversation_id=conversation_id, user=user):
        numbers = DidNumber.objects.allowing(user, Action.ORGANIZE)
        conversation = get_object_or_404(
            Conversation, pk=conversation_id, did_number__in=numbers.order_by().values("pk")
        )
    else:
        conversation = conversation_for(request, conversation_id, action=Action.ORGANIZE)
    try:
        with transaction.atomic():
            undo(conversation=conversation, token=token, user=user, at=timezone.now())
            conversation_for(request, conversation_id, action=Action.ORGANIZE)
    except MessagingError as error:
        return refused(request, conversation, error, status=409)
    return done(request, conversation, text=_("Undone."))


@login_required
@require_POST
def assign(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take it, give it to a colleague (with a note), or to nobody."""
    conversation = conversation_for(request, conversation_id, action=Action.ORGANIZE)
    try:
        to = _wanted_assignee(request)
    except InvalidInput as error:
        return refused(request, conversation, error)
    return _change(
        request,
        conversation,
        change=partial(hand_over, to=to, note=request.POST.get("note", "")),
        text=_whose_it_is(to, user=signed_in(request)),
    )


def _wanted_assignee(request: HttpRequest) -> User | None:
    wanted = request.POST.get("assignee", "")
    if wanted in {"", "none"}:
        return None
    if wanted == "me":
        return signed_in(request)
    colleague = User.objects.filter(pk=parse_positive_int(wanted) or 0, is_active=True).first()
    if colleague is None:
        raise InvalidInput(_("This colleague doesn’t exist."), field="assignee")
    return colleague


def _whose_it_is(assignee: User | None, *, user: User) -> str:
    if assignee is None:
        return _("Unassigned.")
    if assignee == user:
        return _("Assigned to you.")
    return _("Assigned to %(name)s.") % {"name": name_of(assignee)}


@login_required
@require_POST
def close(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Close it."""
    conversation = conversation_for(request, conversation_id, action=Action.ORGANIZE)
    change = partial(lifecycle.close, seen_up_to=_seen_up_to(request))
    return _change(request, conversation, change=change, text=_("Closed."))


@login_required
@require_POST
def reopen(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Open it again."""
    conversation = conversation_for(request, conversation_id, action=Action.ORGANIZE)
    return _change(request, conversation, change=lifecycle.reopen, text=_("Reopened."))


@login_required
@require_POST
def snooze(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put it away until a time, or until they write."""
    conversation = conversation_for(request, conversation_id, action=Action.ORGANIZE)
    zone = zone_of(request)
    try:
        until = parse_time(request.POST.get("when", ""), at=timezone.now(), zone=zone)
    except InvalidInput as error:
        return refused(request, conversation, error)
    return _change(
        request,
        conversation,
        change=partial(lifecycle.snooze, until=until, seen_up_to=_seen_up_to(request)),
        text=_("Snoozed until %(time)s.") % {"time": say_time(until, zone=zone)},
    )


@login_required
@require_POST
def settle(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Say that no reply is needed."""
    conversation = conversation_for(request, conversation_id, action=Action.ORGANIZE)
    change = partial(lifecycle.need_no_reply, seen_up_to=_seen_up_to(request))
    return _change(request, conversation, change=change, text=_("No reply needed."))


def _seen_up_to(request: HttpRequest) -> int | None:
    """Return the last inbound message that stood on the page; None when the form does not say."""
    return parse_positive_int(request.POST.get("seen"))


@login_required
@require_POST
def labels(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put one label on or take it off, a new one too, or set all of them."""
    conversation = conversation_for(request, conversation_id, action=Action.ORGANIZE)
    try:
        add, remove = _label_changes(request, conversation)
    except InvalidInput as error:
        return refused(request, conversation, error)
    if not add and not remove:
        return done(request, conversation)
    return _change(
        request,
        conversation,
        change=partial(change_labels, add=add, remove=remove),
        text=_("Labels changed."),
    )


def _label_changes(
    request: HttpRequest, conversation: Conversation
) -> tuple[list[Label], list[Label]]:
    """Return the labels to put on and those to take off.

    Raises:
        InvalidInput: the new one cannot be created.
    """
    if "new" in request.POST:
        return [label_named(name=request.POST["new"], by=signed_in(request))], []
    if "add" in request.POST or "remove" in request.POST:
        add, remove = (
            parse_positive_int(request.POST.get(name)) or 0 for name in ("add", "remove")
        )
        return list(Label.objects.filter(pk=add)), list(Label.objects.filter(pk=remove))
    ids = {number for text in request.POST.getlist("label") if (number := parse_positive_int(text))}
    wanted, now = set(Label.objects.filter(pk__in=ids)), set(conversation.labels.all())
    return list(wanted - now), list(now - wanted)
