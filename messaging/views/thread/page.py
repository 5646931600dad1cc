"""The open conversation: header, messages, composer and contact panel."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.validators import slug_re
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from messaging.models import CircuitBreakerTrip, Conversation, is_administrator
from messaging.services.access.team_policy import may_create_replies
from messaging.services.contacts.local_time import location_of
from messaging.services.contacts.merged_people import other_numbers
from messaging.services.contacts.opt_outs import opt_out_in_force
from messaging.services.content.field_values import FieldReader
from messaging.services.conversations.drafts import draft_of
from messaging.services.conversations.opt_out_suggestions import suggestion_in
from messaging.services.dialing.number_errors import offer_of, why_no_answer
from messaging.services.inbox.query import searched_text
from messaging.services.outbox.recipients import repair_of
from messaging.services.reading.read_marks import read_up_to
from messaging.services.search.tokenizer import terms_of
from messaging.services.team.members import colleagues_of
from messaging.services.team.presence import colleagues_in
from messaging.services.threads.page import ThreadQuery, read_thread
from messaging.services.times.presets import presets
from messaging.views.shared.composer_data import composer_json, sms_rules_json, values_json
from messaging.views.shared.preferences import zone_of
from messaging.views.shared.responses import (
    allowed_on,
    conversation_for,
    parse_positive_int,
    signed_in,
)

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

    from messaging.models import OptOut
    from messaging.services.search.tokenizer import Term

OTHER_CONVERSATIONS = 6


def thread_context(request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
    """Return what `thread/_thread.html` shows of a conversation.

    Args:
        request: its query may hold ``before`` or ``around``, message ids.
        conversation: with contact, DID number and assignee.
    """
    user = signed_in(request)
    at = timezone.now()
    context = _state_context(request, conversation, at=at)
    context["searched"] = _searched(request)
    query = ThreadQuery(
        last_read_id=read_up_to(conversation=conversation, user=user),
        before=parse_positive_int(request.GET.get("before")),
        around=parse_positive_int(request.GET.get("around")),
    )
    context["page"] = read_thread(query, conversation=conversation, at=at)
    return context | _composer_context(request, conversation, at=at)


def _state_context(
    request: HttpRequest, conversation: Conversation, *, at: datetime
) -> dict[str, Any]:
    """Return what header, banners and panel show, on the page and when they are fetched again."""
    user = signed_in(request)
    contact = conversation.contact
    opt_out = opt_out_in_force(contact_id=contact.pk, did_number_id=conversation.did_number_id)
    location = location_of(contact=contact)
    repair = repair_of(conversation=conversation)
    match = request.resolver_match
    view = (match.kwargs.get("view") if match else None) or _view_named(request)
    own_labels = list(conversation.labels.all())
    reader = FieldReader()
    return {
        "conversation": conversation,
        "contact": contact,
        "may": allowed_on(conversation, user=user),
        "sees_all_numbers": is_administrator(user),
        "view": view,
        "here": _address(view, conversation),
        "at": at,
        "opt_out": opt_out,
        "suggestion": None if opt_out else suggestion_in(conversation=conversation),
        "closed_reason": _why_no_reply(conversation, opt_out),
        "repair": offer_of(repair) if repair else None,
        "no_answer": why_no_answer(contact.phone, repair=None),
        "trip": CircuitBreakerTrip.objects.open().first(),
        "present": colleagues_in(conversation=conversation, user=user, at=at),
        "labels": own_labels,
        "label_ids": {label.pk for label in own_labels},
        "location": location,
        # As text: a template would turn a time into the reader's zone.
        "values_json": values_json(conversation=conversation, user=user, field_keys=reader.keys),
        "local_time": location.clock(at),
        "night": location.night(at),
        "inputs": reader.inputs_for(contact),
        "shown_fields": reader.shown(contact),
        **_elsewhere(conversation, user=user),
    }


def _elsewhere(conversation: Conversation, *, user: User) -> dict[str, Any]:
    """Return the contact's other conversations, and of its person's other numbers the latest."""
    contact = conversation.contact
    others = {} if contact.is_hidden else other_numbers([contact.pk], user=user)
    numbers = [row.pk for row in others.get(contact.pk, [])]
    threads = Conversation.objects.visible_to(user).select_related("did_number", "contact")
    latest: dict[int, Conversation] = {}
    if numbers:
        for thread in threads.filter(contact__in=numbers).order_by("-last_activity_at"):
            latest.setdefault(thread.contact_id, thread)
    own = threads.filter(contact=contact).exclude(pk=conversation.pk)
    return {
        "other_conversations": list(own[:OTHER_CONVERSATIONS]),
        "other_numbers": [latest[pk] for pk in numbers if pk in latest],
    }


def _searched(request: HttpRequest) -> list[Term]:
    """Return what the list beside the thread is searched for, to mark it in the texts."""
    return terms_of(searched_text(request.GET))


def _view_named(request: HttpRequest) -> str:
    """Return the word of a view that a page names; "open" for what can be none."""
    view = request.GET.get("view", "")
    return view if slug_re.match(view) else "open"


def _address(view: str, conversation: Conversation) -> str:
    return reverse("conversation", args=[view, conversation.pk])


def _why_no_reply(conversation: Conversation, opt_out: OptOut | None) -> str:
    if opt_out is not None:
        return "opted_out"
    if not conversation.did_number.is_active:
        return "inactive"
    if conversation.did_number.is_stopped(at=timezone.now()):
        return "budget"
    return "" if conversation.contact.can_be_answered else "not_a_number"


def _composer_context(
    request: HttpRequest, conversation: Conversation, *, at: datetime
) -> dict[str, Any]:
    user = signed_in(request)
    return {
        "draft": draft_of(conversation=conversation, user=user),
        "client_id": uuid.uuid4().hex,
        "note_client_id": uuid.uuid4().hex,
        "sms_rules": sms_rules_json(),
        "composer_json": composer_json(
            conversation=conversation,
            user=user,
            colleagues=colleagues_of(did_number=conversation.did_number),
        ),
        "may_create_replies": may_create_replies(user),
        "presets": presets(at=at, zone=zone_of(request)),
        "zone": zone_of(request),
        "last_seen_id": conversation.last_message_id or 0,
    }


@login_required
@never_cache
@require_GET
def thread_part(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Return what a live page refreshes: header, banners, messages from `oldest` on, panel."""
    conversation = conversation_for(request, conversation_id)
    context = _state_context(request, conversation, at=timezone.now())
    context["searched"] = _searched(request)
    query = ThreadQuery(
        oldest=parse_positive_int(request.GET.get("oldest")),
        newest=parse_positive_int(request.GET.get("newest")),
        new_from=parse_positive_int(request.GET.get("new_from")) or 0,
    )
    context["page"] = read_thread(query, conversation=conversation, at=context["at"])
    return render(request, "thread/_live.html", context)


@login_required
@never_cache
@require_GET
def older_part(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Return the page of messages before one, for a log that grows upward."""
    conversation = conversation_for(request, conversation_id)
    query = ThreadQuery(before=parse_positive_int(request.GET.get("before")) or 0, new_from=0)
    page = read_thread(query, conversation=conversation, at=timezone.now())
    view = _view_named(request)
    context = {
        "conversation": conversation,
        "may": allowed_on(conversation, user=signed_in(request)),
        "page": page,
        "searched": _searched(request),
        "view": view,
        "here": _address(view, conversation),
    }
    return render(request, "thread/_older.html", context)
