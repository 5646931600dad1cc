"""Write to somebody new, or to somebody known from another number of ours."""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from messaging.forms.new_conversation import NewConversationForm
from messaging.models import Conversation, DidNumber
from messaging.phone_numbers import format_for_reading, international_digits, is_likely, lookup_keys
from messaging.policy import Action
from messaging.services.access.permissions import may_somewhere, refusal
from messaging.services.access.visible_contacts import named_contacts
from messaging.services.content.variables import unknown_contact_values, values_of_writer
from messaging.services.conversations.undo_form import Undo
from messaging.services.dialing.dialed_number import understand
from messaging.services.dialing.number_errors import international
from messaging.services.errors import ClientIdConflict, InvalidInput, ThreadMovedOn
from messaging.services.outbox.new_message import NewMessage
from messaging.services.outbox.recipients import has_written
from messaging.services.outbox.reply import send_first
from messaging.services.team.natural_order import natural_key
from messaging.services.times.parser import parse_time, say_time
from messaging.services.times.presets import presets
from messaging.statuses import Status
from messaging.typed_numbers import InvalidPhoneNumber, typed_number
from messaging.views.shared.composer_data import (
    canned_facts,
    newer_message,
    sent_before_the_change,
    sms_rules_json,
)
from messaging.views.shared.dialed_number import dialed_context
from messaging.views.shared.htmx import is_htmx
from messaging.views.shared.main_pane import render_main_pane
from messaging.views.shared.preferences import zone_of
from messaging.views.shared.responses import SeeOther, parse_positive_int, signed_in
from messaging.views.shared.toasts import say
from messaging.views.shared.unsent import keeps_text

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.http import HttpRequest

    from messaging.services.outbox.reply import Sent


#: Names that the field for the recipient completes.
SUGGESTED_CONTACTS: Final = 200


@keeps_text("content")
@require_http_methods(["GET", "HEAD", "POST"])
def new_conversation(request: HttpRequest) -> HttpResponse:
    """Choose our number, the recipient and the text."""
    if request.method == "POST":
        return _start(request)
    sender, phone = request.GET.get("sender", ""), request.GET.get("phone", "")[:64]
    if sender and phone:
        # Writing from another number opens that number's thread where there is one.
        found = (
            Conversation.objects.visible_to(request.user)
            .filter(
                did_number_id=parse_positive_int(sender), contact__phone_key__in=lookup_keys(phone)
            )
            .first()
        )
        if found is not None:
            return redirect("conversation", "open", found.pk)
    form = NewConversationForm(
        user=request.user,
        initial={
            "sender": parse_positive_int(sender),
            "phone": _spaced(phone),
            "client_id": uuid.uuid4().hex,
        },
    )
    return _page(request, form)


def _spaced(phone: str) -> str:
    """Space a number that says its country itself; any other is left for its reader to decide."""
    with suppress(InvalidPhoneNumber):
        typed = typed_number(phone)
        if typed.is_international:
            return international(international_digits(typed))
    return phone


def _page(
    request: HttpRequest,
    form: NewConversationForm,
    *,
    warning: str = "",
    moved_on: ThreadMovedOn | None = None,
    status: int = 200,
) -> HttpResponse:
    contacts = named_contacts(user=signed_in(request), limit=SUGGESTED_CONTACTS)
    senders = _senders(form)
    if not senders:
        _check_may_write(request)
    sender = _chosen_sender(form, senders)
    return render_main_pane(
        request,
        template="thread/_new.html",
        title=_("New message"),
        context={
            "form": form,
            "warning": warning,
            "newer": [newer_message(message) for message in moved_on.newer] if moved_on else [],
            "conversation_id": moved_on.newer[0].conversation_id if moved_on else None,
            "contacts": [(name, format_for_reading(phone)) for name, phone in contacts],
            "sms_rules": sms_rules_json(),
            "signatures": _signatures(form),
            "presets": presets(at=timezone.now(), zone=zone_of(request)),
            "zone": zone_of(request),
            "senders": senders,
            "sender": sender,
            **_dialed(form, sender, user=signed_in(request)),
        },
        status=status,
    )


def _check_may_write(request: HttpRequest) -> None:
    """Refuse somebody who only reads; one without any number is told so on the page.

    Raises:
        PermissionDenied: none of their roles replies.
    """
    user = signed_in(request)
    if may_somewhere(Action.READ, user=user) and not may_somewhere(Action.REPLY, user=user):
        raise PermissionDenied(refusal())


def _signatures(form: NewConversationForm) -> str:
    """Return the signatures of the numbers to choose from, by id, for the browser."""
    numbers = form.fields["sender"].queryset  # type: ignore[attr-defined]
    return json.dumps(dict(numbers.values_list("pk", "signature")), ensure_ascii=False)


def _senders(form: NewConversationForm) -> list[DidNumber]:
    """Return the numbers that may send, in natural order."""
    numbers = form.fields["sender"].queryset  # type: ignore[attr-defined]
    return sorted(numbers, key=lambda number: natural_key(number.name))


def _chosen_sender(form: NewConversationForm, senders: list[DidNumber]) -> DidNumber | None:
    """Return the number that the form shows: the first, where none was chosen."""
    wanted = str(form["sender"].value())
    first = senders[0] if senders else None
    return next((number for number in senders if str(number.pk) == wanted), first)


def _dialed(form: NewConversationForm, sender: DidNumber | None, *, user: User) -> dict[str, Any]:
    """Return what is shown under the field for the recipient."""
    phone = str(form["phone"].value() or "")
    dialed = understand(phone, sender=sender.number if sender else "") if phone else None
    return dialed_context(dialed, sender=sender, user=user, is_asked=form.is_bound)


def _start(request: HttpRequest) -> HttpResponse:
    form = NewConversationForm(request.POST.dict(), user=request.user)
    if not form.is_valid():
        return _page(request, form, status=422)
    given = form.cleaned_data
    user = signed_in(request)
    dialed = understand(given["phone"], sender=given["sender"].number)
    digits = dialed.digits(chosen=given["dials"])
    if not digits:
        return _page(request, form, status=422)
    if digits == given["dials"]:
        # Whatever else is to be asked, this is decided.
        form.data = {**form.data, "phone": international(digits)}
    elif not (is_likely(digits) or given["is_sure"] or has_written(phone_key=digits, user=user)):
        return _page(request, form, warning=_doubt(digits), status=422)
    try:
        sent = send_first(
            _new_message(request, given),
            did_number=given["sender"],
            phone=f"+{digits}",
            user=user,
            at=timezone.now(),
            name=given["name"],
        )
    except InvalidInput as error:
        field = "when" if error.field == "send_at" else error.field
        form.add_error(field if field in form.fields else None, error.user_message)
        return _page(request, form, status=422)
    except ThreadMovedOn as error:
        return _page(request, form, moved_on=error, status=409)
    except ClientIdConflict:
        form.data = {**form.data, "client_id": uuid.uuid4().hex}
        form.add_error(None, sent_before_the_change())
        return _page(request, form, status=409)
    return _on_from(request, sent)


def _new_message(request: HttpRequest, given: dict[str, Any]) -> NewMessage:
    return NewMessage(
        content=given["content"],
        client_id=given["client_id"] or None,
        last_seen_id=given["last_seen_id"],
        send_at=_send_at(request, given),
        cancel_if_they_write=given["cancel_if_they_write"],
    )


def _send_at(request: HttpRequest, given: dict[str, Any]) -> datetime | None:
    if not given["schedule"]:
        return None
    return parse_time(given["when"], at=timezone.now(), zone=zone_of(request))


def _on_from(request: HttpRequest, sent: Sent) -> HttpResponse:
    """Lead on to the thread, or home from a thread of a colleague's that is not theirs to see."""
    thread = Conversation.objects.visible_to(request.user).filter(pk=sent.message.conversation_id)
    sees_it = thread.exists()
    address = reverse("home")
    undo = None
    if sees_it:
        address = reverse("conversation", args=["open", sent.message.conversation_id])
        undo = Undo(url=reverse("message-cancel", args=[sent.message.pk]))
    send_at = sent.message.send_at if sent.message.status == Status.SCHEDULED else None
    if send_at is not None:
        time = say_time(send_at, zone=zone_of(request))
        say(request, _("Scheduled for %(time)s.") % {"time": time}, undo=undo)
    elif not (sees_it and is_htmx(request)):  # there the thread counts the seconds down
        say(request, _("Sending in a few seconds."), undo=undo)
    if is_htmx(request):
        return HttpResponseClientRedirect(address, status=204)
    return SeeOther(address)


@login_required
@never_cache
@require_GET
def saved_replies(request: HttpRequest) -> JsonResponse:
    """Return the saved replies of one of the person's numbers, and what is known for them."""
    numbers = DidNumber.objects.allowing(request.user, Action.REPLY)
    did_number = get_object_or_404(numbers, pk=parse_positive_int(request.GET.get("sender")) or 0)
    return JsonResponse(
        {
            "canned": canned_facts(did_number=did_number, user=signed_in(request)),
            "values": unknown_contact_values()
            | values_of_writer(did_number=did_number, user=signed_in(request)),
        }
    )


def _doubt(digits: str) -> str:
    return _(
        "%(number)s doesn’t look like a working number. Check it, then send again if it’s right."
    ) % {"number": format_for_reading(digits)}
