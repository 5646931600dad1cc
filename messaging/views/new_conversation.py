"""Write to somebody new, or to somebody known from another number of ours."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from messaging.forms.new_conversation import NewConversationForm
from messaging.models import Contact, Conversation
from messaging.phone_numbers import (
    InvalidPhoneNumber,
    address_key,
    format_for_reading,
    is_likely,
    parse_number,
)
from messaging.services.errors import InvalidInput, MessagingError
from messaging.services.replying import send_first

from .answering import SeeOther, signed_in, whole_number
from .composer_data import sms_rules_json
from .pages import render_desk

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
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
            .filter(did_number_id=whole_number(sender), contact__phone_key=address_key(phone))
            .first()
        )
        if found is not None:
            return redirect("conversation", "open", found.pk)
    form = NewConversationForm(
        user=request.user,
        initial={
            "sender": whole_number(sender),
            "phone": format_for_reading(phone) if phone else "",
            "client_id": uuid.uuid4().hex,
        },
    )
    return _page(request, form)


def _page(
    request: HttpRequest, form: NewConversationForm, *, warning: str = "", status: int = 200
) -> HttpResponse:
    contacts = (
        Contact.objects.visible_to(request.user)
        .exclude(name="")
        .order_by("-id")
        .values_list("name", "phone")[:200]
    )
    return render_desk(
        request,
        template="thread/_new.html",
        title=_("New message"),
        context={
            "form": form,
            "warning": warning,
            "contacts": [(name, format_for_reading(phone)) for name, phone in contacts],
            "sms_rules": sms_rules_json(),
        },
        status=status,
    )


def _start(request: HttpRequest) -> HttpResponse:
    form = NewConversationForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, form, status=422)
    given = form.cleaned_data
    try:
        digits = parse_number(given["phone"])
        if not is_likely(digits) and not given["is_sure"]:
            return _page(request, form, warning=_doubt(digits), status=422)
        sent = send_first(
            did_number=given["sender"],
            phone=digits,
            user=signed_in(request),
            content=given["content"],
            at=timezone.now(),
            client_id=given["client_id"] or None,
        )
    except InvalidPhoneNumber as error:
        form.add_error("phone", error.user_message)
        return _page(request, form, status=422)
    except InvalidInput as error:
        form.add_error(error.field if error.field in form.fields else None, error.user_message)
        return _page(request, form, status=422)
    except MessagingError as error:
        form.add_error(None, error.user_message)
        return _page(request, form, status=409)
    return SeeOther(reverse("conversation", args=["open", sent.message.conversation_id]))


def _doubt(digits: str) -> str:
    return _(
        "%(number)s does not look like a number in use. Check it, then send once more if it"
        " is right."
    ) % {"number": format_for_reading(digits)}
