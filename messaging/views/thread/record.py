"""The whole story of one message: a page, and a file for NXCloud's support."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from didsms_site.http.client_address import client_address
from messaging.models import is_administrator
from messaging.policy import Action
from messaging.services.access.security_log import record_security_event
from messaging.services.recorder.fixes import how_to_fix
from messaging.services.recorder.outlook import outlook_of
from messaging.services.recorder.sharing import shared_record
from messaging.services.recorder.timeline import record_of
from messaging.views.shared.main_pane import render_main_pane
from messaging.views.shared.responses import allowed_on, message_for, signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest


@login_required
@require_GET
def record(request: HttpRequest, message_id: int) -> HttpResponse:
    """Show everything that happened to a message, what may come next and who can help."""
    message = message_for(request, message_id)
    is_boss = is_administrator(request.user)
    outlook = outlook_of(message=message, at=timezone.now())
    context = {
        "message": message,
        "conversation": message.conversation,
        "may": allowed_on(message, user=signed_in(request)),
        "record": record_of(message=message, for_administrator=is_boss),
        "outlook": outlook,
        "how_to_fix": how_to_fix(outlook),
        "actions": [action.value for action in outlook.actions],
        "is_administrator": is_boss,
        "view": "open",
    }
    return render_main_pane(
        request,
        template="thread/_record.html",
        title=_("Message record"),
        context=context,
        open_id=message.conversation_id,
    )


@login_required
@require_GET
def share(request: HttpRequest, message_id: int) -> HttpResponse:
    """Download the record with numbers masked and texts hidden."""
    message = message_for(request, message_id, action=Action.EXPORT)
    record_security_event(
        "export",
        user=request.user,
        address=client_address(request),
        message=message.pk,
        form="record",
    )
    story = record_of(message=message, for_administrator=is_administrator(request.user))
    response = HttpResponse(
        shared_record(story, at=timezone.now()), content_type="application/json; charset=utf-8"
    )
    name = f"message-{message.pk}-record.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
