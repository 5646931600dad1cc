"""Small answers for scripts: what the command palette finds, what to notify of."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from messaging.sentences import gap
from messaging.services.audit.searches import record_search
from messaging.services.inbox.pages import list_page
from messaging.services.inbox.query import ListQuery
from messaging.services.team.browser_notifications import notices_since

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from messaging.services.inbox.rows import Row

FOUND_AT_MOST = 8


@login_required
@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    """Return the first conversations that fit what is typed into the palette."""
    query = ListQuery.parse("all", {"q": request.GET.get("q", "")})
    rows = []
    if query is not None and query.text:
        record_search(user=request.user, text=query.text, at=timezone.now(), where="palette")
        rows = list_page(query=query, user=request.user, at=timezone.now()).rows  # type: ignore[arg-type]
    return JsonResponse(
        {
            "results": [
                {
                    "name": row.name,
                    "text": _what_tells_them_apart(row),
                    "url": reverse("conversation", args=["all", row.id])
                    + (f"?around={row.message_id}" if row.message_id else "")
                    + (f"#n-{row.note_id}" if row.note_id else ""),
                }
                for row in rows[:FOUND_AT_MOST]
            ]
        }
    )


def _what_tells_them_apart(row: Row) -> str:
    """Return our number, where the reader has several, and what was found or said last."""
    found = "".join(text for text, _is_match in row.text_parts) or row.preview
    if row.note_id or row.is_of_memo:
        found = f"{_('Note:') if row.note_id else _('Contact note:')}{gap()}{found}"
    ours = row.number_name if row.sees_several_numbers else ""
    return " · ".join(filter(None, [ours, found])) or row.phone


@login_required
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """Return what is new for this person since the page last asked."""
    found = notices_since(
        user=request.user,  # type: ignore[arg-type]
        message_id=_number(request.GET.get("message")),
        notification_id=_number(request.GET.get("notification")),
    )
    return JsonResponse(
        {
            "notices": [
                {
                    **asdict(notice),
                    "url": reverse("conversation", args=["open", notice.conversation_id]),
                }
                for notice in found.notices
            ],
            "message": found.message_id,
            "notification": found.notification_id,
        }
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
