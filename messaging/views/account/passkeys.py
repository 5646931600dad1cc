"""Passkeys: what our script asks for when somebody adds one, or signs in with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from didsms_site.http.client_address import client_address
from messaging.services.access.attempt_limits import take
from messaging.services.access.local_sign_in import is_suspended, may_sign_in_here
from messaging.services.access.passkeys import (
    Site,
    add_passkey,
    options_to_add,
    options_to_sign_in,
    remove_passkey,
    take_passkey,
)
from messaging.services.access.pending_sign_in import prove, who_waits
from messaging.services.access.security_log import record_security_event
from messaging.services.access.sign_in_limits import passkey_refusals
from messaging.views.shared.responses import next_page, signed_in
from messaging.views.shared.toasts import complain, say

from .proof import proved
from .second_step import waiting_sign_on
from .sign_in import finish_sign_in
from .two_step import needed, with_codes

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse


def _site(request: HttpRequest) -> Site:
    return Site(settings.PUBLIC_BASE_URL or f"{request.scheme}://{request.get_host()}")


@login_required
@never_cache
@require_POST
@proved
def add_options(request: HttpRequest) -> JsonResponse:
    """Tell the browser how to make a passkey."""
    return JsonResponse(options_to_add(user=signed_in(request), site=_site(request)))


@login_required
@never_cache
@require_POST
@proved
def add(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that the browser made."""
    is_added = add_passkey(
        user=signed_in(request),
        answer=request.POST.get("answer", ""),
        token=request.POST.get("token", ""),
        name=request.POST.get("name", ""),
        site=_site(request),
        at=timezone.now(),
        address=client_address(request),
    )
    if not is_added:
        text = _("This passkey can’t be used here. Nothing was changed.")
        return JsonResponse({"ok": False, "text": text}, status=422)
    say(request, _("Passkey added."))
    return JsonResponse({"ok": True, "page": with_codes(request)["Location"]})


@login_required
@require_POST
@proved
def remove(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Remove one."""
    address = client_address(request)
    if remove_passkey(user=signed_in(request), passkey_id=passkey_id, address=address):
        say(request, _("Passkey removed."))
    else:
        complain(request, needed())
    return redirect("two-step")


@never_cache
@require_POST
def sign_in_options(request: HttpRequest) -> JsonResponse:
    """Tell the browser which passkeys may answer: after the password, those of its owner.

    So too for somebody who is signed in, and shows once more who they are.
    """
    if request.user.is_authenticated:
        return JsonResponse(options_to_sign_in(user=signed_in(request), site=_site(request)))
    waiting = who_waits(request.session, at=timezone.now()) if request.POST.get("second") else None
    return JsonResponse(options_to_sign_in(user=waiting and waiting[0], site=_site(request)))


@sensitive_post_parameters()
@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in the person whose passkey answered; who is signed in shows once more who they are."""
    now = timezone.now()
    owner = signed_in(request) if request.user.is_authenticated else None
    waiting = who_waits(request.session, at=now) if request.POST.get("second") else None
    user = take_passkey(
        answer=request.POST.get("answer", ""),
        token=request.POST.get("token", ""),
        site=_site(request),
        after_password_of=owner or (waiting[0] if waiting else None),
        at=now,
    )
    if user is None or owner not in (None, user) or not _may_use_passkey(user, waiting, owner):
        address = client_address(request)
        is_one_of_many = take(passkey_refusals(address=address), at=now)
        record_security_event(
            "passkey_refused_again" if is_one_of_many else "passkey_refused",
            user=owner or (waiting[0] if waiting else None),
            address=address,
            is_refusal=True,
        )
        text = _("This passkey isn’t valid here. Try again, or sign in another way.")
        return JsonResponse({"ok": False, "text": text}, status=422)
    if owner is not None:
        prove(request.session, at=now)
        return JsonResponse({"ok": True, "page": next_page(request, otherwise=reverse("settings"))})
    is_second = waiting is not None and waiting[0] == user
    page = waiting[1] if waiting and is_second else next_page(request, otherwise=reverse("home"))
    done = finish_sign_in(
        request,
        user,
        next_page=page,
        factor="passkey" if is_second else "passkey_alone",
        sign_on=waiting_sign_on(request) if is_second else None,
    )
    answer = JsonResponse({"ok": True, "page": done["Location"]})
    answer.cookies = done.cookies
    return answer


def _may_use_passkey(user: User, waiting: tuple[User, str] | None, owner: User | None) -> bool:
    """Tell whether a passkey may be the whole sign-in: not where the provider alone decides."""
    if is_suspended(user):
        return False
    has_password = waiting is not None and waiting[0] == user
    return owner is not None or has_password or may_sign_in_here(user)
