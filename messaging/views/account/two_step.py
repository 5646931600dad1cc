"""The page on which somebody sets up two-step verification, and gives parts of it up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from didsms_site.http.client_address import client_address
from messaging.forms.two_step import AppCodeForm
from messaging.services.access.authenticator import (
    address_of,
    new_secret,
    qr_code,
    turn_off,
    turn_on,
)
from messaging.services.access.recovery_codes import codes_left, make_codes
from messaging.services.access.sealed import seal, unseal
from messaging.services.access.second_factor import (
    factor_of,
    is_overdue,
    is_required,
    may_remove_one,
)
from messaging.views.shared.responses import signed_in
from messaging.views.shared.toasts import complain, say

from .proof import proved

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

#: In the session, sealed: what a new app was given, and codes until they have been shown.
NEW_SECRET: Final = "new_authenticator"  # noqa: S105  (a name)
NEW_CODES: Final = "new_recovery_codes"


@login_required
@never_cache
@require_safe
def two_step(request: HttpRequest) -> HttpResponse:
    """Show what somebody has set up."""
    user = signed_in(request)
    factor = factor_of(user)
    return render(
        request,
        "account/two_step.html",
        {
            "factor": factor,
            "passkeys": user.passkeys.all(),
            "codes_left": codes_left(user=user),
            "is_required": is_required(user),
            "may_remove": may_remove_one(user, factor),
            "is_overdue": is_overdue(user, at=timezone.now()),
        },
    )


@sensitive_post_parameters()
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@proved
def authenticator(request: HttpRequest) -> HttpResponse:
    """Show a secret to an app, and take the app once it makes the right codes."""
    user = signed_in(request)
    secret = _secret_to_show(request)
    form = AppCodeForm(request.POST or None)
    if request.method == "POST":
        code = form.cleaned_data["code"] if form.is_valid() else ""
        address = client_address(request)
        if turn_on(user=user, secret=secret, code=code, at=timezone.now(), address=address):
            del request.session[NEW_SECRET]
            say(request, _("Authenticator app added."))
            return with_codes(request)
        form = AppCodeForm()
    site = request.get_host()
    return render(
        request,
        "account/authenticator.html",
        {
            "form": form,
            "is_wrong": request.method == "POST",
            "qr_code": SafeString(qr_code(address_of(secret, user=user, site=site))),
            "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        },
        status=422 if request.method == "POST" else 200,
    )


def _secret_to_show(request: HttpRequest) -> str:
    """Return the secret that this session's page shows, the same until an app has taken it."""
    opened = unseal(request.session.get(NEW_SECRET, ""))
    if opened is not None:
        return opened[0]
    secret = new_secret()
    request.session[NEW_SECRET] = seal(secret)
    return secret


@login_required
@require_POST
@proved
def remove_authenticator(request: HttpRequest) -> HttpResponse:
    """Take no more codes of the app."""
    if turn_off(user=signed_in(request), address=client_address(request)):
        say(request, _("Authenticator app removed."))
    else:
        complain(request, needed())
    return redirect("two-step")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@proved
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make new codes; show them once, on the page after that."""
    if request.method == "POST":
        if not factor_of(signed_in(request)).is_set_up:
            return redirect("two-step")
        _make_codes(request)
        return redirect("two-step-codes")
    opened = unseal(request.session.pop(NEW_CODES, ""))
    if opened is None:
        return redirect("two-step")
    return render(request, "account/recovery_codes.html", {"codes": json.loads(opened[0])})


def with_codes(request: HttpRequest) -> HttpResponse:
    """Go on to recovery codes for somebody who has none yet."""
    if codes_left(user=signed_in(request)):
        return redirect("two-step")
    _make_codes(request)
    return redirect("two-step-codes")


def _make_codes(request: HttpRequest) -> None:
    codes = make_codes(user=signed_in(request), address=client_address(request))
    request.session[NEW_CODES] = seal(json.dumps(codes))


def needed() -> str:
    """Say that the last factor has to stay."""
    return _("Two-step verification is required for your account. Add another step first.")
