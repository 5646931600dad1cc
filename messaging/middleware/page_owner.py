"""Refuse what a page asks for on behalf of somebody who is no longer signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.utils.translation import gettext as _

from messaging.services.team.display_names import name_of
from messaging.views.shared.htmx import is_htmx
from messaging.views.shared.toasts import complain

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase


class PageOwnerMiddleware:
    """Refuses what a page asks for on behalf of somebody who is no longer signed in.

    Where several people share a browser, a tab of the one before may still be open: what is pressed
    there must not be done in the name of the next. Our scripts say in X-Page-User whose page it is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 409 where the page is another person's; a form of a plain page has its token."""
        owner = request.headers.get("X-Page-User")
        if not owner or not request.user.is_authenticated or owner == str(request.user.pk):
            return self.get_response(request)
        text = _(
            "%(name)s is now signed in on this browser. Nothing was changed. Reload the page,"
            " or sign in as yourself."
        ) % {"name": name_of(request.user)}
        response = JsonResponse({"ok": False, "code": "other_user", "text": text}, status=409)
        response.headers["X-Other-User"] = "1"
        if is_htmx(request):
            complain(request, text)
        return response
