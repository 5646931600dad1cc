"""The second step of signing in: a code after the password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from didsms_site.http.client_address import client_address
from messaging.forms.two_step import CodeForm
from messaging.services.access.account_news import tell_of_change
from messaging.services.access.attempt_limits import forget, take
from messaging.services.access.authenticator import looks_like_code, take_code
from messaging.services.access.pending_sign_in import sign_on_of, who_waits
from messaging.services.access.recovery_codes import take_recovery_code
from messaging.services.access.second_factor import factor_of
from messaging.services.access.security_log import record_security_event
from messaging.services.access.sign_in_limits import code_proof

from .sign_in import SignOnFacts, finish_sign_in, too_many_attempts

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for a code; back to the first step where nobody has given their password."""
    now = timezone.now()
    waiting = who_waits(request.session, at=now)
    if waiting is None:
        return redirect("login")
    user, next_page = waiting
    form = CodeForm(request.POST or None)
    if request.method == "POST":
        address = client_address(request)
        proof = code_proof(user=user)
        if seconds := take(proof, at=now):
            record_security_event(
                "second_factor_locked_out", user=user, address=address, is_refusal=True
            )
            return too_many_attempts(request, seconds, are_codes=True)
        code = form.cleaned_data["code"] if form.is_valid() else ""
        if factor := _taken(code, user=user, address=address, at=now):
            forget(proof)
            return finish_sign_in(
                request, user, next_page=next_page, factor=factor, sign_on=waiting_sign_on(request)
            )
        record_security_event("second_factor_failed", user=user, address=address, is_refusal=True)
        form = CodeForm()
    return render(
        request,
        "account/second_step.html",
        {"form": form, "is_wrong": request.method == "POST", "factor": factor_of(user)},
    )


def waiting_sign_on(request: HttpRequest) -> SignOnFacts | None:
    """Return what single sign-on adds to the session of the user who waits, None for a password."""
    data = sign_on_of(request.session)
    return None if data is None else SignOnFacts(data=data, is_proof=True)


def _taken(code: str, *, user: User, address: str, at: datetime) -> str:
    """Return a word for what the code was of, "" when it lets nobody in."""
    if not factor_of(user).is_set_up:
        return ""
    if looks_like_code(code):
        return "authenticator" if take_code(user=user, code=code, at=at) else ""
    with transaction.atomic():
        if not take_recovery_code(user=user, code=code, at=at):
            return ""
        tell_of_change("recovery_code_used", user=user, address=address)
    return "recovery_code"
