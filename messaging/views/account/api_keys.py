"""The page of one's API keys: a new one is shown once, an old one is revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.authtoken.models import Token

from messaging.forms.api_key import NewKeyForm
from messaging.models import DidNumber, is_administrator
from messaging.services.access.api_keys import create_key, keys_seen_by, revoke_key
from messaging.services.errors import InvalidInput, MessagingError
from messaging.views.shared.responses import signed_in
from messaging.views.shared.toasts import say

from .proof import proved_to_post

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

    from messaging.models import ApiKey

#: Of the keys on a page; the usable ones come first.
MOST_SHOWN = 200


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@proved_to_post
def api_keys(request: HttpRequest) -> HttpResponse:
    """Show the keys of a person and of the service accounts that are theirs to manage; make one."""
    user, at = signed_in(request), timezone.now()
    form = NewKeyForm(request.POST if request.method == "POST" else None, user=user)
    made = _make(form, user=user, at=at) if request.method == "POST" else None
    if made is not None:
        form = NewKeyForm(user=user)
    token = Token.objects.filter(user=user).first()
    return render(
        request,
        "account/keys.html",
        {
            "form": form,
            "made": made,
            "keys": _shown(user, at=at),
            "at": at,
            "is_boss": is_administrator(user),
            "old_token": f"{token.key[:4]}…" if token else "",
        },
        status=422 if form.errors else 200,
    )


@login_required
@require_POST
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """Revoke a key."""
    user = signed_in(request)
    key = get_object_or_404(keys_seen_by(user), pk=key_id)
    revoke_key(key=key, by=user, at=timezone.now())
    say(request, _("Revoked. Programs that use this key are refused from now on."))
    return redirect("keys")


def _make(form: NewKeyForm, *, user: User, at: datetime) -> str | None:
    """Return a new key; None where the form says what is wrong."""
    if not form.is_valid():
        return None
    try:
        _row, key = create_key(form.wanted(at=at), owner=form.owner_of_key(), by=user, at=at)
    except InvalidInput as error:
        form.add_error(error.field if error.field in form.fields else None, error.user_message)
    except MessagingError as error:
        form.add_error(None, error.user_message)
    else:
        return key
    return None


def _shown(user: User, *, at: datetime) -> list[ApiKey]:
    """Return the keys that concern a person on this page, those in use first."""
    of_services = Q(user__staff_access__is_service_account=True)
    keys = list(keys_seen_by(user).filter(Q(user=user) | of_services)[:MOST_SHOWN])
    numbers = {number.pk: number for number in DidNumber.objects.all()}
    for key in keys:
        ids = key.number_ids
        key.shown_numbers = (  # type: ignore[attr-defined]  # for the template
            None if ids is None else [numbers[pk] for pk in sorted(ids) if pk in numbers]
        )
        key.is_over = key.is_expired(at=at)  # type: ignore[attr-defined]
    return sorted(
        keys,
        key=lambda key: key.revoked_at is not None or key.is_expired(at=at),
    )
